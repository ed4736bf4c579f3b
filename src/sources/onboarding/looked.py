"""What was looked at of one file, as a relation with the columns that integration gives it."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from src.sources.mapping.raw_files import RawFile
from src.sources.onboarding.sample import Sample
from src.sources.reading.deliveries import Delivery
from src.sources.reading.parse import Reading, sql_type
from src.sources.reading.relation import Shape
from src.sources.staging.session import identifier

ROWS = "_rows"
# Columns beside the raw ones, by names that no file has.
_FILE, _LINE, _DELIVERED = "_looked_file", "_looked_line", "_looked_delivered"


@dataclass(frozen=True)
class Looked:
    """Samples of deliveries of one file, in order of arrival. complete: whether there is nothing
    else of the file."""

    samples: tuple[tuple[Delivery, Sample], ...] = ()
    complete: bool = False

    @property
    def told(self) -> str:
        """What was looked at, in words."""
        if not self.samples:
            return "nothing"
        delivery, sample = self.samples[-1]
        if len(self.samples) == 1:
            return f"{sample.told} of {delivery.name}"
        rows = sum(sample.rows.num_rows for _, sample in self.samples)
        return f"{rows:,} rows of {len(self.samples)} deliveries"


def register_rows(connection: duckdb.DuckDBPyConnection, looked: Looked) -> dict[str, str]:
    """Register the raw rows as _rows; raw column -> DuckDB's type."""
    parts = [_placed(delivery, sample) for delivery, sample in looked.samples]
    parts = parts or [_placed(Delivery("", None), Sample.empty())]
    rows = pa.concat_tables(parts, promote_options="permissive")
    connection.register(ROWS, rows)
    described = connection.execute(f"DESCRIBE SELECT * FROM {ROWS}").fetchall()
    return {row[0]: row[1] for row in described if row[0] not in (_FILE, _LINE, _DELIVERED)}


def make_relation(
    connection: duckdb.DuckDBPyConnection, name: str, file: RawFile, readings: Sequence[Reading]
) -> None:
    """Make the relation `name` of the registered rows; declared columns without a reading are
    empty. The registered rows go."""
    known = {reading.name: f"{reading.typed} AS {identifier(reading.name)}" for reading in readings}
    typed = ", ".join(
        known.get(column) or f"CAST(NULL AS {sql_type(spec)}) AS {identifier(column)}"
        for column, spec in file.columns.items()
    )
    faulty = [reading.name for reading in readings if reading.can_fail]
    unreadable = Shape.of(list(readings), faulty).unreadable
    connection.execute(
        f"CREATE OR REPLACE TABLE {identifier(name)} AS SELECT row_number() OVER () AS _row, "
        f"{_FILE} AS _file, {_LINE} AS _line, {_DELIVERED} AS _delivered, "
        f"CAST({unreadable} AS VARCHAR[]) AS _unreadable, {typed} FROM {ROWS}"
    )
    connection.unregister(ROWS)


def _placed(delivery: Delivery, sample: Sample) -> pa.Table:
    rows = sample.rows
    count = len(sample.lines)
    return pa.table(
        {
            **{name: rows[name] for name in rows.column_names},
            _FILE: pa.array([delivery.name] * count, pa.string()),
            _LINE: pa.array(sample.lines, pa.int64()),
            _DELIVERED: pa.array([delivery.delivered] * count, pa.timestamp("us")),
        }
    )
