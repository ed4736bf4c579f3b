"""A spine that this process need not hold: in a file by customers, read slice by slice."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from src.core.errors import FeatureError
from src.core.ledger import Ledger
from src.core.scratch import scratch_folder
from src.features.slices import slice_rows

# So many rows are read at once, about.
GROUP_ROWS = 2_048
_SCHEMA = pa.schema([("customer_id", pa.string()), ("as_of", pa.timestamp("us"))])


class SpineFile(Sequence[pd.DataFrame]):
    """Slices (row, customer_id, as_of) of a spine's file, each read when it is asked for."""

    def __init__(self, path: Path, of_slice: int) -> None:
        """path: written by `spine_file`. of_slice: how many rows a slice has."""
        told = pq.read_metadata(path)
        sizes = [told.row_group(group).num_rows for group in range(told.num_row_groups)]
        self._path, self._begins, self._size = path, np.cumsum([0, *sizes]), of_slice

    def __len__(self) -> int:
        return max(-(-int(self._begins[-1]) // self._size), 1)

    def __getitem__(self, number):  # type: ignore[no-untyped-def]  # of slices of slices nobody asks
        """Slice `number`."""
        if not 0 <= number < len(self):
            raise IndexError(number)
        start = number * self._size
        end = min(start + self._size, int(self._begins[-1]))
        first = int(np.searchsorted(self._begins, start, side="right")) - 1
        groups = range(first, int(np.searchsorted(self._begins, end)))
        with pq.ParquetFile(self._path) as file:
            rows = file.read_row_groups(list(groups))
        frame: pd.DataFrame = rows.slice(start - self._begins[first], end - start).to_pandas()
        frame.insert(0, "row", np.arange(start, end))
        return frame


@contextmanager
def spine_file(ledger: Ledger, spine: ir.Table) -> Iterator[SpineFile]:
    """The slices of a spine that DuckDB evaluates: (customer_id, as_of), unique.

    Raises FeatureError if a row occurs twice.
    """
    with scratch_folder("spine") as folder:
        path = folder / "spine.parquet"
        rows, customers = _write(ledger, spine, path)
        yield SpineFile(path, slice_rows(ledger, rows, customers))


def _write(ledger: Ledger, spine: ir.Table, path: Path) -> tuple[int, int]:
    """How many rows and customers there are."""
    keys = spine.select("customer_id", "as_of").order_by("customer_id", "as_of")
    sql, rows, customers = str(ibis.to_sql(keys, dialect="duckdb")), 0, 0
    last = _SCHEMA.empty_table()
    with pq.ParquetWriter(path, _SCHEMA, compression="zstd") as out:
        for batch in ledger.backend.con.sql(sql).to_arrow_reader(GROUP_ROWS):
            group = pa.Table.from_batches([batch]).cast(_SCHEMA)
            out.write_table(group, row_group_size=GROUP_ROWS)
            follow = pa.concat_tables([last, group])
            last, changed = group[-1:], _changed(follow["customer_id"])
            _require_unique(follow, changed | _changed(follow["as_of"]))
            customers += int(changed.sum()) + (rows == 0)
            rows += len(group)
    return rows, customers


def _changed(column: pa.ChunkedArray) -> np.ndarray:
    """Where each value but the first differs from the one before it."""
    values = column.combine_chunks()
    return np.asarray(pc.not_equal(values[1:], values[:-1]))


def _require_unique(rows: pa.Table, changed: np.ndarray) -> None:
    if not changed.all():
        [row] = rows.slice(int(np.argmin(changed)), 1).to_pylist()
        raise FeatureError(
            f"spine: customer_id {row['customer_id']!r}, as_of {row['as_of']} occurs twice; "
            "expected unique rows. Drop the duplicates."
        )
