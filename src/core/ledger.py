"""The ledger as a set of Ibis tables, from Parquet files or from tables in memory."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import ibis.expr.operations as ops
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.backends.duckdb import Backend

from src.core.errors import LedgerError
from src.core.schemas import LEDGER


@dataclass(frozen=True)
class Ledger:
    """All nine canonical tables on one engine. `ledger["transactions"]` is an Ibis table."""

    backend: Backend
    tables: Mapping[str, ir.Table]

    def __getitem__(self, name: str) -> ir.Table:
        return self.tables[name]


def open_ledger(folder: Path, backend: Backend) -> Ledger:
    """The ledger that `integrate` wrote to `folder`, one Parquet file per table, not yet read.

    Raises LedgerError if a table is missing, damaged or has other columns than its schema.
    """
    tables = {}
    for name, table in LEDGER.items():
        path = folder / f"{name}.parquet"
        if not path.is_file():
            raise LedgerError(f"{path}: no such file. Run `dvc repro integrate` to make it.")
        _require_schema(str(path), _schema_of(path), table.arrow)
        tables[name] = backend.read_parquet(path, table_name=name)
    return Ledger(backend, tables)


def ledger_from_arrow(tables: Mapping[str, pa.Table], backend: Backend) -> Ledger:
    """A ledger of tables in memory; a table that is not given is empty.

    Replaces the backend's tables of the same names, so that one session can serve many requests.
    """
    for name in tables:
        if name not in LEDGER:
            raise LedgerError(f"{name!r} is no ledger table. Known: {', '.join(LEDGER)}.")
    held = {}
    for name, table in LEDGER.items():
        content = tables.get(name, table.arrow.empty_table())
        _require_schema(name, content.schema, table.arrow)
        backend.con.register(name, content)
        # What backend.table(name) returns, without asking the engine for the schema.
        held[name] = ops.DatabaseTable(name, schema=table.ibis, source=backend).to_expr()
    return Ledger(backend, held)


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
