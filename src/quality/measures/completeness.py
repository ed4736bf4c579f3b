"""Completeness: how much of each column is filled, among the rows to which it applies."""

from collections.abc import Mapping, Set
from dataclasses import dataclass

from src.core.schemas import LEDGER
from src.quality.figures.completeness import Filled
from src.quality.figures.shares import Scope
from src.quality.lineage import first_lines
from src.quality.measures.latest import latest_of
from src.quality.session import STANDS, Book
from src.sources.staging.session import identifier

_OF_INTEGRATION = ("source", "known_at", "known_until", "imputed")


@dataclass(frozen=True)
class Columns:
    """What is known of columns beforehand. applies: SQL by table.column, as in
    configs/quality.yaml; mapped: the columns that the source's mapping fills, by table; gated:
    table.column of those that have a gate."""

    applies: Mapping[str, str]
    mapped: Mapping[str, Set[str]]
    gated: Set[str]

    def where(self, table: str, column: str) -> str:
        """SQL that is true where the column can have a value."""
        return self.applies.get(f"{table}.{column}", "true")


def completeness(book: Book, columns: Columns) -> list[Filled]:
    """One figure per table, column and scope, in the schema's order; a table without rows has
    none."""
    found = []
    for table in book.filled_tables():
        found += _of_rows(book, table, "all", f"{table} WHERE {STANDS}", columns)
        if latest := latest_of(book, table):
            rows = f"{table} SEMI JOIN {latest} USING (_row) WHERE {STANDS}"
            found += _of_rows(book, table, "latest", rows, columns)
    return found


def _of_rows(book: Book, table: str, scope: Scope, rows: str, known: Columns) -> list[Filled]:
    """All columns in one reading of the rows."""
    columns = [c.name for c in LEDGER[table].columns if c.name not in _OF_INTEGRATION]
    counts = []
    for column in columns:
        where = known.where(table, column)
        counts.append(f"count(*) FILTER ({where})")
        counts.append(f"count({identifier(column)}) FILTER ({where})")
    total, *found = book.row(f"SELECT count(*), {', '.join(counts)} FROM {rows}")
    if not total:
        return []
    imputed = _imputed(book, rows)
    figures = []
    for column, applying, filled in zip(columns, found[::2], found[1::2], strict=True):
        lines: tuple[str, ...] = ()
        if filled < applying and f"{table}.{column}" in known.gated:
            lacking = f"{known.where(table, column)} AND {identifier(column)} IS NULL"
            lines = first_lines(book, table, f"SELECT _row FROM {rows} AND {lacking}")
        figures.append(
            Filled(
                table,
                column,
                scope,
                applying,
                filled,
                imputed.get(column, 0),
                column in known.mapped.get(table, ()),
                lines,
            )
        )
    return figures


def _imputed(book: Book, rows: str) -> dict[str, int]:
    """Rows by the column that a rule filled."""
    names = f"SELECT unnest(string_split(imputed, ',')) AS name FROM {rows} AND imputed IS NOT NULL"
    return dict(book.ask(f"SELECT trim(name), count(*) FROM ({names}) GROUP BY ALL ORDER BY ALL"))
