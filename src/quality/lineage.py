"""Lineage: from a row of the ledger back to the files and lines that it came from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from src.core.engine import EngineParams
from src.core.errors import LedgerError, nearest
from src.core.schemas import LEDGER
from src.quality.session import Book, open_book
from src.sources.staging.session import identifier

_FIRST = 3


@dataclass(frozen=True)
class Origin:
    """One ledger row: its place, its key with the instant it was known, the lines (file, line)
    that it came from, and what rules changed in them (file, line, column, rule, kind)."""

    row: int
    key: Mapping[str, str]
    lines: tuple[tuple[str, int], ...]
    changes: tuple[tuple[str, int, str, str, str], ...]


def look_up(ledger: Path, table: str, row: int | None, key: Sequence[str] = ()) -> list[Origin]:
    """Where the rows came from that are meant: one by its place, or those with these values, each
    as COLUMN=VALUE.

    Raises LedgerError if there is no such table, column or row.
    """
    with open_book(ledger, EngineParams()) as book:
        rows = [row] if row is not None else rows_of(book, table, dict(map(_pair, key)))
        if not rows:
            columns = ", ".join(pair.partition("=")[0] for pair in key)
            raise LedgerError(f"{table}: no row with this {columns}. Check the value.")
        return origins(book, table, rows)


def told(table: str, origin: Origin) -> list[str]:
    """An origin in lines for people."""
    key = ", ".join(f"{column} {value}" for column, value in origin.key.items())
    lines = [f"{table} row {origin.row} ({key})"]
    lines += [f"  {file}:{line}" for file, line in origin.lines]
    if not origin.lines:
        lines.append("  of no file: made by integration itself, see `added` in integration.json")
    lines += [
        f"  {kind} {column} by rule {rule} at {file}:{line}"
        for file, line, column, rule, kind in origin.changes
    ]
    return lines


def first_lines(book: Book, table: str, rows: str) -> tuple[str, ...]:
    """The first few lines, as file:line, of rows that a query with the column _row selects."""
    (chosen,) = book.row(f"SELECT min(_row, {_FIRST}) FROM ({rows})")
    if not chosen:
        return ()
    numbers = ", ".join(map(str, chosen))
    found = book.ask(
        f"SELECT file, line FROM lineage_{table} WHERE row IN ({numbers}) "
        f"ORDER BY row, file, line LIMIT {_FIRST}"
    )
    return tuple(f"{file}:{line}" for file, line in found)


def rows_of(book: Book, table: str, key: Mapping[str, str]) -> list[int]:
    """Places of the rows, of all versions, whose columns have these values.

    Raises LedgerError for a column that the table does not have or a value of another type.
    """
    columns = LEDGER[_known(table)].arrow
    conditions = []
    for column in key:
        if column not in columns.names:
            raise LedgerError(
                f"{column!r} is no column of {table}. {nearest(column, columns.names)}"
            )
        conditions.append(f"{identifier(column)} = ?")
    query = f"SELECT _row FROM {table} WHERE {' AND '.join(conditions)} ORDER BY _row"
    try:
        found = book.connection.execute(query, list(key.values())).fetchall()
    except duckdb.ConversionException as error:
        shown = ", ".join(f"{column}={value}" for column, value in key.items())
        raise LedgerError(
            f"{table}: {shown}: a value is not of its column's type "
            f"({str(error).splitlines()[0]}). Write times as 2024-03-01 or 2024-03-01T08:00:00."
        ) from error
    return [row for (row,) in found]


def origins(book: Book, table: str, rows: Sequence[int]) -> list[Origin]:
    """Where ledger rows came from. Raises LedgerError for a row that the table does not have."""
    (count,) = book.row(f"SELECT count(*) FROM {_known(table)}")
    for row in rows:
        if not 0 <= row < count:
            raise LedgerError(
                f"{table}: no row {row}; expected one from 0 to {count - 1}. "
                "Look it up by its key with --key."
            )
    return [_origin(book, table, row) for row in rows]


def _pair(text: str) -> tuple[str, str]:
    column, mark, value = text.partition("=")
    if not mark:
        raise LedgerError("a key without '='; expected COLUMN=VALUE, such as transaction_id=T17.")
    return column, value


def _origin(book: Book, table: str, row: int) -> Origin:
    columns = LEDGER[table].version_key
    shown = ", ".join(f"CAST({identifier(c)} AS VARCHAR)" for c in columns)
    values = book.row(f"SELECT {shown} FROM {table} WHERE _row = {row}")
    lines = book.ask(
        f"SELECT file, line FROM lineage_{table} WHERE row = {row} ORDER BY file, line"
    )
    changes = book.connection.execute(
        'SELECT file, line, "column", rule, kind FROM corrections SEMI JOIN (SELECT file, line '
        f'FROM lineage_{table} WHERE row = {row}) USING (file, line) WHERE "table" = ? '
        'ORDER BY file, line, "column", rule',
        [table],
    ).fetchall()
    key = dict(zip(columns, (value or "" for value in values), strict=True))
    return Origin(row, key, tuple(lines), tuple(changes))


def _known(table: str) -> str:
    if table not in LEDGER:
        raise LedgerError(f"{table!r} is no ledger table. {nearest(table, LEDGER)}")
    return table
