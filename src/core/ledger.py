"""The ledger as a set of Ibis tables: from Parquet files, from tables in memory, or as a view of
another ledger at one point of its two times."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.backends.duckdb import Backend

from src.core.errors import LedgerError
from src.core.schemas import TABLES

# When what a row says happened; customers and products have no such time of their own.
EVENT_TIME = {
    "prices": "date",
    "fx_rates": "date",
    "transactions": "occurred_at",
    "balances": "as_of",
    "questionnaires": "completed_at",
    "interactions": "occurred_at",
    "labels": "as_of",
    "rejected": "happened_at",
}
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Ledger:
    """All nine canonical tables and `rejected` on one engine. `ledger["transactions"]` is an Ibis
    table.

    prefix: what stands before each table's name in the engine: views of one ledger live beside it.
    folder: that it was opened from, if it was.
    """

    backend: Backend
    tables: Mapping[str, ir.Table]
    prefix: str = ""
    folder: Path | None = None

    def __getitem__(self, name: str) -> ir.Table:
        return self.tables[name]


@dataclass(frozen=True)
class MemoryLedger:
    """All tables of a few customers in memory, and the engine for whoever needs one.

    What can be computed without an engine is, in a hundredth of the time.
    """

    tables: Mapping[str, "pa.Table | Columns"]
    connect: Callable[[], Backend]

    def on_engine(self) -> Ledger:
        """The same ledger as tables of the engine."""
        tables = {name: as_arrow(name, table) for name, table in self.tables.items()}
        return ledger_from_arrow(tables, self.connect())


@dataclass(frozen=True)
class Columns:
    """A few rows of one table as lists of Python's own values, None where there is none: for whom
    making an Arrow table of them takes longer than computing with them. values: by the columns'
    names, those of n rows each; a column that is not there is empty."""

    n: int
    values: Mapping[str, Sequence[Any]]

    @property
    def num_rows(self) -> int:
        """n, as an Arrow table has it."""
        return self.n


def open_ledger(folder: Path, backend: Backend) -> Ledger:
    """The ledger that `integrate` wrote to `folder`, one Parquet file per table, not yet read.

    A table may also be a folder of that name with files in it, at any depth: what the names of
    its folders tell, such as bucket=7, is left out. Raises LedgerError if a table is missing,
    damaged or has other columns than its schema.
    """
    tables = {}
    for name, table in TABLES.items():
        path = folder / f"{name}.parquet"
        files = sorted(path.rglob("*.parquet")) if path.is_dir() else [path]
        if not path.exists() or not files:
            raise LedgerError(f"{path}: no such file. Run `dvc repro integrate` to make it.")
        for file in files:
            _require_schema(str(file), _schema_of(file), table.arrow)
        tables[name] = _read(name, path, files, backend)
    return Ledger(backend, tables, folder=folder)


def _read(name: str, path: Path, files: Sequence[Path], backend: Backend) -> ir.Table:
    if on_spark(backend):
        backend.read(name, path, TABLES[name].arrow)
        return table_of(name, name, backend)
    return backend.read_parquet(
        [str(file) for file in files], table_name=name, hive_partitioning=False
    )


def on_spark(backend: Backend) -> bool:
    """Whether the engine is Spark, not DuckDB."""
    return bool(backend.name == "pyspark")


def ledger_from_arrow(tables: Mapping[str, pa.Table], backend: Backend) -> Ledger:
    """A ledger of tables in memory; a table that is not given is empty.

    Replaces the backend's tables of the same names, so that one session can serve many requests.
    """
    held = {}
    for name, content in _complete(tables).items():
        if on_spark(backend):
            backend.given(name, content)
        else:
            backend.con.register(name, content)
        held[name] = table_of(name, name, backend)
    return Ledger(backend, held)


def ledger_in_memory(
    tables: Mapping[str, pa.Table | Columns], connect: Callable[[], Backend]
) -> MemoryLedger:
    """A ledger of a few customers; a table that is not given is empty.

    connect: the session that answers what is not computed in memory, asked for only then. Products,
    prices and rates that are the same objects as before are not looked at anew.
    """
    return MemoryLedger(_complete(tables), connect)


def table_of_rows(name: str, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Rows as an Arrow table of the ledger's schema; what a row does not say is empty."""
    return as_arrow(name, columns_of_rows(rows))


def columns_of_rows(rows: Sequence[Mapping[str, Any]]) -> Columns:
    """Rows as columns; what a row does not say is empty."""
    said = sorted(set().union(*rows))
    return Columns(len(rows), {column: _column(rows, column) for column in said})


def _column(rows: Sequence[Mapping[str, Any]], name: str) -> list[Any]:
    try:
        return list(map(itemgetter(name), rows))  # half the time of the other way
    except KeyError:
        return [row.get(name) for row in rows]


def as_arrow(name: str, table: pa.Table | Columns) -> pa.Table:
    """The table of that name with the ledger's schema."""
    if isinstance(table, pa.Table):
        return table
    schema = TABLES[name].arrow
    columns = [
        pa.array(table.values[field.name], field.type)
        if field.name in table.values
        else pa.nulls(table.n, field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def _complete(tables: Mapping[str, Any]) -> dict[str, Any]:
    """All of a ledger's tables. Raises LedgerError on an unknown one or other columns."""
    for name in tables:
        if name not in TABLES:
            raise LedgerError(f"{name!r} is no ledger table. Known: {', '.join(TABLES)}.")
    for name, table in tables.items():
        if isinstance(table, Columns):
            if unknown := set(table.values) - set(TABLES[name].arrow.names):
                raise LedgerError(
                    f"{name}: column {min(unknown)!r} is unknown. "
                    f"Known: {', '.join(TABLES[name].arrow.names)}."
                )
        else:
            _require_schema(name, table.schema, TABLES[name].arrow)
    return {name: tables[name] if name in tables else _empty(name) for name in TABLES}


@cache
def _empty(name: str) -> pa.Table:
    return TABLES[name].arrow.empty_table()


def known_before(ledger: Ledger, instant: datetime) -> Ledger:
    """The ledger as it stood at `instant`: all that was known before it, and nothing of what came.

    Rows with known_at < instant, among them versions that had been closed by then; known_until is
    empty where it lies at or after the instant. It is what integration makes of the deliveries
    that had arrived by then, and every as-of query at or before the instant answers the same.
    """

    def stood(_: str, rows: ir.Table) -> ir.Table:
        closed = rows.known_until < ibis.literal(instant)
        seen = rows.filter(rows.known_at < ibis.literal(instant))
        return seen.mutate(known_until=ibis.ifelse(closed, seen.known_until, None))

    return viewed(ledger, f"known_before_{instant:%Y%m%d%H%M%S%f}_", stood)


def with_hindsight(ledger: Ledger) -> Ledger:
    """The ledger by what is known at its end: only versions that still stand, each known from when
    it happened, so that an as-of query sees all that occurred before it, late corrections included.

    known_at becomes the event's time; of a statement the last instant that it covers, so that it
    is seen at its own date. Customers and products keep theirs.
    """
    return viewed(ledger, "hindsight_", known_at_once)


def known_at_once(name: str, rows: ir.Table) -> ir.Table:
    """The rows of one table as `with_hindsight` sees them."""
    rows = rows.filter(rows.known_until.isnull())
    if name not in EVENT_TIME:
        return rows
    happened = rows[EVENT_TIME[name]]
    return rows.mutate(known_at=happened - _INSTANT if name == "balances" else happened)


def viewed(ledger: Ledger, prefix: str, see: Callable[[str, ir.Table], ir.Table]) -> Ledger:
    """The ledger whose every table is `see(name, table)`, computed when it is read."""
    held = {}
    for name in TABLES:
        own = f"{prefix}{ledger.prefix}{name}"
        seen = see(name, ledger[name])
        if on_spark(ledger.backend):
            ledger.backend.show(own, seen)
        else:
            sql = ibis.to_sql(seen, dialect="duckdb")
            ledger.backend.con.execute(f'CREATE OR REPLACE TEMP VIEW "{own}" AS {sql}')
        held[name] = table_of(own, name, ledger.backend)
    return Ledger(ledger.backend, held, f"{prefix}{ledger.prefix}")


def table_of(name: str, table: str, backend: Backend) -> ir.Table:
    """What backend.table(name) returns, without asking the engine for the schema."""
    return ops.DatabaseTable(name, schema=TABLES[table].ibis, source=backend).to_expr()


def _schema_of(path: Path) -> pa.Schema:
    try:
        return pq.read_schema(path)
    except pa.ArrowException as error:
        raise LedgerError(
            f"{path}: not readable as Parquet: {error}. Run `dvc repro integrate` to write it anew."
        ) from error


def _require_schema(where: str, found: pa.Schema, expected: pa.Schema) -> None:
    if found.remove_metadata().equals(expected):
        return
    differences = [
        f"column {field.name!r} is {_type_of(found, field.name)}, expected {field.type}"
        for field in expected
        if _type_of(found, field.name) != str(field.type)
    ]
    differences += [
        f"column {name!r} is unknown" for name in found.names if name not in expected.names
    ]
    raise LedgerError(
        f"{where}: {'; '.join(differences) or 'columns are in another order'}. "
        "Run `dvc repro integrate` to write the table anew."
    )


def _type_of(schema: pa.Schema, name: str) -> str:
    return str(schema.field(name).type) if name in schema.names else "missing"
