"""The ledger folder as relations of one DuckDB session, each row with its place in the file."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from src.core.engine import EngineParams, connect
from src.core.errors import LedgerError
from src.core.schemas import LEDGER
from src.quality.account import Account, DeliveredFile, read_account
from src.sources.staging.session import identifier, literal

STANDS = "known_until IS NULL"


@dataclass(frozen=True)
class Book:
    """The ledger that integration wrote, open for reading: one relation per ledger table with the
    row's place as `_row`, `lineage_<table>`, `quarantine` and `corrections`. Nothing is read
    before it is asked for, and only the columns that are."""

    connection: duckdb.DuckDBPyConnection
    folder: Path
    account: Account

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """All rows of a query's result."""
        return self.connection.execute(query).fetchall()

    def row(self, query: str) -> tuple[Any, ...]:
        """The one row of a query that has one."""
        return self.ask(query)[0]

    def run(self, statement: str) -> None:
        """Execute a statement for its effect on the session."""
        self.connection.execute(statement)

    def filled_tables(self) -> list[str]:
        """The ledger's tables that have rows, in the schema's order."""
        counts = ", ".join(f"(SELECT count(*) FROM {name}) AS {name}" for name in LEDGER)
        return [n for n, rows in zip(LEDGER, self.row(f"SELECT {counts}"), strict=True) if rows]

    def series(self) -> dict[str, list[DeliveredFile]]:
        """The deliveries of each file in order of arrival."""
        found: dict[str, list[DeliveredFile]] = {}
        for file in self.account.files:
            found.setdefault(file.series, []).append(file)
        return {
            name: sorted(files, key=lambda f: (f.delivered or "", f.file))
            for name, files in sorted(found.items())
        }

    def latest_files(self) -> frozenset[str]:
        """The last delivery of each file that was delivered more than once."""
        return frozenset(files[-1].file for files in self.series().values() if len(files) > 1)


@contextmanager
def open_book(folder: Path, engine: EngineParams) -> Iterator[Book]:
    """A session over the ledger folder. Raises LedgerError naming a file that is missing."""
    connection = connect(engine).con
    try:
        connection.execute("SET enable_progress_bar = false")
        for name in LEDGER:
            _view(connection, name, folder / f"{name}.parquet", numbered=True)
            _view(connection, f"lineage_{name}", folder / "lineage" / f"{name}.parquet")
        for name in ("quarantine", "corrections"):
            _view(connection, name, folder / f"{name}.parquet")
        yield Book(connection, folder, read_account(folder / "integration.json"))
    finally:
        connection.close()


def _view(
    connection: duckdb.DuckDBPyConnection, name: str, path: Path, numbered: bool = False
) -> None:
    if not path.is_file():
        raise LedgerError(f"{path}: no such file. Run `dvc repro integrate` to make it.")
    place = literal(str(path))
    read = (
        f"read_parquet({place}, file_row_number = true)" if numbered else f"read_parquet({place})"
    )
    columns = "* RENAME (file_row_number AS _row)" if numbered else "*"
    try:
        connection.execute(f"CREATE VIEW {identifier(name)} AS SELECT {columns} FROM {read}")
    except duckdb.Error as error:
        raise LedgerError(
            f"{path}: not readable as Parquet: {str(error).splitlines()[0]} "
            "Run `dvc repro integrate` to write it anew."
        ) from error
