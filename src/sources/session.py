"""The DuckDB session that integration works in: on disk, within a memory limit, in UTC."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

MEMORY_LIMIT = "2GB"
THREADS = 2

_HALF_EVEN = """
CREATE MACRO half_even(n, d) AS CAST(
    n // d + CASE
        WHEN 2 * abs(n % d) > d OR (2 * abs(n % d) = d AND abs(n // d) % 2 = 1)
        THEN sign(n) ELSE 0 END AS BIGINT)
"""


@contextmanager
def work_session() -> Iterator[duckdb.DuckDBPyConnection]:
    """A session whose tables live in a temporary folder. Rows keep the order of their files."""
    with tempfile.TemporaryDirectory(prefix="kehu-integrate-") as folder:
        connection = duckdb.connect(
            str(Path(folder) / "work.duckdb"),
            config={
                "threads": THREADS,
                "memory_limit": MEMORY_LIMIT,
                "temp_directory": str(Path(folder) / "spill"),
                "preserve_insertion_order": True,
            },
        )
        try:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute("SET enable_progress_bar = false")
            connection.execute(_HALF_EVEN)
            yield connection
        finally:
            connection.close()


def first_row(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...] | None:
    """The first row of a result, which is read to its end: DuckDB 2 wants that before the next."""
    rows = connection.execute(query).fetchall()
    return rows[0] if rows else None


def identifier(name: str) -> str:
    """A name quoted for SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str | int | float | None) -> str:
    """A value quoted for SQL.

    >>> literal("it's")
    "'it''s'"
    """
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return str(value)
    return "'" + value.replace("'", "''") + "'"
