"""Features of a spine that is larger than this process's memory: slice by slice to a file."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from src.core.files import replacing_file
from src.core.ledger import Ledger
from src.features.build import feature_query
from src.features.plan import Rows
from src.features.run import run_slices
from src.features.slices import sliced
from src.features.spec import FeatureSpec
from src.features.spine import sorted_spine
from src.features.spine_file import spine_file
from src.features.stored import rows_schema


def write_features(ledger: Ledger, spine: Rows, spec: FeatureSpec, path: Path) -> int:
    """Write what `build_features` returns to `path`, and return its rows: the same rows and
    columns, a customer's together and not in the order of as_of. Raises as build_features.

    spine: in this process, or an expression over the ledger's tables, which never comes into it.
    """
    written = 0
    with (
        _slices(ledger, spine) as slices,
        replacing_file(path) as aside,
        pq.ParquetWriter(aside, rows_schema(spec), compression="zstd") as out,
    ):
        for part in feature_slices(ledger, slices, spec):
            out.write_table(part)
            written += len(part)
    return written


def feature_slices(
    ledger: Ledger, slices: Sequence[pd.DataFrame], spec: FeatureSpec
) -> Iterator[pa.Table]:
    """Each slice's rows with their features, sorted by as_of, customer_id."""
    schema, key = rows_schema(spec), ("features", spec.digest)
    for rows, part in run_slices(ledger, slices, key, lambda plan: feature_query(plan, spec)):
        sorted_part = part.sort_by("row")
        keys = rows.sort_values("row")[schema.names[:2]]
        told = pa.Table.from_pandas(keys, pa.schema(list(schema)[:2]), preserve_index=False)
        yield pa.Table.from_arrays([*told.columns, *sorted_part.columns[1:]], schema=schema)


@contextmanager
def _slices(ledger: Ledger, spine: Rows) -> Iterator[Sequence[pd.DataFrame]]:
    if not isinstance(spine, ir.Table):
        yield sliced(ledger, sorted_spine(spine))
    else:
        with spine_file(ledger, spine) as slices:
            yield slices
