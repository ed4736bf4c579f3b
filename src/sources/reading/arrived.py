"""One delivery that is being read, and what stands in the session beside its rows."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from src.core.errors import SourceError, nearest
from src.privacy.mask import masked
from src.sources.mapping.mapping import SourceMapping
from src.sources.mapping.raw_files import RawFile
from src.sources.reading.deliveries import Delivery
from src.sources.staging.session import literal

MALFORMED = "malformed_line"
TRUNCATED = "truncated_line"
_BESIDE = {
    "read_malformed": "file_name VARCHAR, _file VARCHAR, _line BIGINT, rule VARCHAR, text VARCHAR",
    "read_unreadable": "file_name VARCHAR, _file VARCHAR, _line BIGINT, column_name VARCHAR, "
    "text VARCHAR",
    "read_repairs": "file_name VARCHAR, _file VARCHAR, _line BIGINT, column_name VARCHAR, "
    "rule VARCHAR, before VARCHAR, after VARCHAR",
}


@dataclass(frozen=True)
class Arrived:
    """A delivery of files.<entry> at `path`, to be read into the session. stated_rows: what the
    control file says, None if it says nothing; newline_expected: whether its text should end with
    a newline."""

    connection: duckdb.DuckDBPyConnection
    mapping: SourceMapping
    entry: str
    delivery: Delivery
    path: Path
    stated_rows: int | None
    newline_expected: bool

    @property
    def file(self) -> RawFile:
        """How it is declared."""
        return self.mapping.files[self.entry]

    @property
    def where(self) -> str:
        """The entry of the mapping, for messages."""
        return f"files.{self.entry} in {self.mapping.where}"

    @property
    def tag(self) -> str:
        """SQL of the two columns that name the delivery in the tables beside the rows."""
        return f"{literal(self.entry)}, {literal(self.delivery.name)}"

    def shown(self, column: str | None, text: str) -> str:
        """SQL of a text that may be shown: of what is private only its shape. column: None for a
        line, which holds all columns."""
        columns = self.file.columns
        if column is not None:
            private = columns[column].private
            return masked(text, private) if private else text
        return masked(text, "line") if any(c.private for c in columns.values()) else text


def tables_beside(connection: duckdb.DuckDBPyConnection, entry: str) -> None:
    """Make read_malformed, read_unreadable and read_repairs where they are missing, and empty them
    of what an earlier reading of `entry` left."""
    for table, columns in _BESIDE.items():
        connection.execute(f"CREATE TABLE IF NOT EXISTS {table} ({columns})")
        connection.execute(f"DELETE FROM {table} WHERE file_name = {literal(entry)}")


def require_columns(arrived: Arrived, found: list[str], *, may_lack: bool = False) -> None:
    """Hold the columns of a delivery to the declared ones. may_lack: a declared column may be
    absent, as in JSON Lines, where empty values may be left out. Raises SourceError."""
    file, where, path = arrived.file, arrived.where, arrived.path
    unknown = [c for c in found if c not in file.columns and c not in file.ignored]
    if unknown and len(unknown) == len(found) and any(c.private for c in file.columns.values()):
        # where a header should be stands a row, which may name somebody
        raise SourceError(
            f"{path}: its first line holds none of its declared columns; expected the header "
            f"{', '.join([*file.columns, *file.ignored])}. Correct skip_rows and delimiter of "
            f"{where}, or fetch the file anew."
        )
    for column in file.columns:
        if column not in found and (unknown or not may_lack):
            raise SourceError(
                f"{path}: column {column!r} is missing. {nearest(column, unknown or found)} "
                f"Correct it under {where}, or fetch the file anew."
            )
    if unknown:
        raise SourceError(
            f"{path}: unknown column {unknown[0]!r}; expected "
            f"{', '.join([*file.columns, *file.ignored])}. Map it under 'columns' or list it "
            f"under 'ignored' of {where}."
        )
