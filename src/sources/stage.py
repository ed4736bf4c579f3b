"""Staging: all rows of a ledger table, each with its entry, line and the rule it breaks."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from src.core.errors import SourceError
from src.core.schemas import LEDGER
from src.sources.convert import SQL_TYPES, stage_sql
from src.sources.mapping import Entry, SourceMapping
from src.sources.session import first_row, identifier, literal


@dataclass(frozen=True)
class Work:
    """One integration under way."""

    connection: duckdb.DuckDBPyConnection
    mapping: SourceMapping
    raw: Path

    def path(self, file: str) -> Path:
        """Where a file of the mapping lies."""
        return self.raw / self.mapping.files[file].path

    def entries(self) -> list[tuple[str, int, Entry]]:
        """All entries: table, number within the table, entry."""
        return [
            (table, number, entry)
            for table in LEDGER
            for number, entry in enumerate(self.mapping.tables.get(table, ()))
        ]


def stage_table(work: Work, table: str) -> None:
    """Make stage_<table> of all entries: _entry, _line, _rule (NULL: kept), ledger columns.

    Raises SourceError for a join that would multiply rows, a value without a meaning, and an
    expression that DuckDB can't compute.
    """
    columns = ", ".join(f"{identifier(c.name)} {SQL_TYPES[c.type]}" for c in LEDGER[table].columns)
    work.connection.execute(
        f"CREATE TABLE stage_{table} (_entry INTEGER, _line BIGINT, _rule VARCHAR, {columns})"
    )
    for number, entry in enumerate(work.mapping.tables.get(table, ())):
        where = f"tables.{table}[{number}]"
        try:
            _require_unique_joins(work, where, entry)
            _require_known_values(work, where, entry)
            query = stage_sql(work.mapping, table, entry, number)
            work.connection.execute(f"INSERT INTO stage_{table} {query}")
        except duckdb.Error as error:
            raise SourceError(
                f"configs/sources/{work.mapping.name}.yaml: {where} can't be computed: "
                f"{str(error).strip().splitlines()[0]} Correct its expressions."
            ) from error
    _mark_duplicates(work, table)


def _mark_duplicates(work: Work, table: str) -> None:
    """Of rows with one key the first stays; the others break the rule duplicate_key."""
    stage = f"stage_{table}"
    key = ", ".join(identifier(name) for name in LEDGER[table].key)
    twice = first_row(
        work.connection,
        f"SELECT 1 FROM {stage} WHERE _rule IS NULL GROUP BY {key} HAVING count(*) > 1 LIMIT 1",
    )
    if twice:
        work.connection.execute(
            f"UPDATE {stage} SET _rule = 'duplicate_key' WHERE rowid IN (SELECT _row FROM (SELECT "
            f"rowid AS _row, row_number() OVER (PARTITION BY {key} ORDER BY _entry, _line) AS _n "
            f"FROM {stage} WHERE _rule IS NULL) WHERE _n > 1)"
        )


def _require_unique_joins(work: Work, where: str, entry: Entry) -> None:
    for join in entry.join:
        keys = ", ".join(identifier(key) for key in join.by)
        narrowed = f"WHERE {join.where}" if join.where else ""
        found = first_row(
            work.connection,
            f"SELECT {keys}, count(*), min(_line) FROM {identifier(join.file)} {narrowed} "
            f"GROUP BY {keys} HAVING count(*) > 1 ORDER BY min(_line) LIMIT 1",
        )
        if found:
            raise SourceError(
                f"{work.path(join.file)}:{found[-1]}: {', '.join(join.by)} {found[:-2]!r} stands "
                f"in {found[-2]} rows; expected one, for {where} joins by it. Narrow the join with "
                f"'where' in configs/sources/{work.mapping.name}.yaml, or remove the repetition."
            )


def _require_known_values(work: Work, where: str, entry: Entry) -> None:
    """Every value of a column with `values` and no `otherwise` has a meaning."""
    for column, target in entry.columns.items():
        if target.values is None or target.otherwise is not None or target.from_ is None:
            continue
        file, _, name = target.from_.rpartition(".")
        file, origin = file or str(entry.file), identifier(name)
        selected = f"AND ({entry.where})" if entry.where and file == entry.file else ""
        known = ", ".join(literal(str(value)) for value in target.values)
        found = first_row(
            work.connection,
            f"SELECT CAST({origin} AS VARCHAR) AS value, min(_line) FROM {identifier(file)} "
            f"WHERE {origin} IS NOT NULL {selected} AND CAST({origin} AS VARCHAR) NOT IN ({known}) "
            "GROUP BY value ORDER BY min(_line) LIMIT 1",
        )
        if found:
            raise SourceError(
                f"{work.path(file)}:{found[1]}: column {name!r} has {found[0]!r}; expected one of "
                f"{', '.join(map(str, target.values))}. Add it under {where}.columns.{column}"
                f".values in configs/sources/{work.mapping.name}.yaml."
            )
