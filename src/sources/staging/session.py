"""The DuckDB session that integration works in: on disk, within a memory limit, in UTC."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from src.core.params import IntegrateParams
from src.core.scratch import scratch_folder

# Whole numbers of any width; quotient and remainder as integers, so that nothing is lost.
_HALF_EVEN = """
CREATE MACRO half_even(n, d) AS CAST(
    n // d + CASE
        WHEN 2 * abs(n % d) > d OR (2 * abs(n % d) = d AND abs(n // d) % 2 = 1)
        THEN sign(n) ELSE 0 END AS BIGINT)
"""


@contextmanager
def work_session(params: IntegrateParams) -> Iterator[duckdb.DuckDBPyConnection]:
    """A session whose tables live in a temporary folder. Rows keep the order of their files."""
    with scratch_folder("session") as folder:
        connection = duckdb.connect(
            str(folder / "work.duckdb"),
            config={
                "threads": params.threads,
                "memory_limit": params.memory_limit,
                "temp_directory": str(folder / "spill"),
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


def open_no_more_files(connection: duckdb.DuckDBPyConnection, but: Iterable[Path] = ()) -> None:
    """From now on the session opens no file besides its own and `but`, whatever SQL it is given;
    there is no way back. To be called before any SQL of a mapping runs."""
    # of a link DuckDB asks for what it stands for
    allowed = sorted({str(path) for each in but for path in (each.absolute(), each.resolve())})
    connection.execute(f"SET allowed_paths = [{', '.join(map(literal, allowed))}]")
    connection.execute("SET enable_external_access = false")


@contextmanager
def joined_as_written(
    connection: duckdb.DuckDBPyConnection, ordered: bool = True
) -> Iterator[None]:
    """Joins look up the side that is written on the right. The optimizer, which can't foresee how
    many rows a range of time leaves, would now and then hash the millions of the left.

    ordered: whether rows keep the order that they come in, for which one thread has to write.
    """
    connection.execute("SET disabled_optimizers = 'build_side_probe_side'")
    connection.execute(f"SET preserve_insertion_order = {ordered}")
    try:
        yield
    finally:
        connection.execute("SET disabled_optimizers = ''")
        connection.execute("SET preserve_insertion_order = true")


def first_row(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...] | None:
    """The first row of a result, which is read to its end: DuckDB 2 wants that before the next."""
    rows = connection.execute(query).fetchall()
    return rows[0] if rows else None


def identifier(name: str) -> str:
    """A name quoted for SQL."""
    return '"' + name.replace('"', '""') + '"'


def identifiers(names: Iterable[str]) -> str:
    """Names quoted for SQL, between commas.

    >>> identifiers(["a", "b"])
    '"a", "b"'
    """
    return ", ".join(map(identifier, names))


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
