"""Keys that have several versions, as temporary relations made once per session.

Only such keys are kept, and they are few, so that nothing here grows with the ledger but the
grouping itself, which spills to disk.
"""

from src.core.schemas import LEDGER
from src.quality.session import STANDS, Book
from src.sources.staging.session import identifier


def several_versions(book: Book, table: str) -> str:
    """The name of a relation of the table's keys with more than one row: the key's columns, rows,
    standing, instants (distinct known_at), first (the earliest known_at)."""
    name, key = f"several_{table}", _key(table)
    book.run(
        f"CREATE TEMP TABLE IF NOT EXISTS {name} AS SELECT t.* FROM ("
        f"SELECT {key}, count(*) AS rows, count(*) FILTER ({STANDS}) AS standing, "
        f"0::BIGINT AS instants, min(known_at) AS first FROM {table} GROUP BY {key}) AS t "
        "WHERE rows > 1"
    )
    if book.row(f"SELECT count(*) FROM {name} WHERE instants = 0")[0]:
        book.run(
            f"UPDATE {name} AS s SET instants = found.n FROM ("
            f"SELECT {key}, count(DISTINCT known_at) AS n FROM {table} AS t "
            f"SEMI JOIN {name} AS s ON {_same(table, 't', 's')} GROUP BY {key}) AS found "
            f"WHERE {_same(table, 's', 'found')}"
        )
    return name


def later_versions(book: Book, table: str) -> str:
    """The name of a relation (_row) of the rows that are not the first version of their key."""
    several, name = several_versions(book, table), f"later_{table}"
    book.run(
        f"CREATE TEMP TABLE IF NOT EXISTS {name} AS SELECT t._row FROM {table} AS t "
        f"JOIN {several} AS s ON {_same(table, 't', 's')} WHERE t.known_at > s.first"
    )
    return name


def repeated_rows(book: Book, table: str) -> str:
    """A query of the rows (_row) that stand together with others of their key."""
    return (
        f"SELECT t._row FROM {table} AS t JOIN {several_versions(book, table)} AS s "
        f"ON {_same(table, 't', 's')} WHERE s.standing > 1 AND t.{STANDS}"
    )


def _key(table: str) -> str:
    return ", ".join(identifier(column) for column in LEDGER[table].key)


def _same(table: str, left: str, right: str) -> str:
    return " AND ".join(
        f"{left}.{identifier(c)} IS NOT DISTINCT FROM {right}.{identifier(c)}"
        for c in LEDGER[table].key
    )
