"""Staging: all rows of a ledger table as the mapping reads them, each with where it came from."""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from src.core.errors import SourceError
from src.core.schemas import LEDGER
from src.privacy.mask import mask
from src.sources.mapping.entries import Entry
from src.sources.staging.convert import SQL_TYPES, STAGED, stage_sql
from src.sources.staging.session import first_row, identifier, joined_as_written, literal, reason
from src.sources.staging.work import Work


def stage_table(work: Work, table: str) -> None:
    """Make stage_<table> of all entries: the columns STAGED, the ledger's columns, `aside` columns.
    Its rows stand in no order; _entry and _row tell it.

    Raises SourceError for a join that would multiply rows, a value without a meaning, and an
    expression that DuckDB can't compute.
    """
    queries = [_entry_sql(work, table, *each) for each in enumerate(work.entries_of(table))]
    columns = [f"{name} {kind}" for name, kind in STAGED.items()]
    columns += [f"{identifier(c.name)} {SQL_TYPES[c.type]}" for c in LEDGER[table].columns]
    columns += [f"{identifier(c)} {kind}" for c, kind in _aside_types(work, table, queries).items()]
    work.connection.execute(f"CREATE TABLE stage_{table} ({', '.join(columns)})")
    for number, query in enumerate(queries):
        with (
            _computed(work, f"tables.{table}[{number}]"),
            joined_as_written(work.connection, ordered=False),
        ):
            work.connection.execute(f"INSERT INTO stage_{table} BY NAME {query}")


def _entry_sql(work: Work, table: str, number: int, entry: Entry) -> str:
    where = f"tables.{table}[{number}]"
    with _computed(work, where):
        _require_known_values(work, where, entry)
        return stage_sql(work, table, entry, number)


def _aside_types(work: Work, table: str, queries: list[str]) -> dict[str, str]:
    """The types of all entries' `aside` columns, as the first entry that has one computes it."""
    found: dict[str, str] = {}
    for number, (entry, query) in enumerate(zip(work.entries_of(table), queries, strict=True)):
        if entry.aside:
            with _computed(work, f"tables.{table}[{number}]"):
                described = work.connection.execute(f"DESCRIBE {query}").fetchall()
            types = {row[0]: row[1] for row in described}
            found = {name: types[name] for name in entry.aside} | found
    return found


@contextmanager
def _computed(work: Work, where: str) -> Iterator[None]:
    """Turns an error of DuckDB into one that names the entry."""
    try:
        yield
    except duckdb.Error as error:
        raise SourceError(
            f"{work.mapping.where}: {where} can't be computed: {reason(error)} "
            "Correct its expressions."
        ) from error


def _require_known_values(work: Work, where: str, entry: Entry) -> None:
    """Every value of a column with `values` and no `otherwise` has a meaning."""
    for column, target in entry.columns.items():
        if target.values is None or target.knows_all_values or target.from_ is None:
            continue
        file, _, name = target.from_.rpartition(".")
        file, origin = file or str(entry.file), identifier(name)
        selected = f"AND ({entry.where})" if entry.where and file == entry.file else ""
        known = ", ".join(literal(str(value)) for value in target.values)
        found = first_row(
            work.connection,
            f"SELECT CAST({origin} AS VARCHAR) AS value, arg_min(_file, _row), arg_min(_line, _row)"
            f" FROM {identifier(file)} WHERE {origin} IS NOT NULL {selected} "
            f"AND CAST({origin} AS VARCHAR) NOT IN ({known}) "
            "GROUP BY value ORDER BY min(_row) LIMIT 1",
        )
        if found:
            private = work.mapping.files[file].columns[name].private
            shown = mask(found[0], private) if private else repr(found[0])
            raise SourceError(
                f"{work.raw / found[1]}:{found[2]}: column {name!r} has {shown}; expected one "
                f"of {', '.join(map(str, target.values))}. Add it under {where}.columns.{column}"
                f".values in {work.mapping.where}."
            )
