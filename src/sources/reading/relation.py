"""The relation of all deliveries of a file: rows are inserted, or looked at where they are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import duckdb

from src.sources.mapping.mapping import SourceMapping
from src.sources.reading.arrived import Arrived
from src.sources.reading.parse import Reading, sql_type
from src.sources.staging.session import first_row, identifier, literal


@dataclass(frozen=True)
class Shape:
    """How the rows of a delivery are read. typed: SQL of the columns; unreadable: SQL of the list
    of those that can't be read; raw: names and types of what the file itself holds."""

    typed: str
    unreadable: str
    raw: tuple[tuple[str, str], ...]

    @classmethod
    def of(
        cls, readings: list[Reading], faulty: Iterable[str], raw: Mapping[str, str] | None = None
    ) -> "Shape":
        """faulty: the columns in which some value is unreadable."""
        faults = {r.name: r.fault for r in readings if r.name in faulty}
        marks = ", ".join(f"CASE WHEN {fault} THEN {literal(c)} END" for c, fault in faults.items())
        listed = f"nullif(list_filter([{marks}], lambda c: c IS NOT NULL), [])" if marks else "NULL"
        typed = ", ".join(f"{r.typed} AS {identifier(r.name)}" for r in readings)
        return cls(typed, listed, tuple((raw or {}).items()))

    def select(self, before: str, file: str, delivered: str, source: str) -> str:
        """The rows of the relation from a source with _line and the raw columns; before, file and
        delivered: SQL of the lines of earlier deliveries, the name and the instant of this one."""
        return (
            f"SELECT _line + {before} AS _row, {file} AS _file, _line, "
            f"CAST({delivered} AS TIMESTAMP) AS _delivered, "
            f"CAST({self.unreadable} AS VARCHAR[]) AS _unreadable, {self.typed} FROM {source}"
        )


class _Standing(NamedTuple):
    """A file that the relation looks at: SQL of its path, lines before it, name and instant."""

    path: str
    before: str
    file: str
    delivered: str


class Relation:
    """What `read_file` makes: a table, or a view if the rows stay in their files."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, mapping: SourceMapping, name: str
    ) -> None:
        self._connection, self._name = connection, identifier(name)
        self._standing: dict[Shape, list[_Standing]] = {}
        for kind in ("VIEW", "TABLE"):
            if first_row(
                connection,
                f"SELECT 1 FROM duckdb_{kind.lower()}s() WHERE {kind.lower()}_name = "
                f"{literal(name)}",
            ):
                connection.execute(f"DROP {kind} {self._name}")
        typed = {c: sql_type(spec) for c, spec in mapping.files[name].columns.items()}
        columns = ", ".join(f"{identifier(c)} {sql}" for c, sql in typed.items())
        connection.execute(
            f"CREATE TABLE {self._name} (_row BIGINT, _file VARCHAR, _line BIGINT, "
            f"_delivered TIMESTAMP, _unreadable VARCHAR[], {columns})"
        )

    def insert(self, arrived: Arrived, shape: Shape, before: int, source: str) -> None:
        """Add the rows of a source with _line and the raw columns now."""
        _, lines, file, delivered = _standing(arrived, before)
        select = shape.select(lines, file, delivered, source)
        self._connection.execute(f"INSERT INTO {self._name} {select}")

    def look_at(self, arrived: Arrived, shape: Shape, before: int) -> None:
        """Let the relation look at the rows of a Parquet file where they are."""
        self._standing.setdefault(shape, []).append(_standing(arrived, before))

    def finish(self) -> None:
        """Make the view if there is something to look at: one scan of all files of a shape."""
        if not self._standing:
            return
        self._connection.execute(f"DROP TABLE {self._name}")
        scans = [_scan(shape, files) for shape, files in self._standing.items()]
        self._connection.execute(f"CREATE VIEW {self._name} AS {' UNION ALL '.join(scans)}")


def _standing(arrived: Arrived, before: int) -> _Standing:
    delivered = arrived.delivery.delivered
    return _Standing(
        literal(str(arrived.path)),
        literal(before),
        literal(arrived.delivery.name),
        literal(delivered.isoformat() if delivered else None),
    )


def _scan(shape: Shape, files: list[_Standing]) -> str:
    paths = ", ".join(file.path for file in files)
    rows = ", ".join(f"({', '.join(file)})" for file in files)
    source = (
        "(SELECT file_row_number + 1 AS _line, * EXCLUDE (file_row_number) "
        f"FROM read_parquet([{paths}], file_row_number=true, filename='_path')) AS _scanned "
        f"JOIN (VALUES {rows}) AS _of(_file_path, _before, _name, _arrival) "
        "ON _path = _file_path"
    )
    return shape.select("_before", "_name", "_arrival", source)
