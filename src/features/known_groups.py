"""What was known when, of a ledger's files, row group by row group: of a group whose bytes are
those of an earlier run its numbers of then are taken, and only what is new is read.

Integration writes rows in the order in which they became known, so that a ledger that grew has the
groups of before but for the last, and for those of which a row was closed since.
"""

from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path

import pyarrow.parquet as pq

from src.core.errors import KehuError
from src.core.files import read_json, write_json
from src.core.ledger import Ledger
from src.features.known import (
    SEEN,
    DayNumbers,
    KnownContent,
    hashed_columns,
    known_content,
    numbers_by_day,
    total,
)

_FILE = "known.json"


class KnownGroups:
    """The numbers of row groups by the digest of their bytes.

    made_by: of what makes them: numbers of other code or another engine are not taken. rows_read:
    of how many rows they had to be made anew.
    """

    def __init__(self, made_by: str) -> None:
        self._made_by = made_by
        self._old: dict[str, DayNumbers] = {}
        self._seen: dict[str, DayNumbers] = {}
        self.rows_read = 0

    def read(self, folder: Path) -> None:
        """Take what `write` wrote into `folder`. A missing, damaged or foreign file is no error."""
        try:
            told = read_json(folder / _FILE)
            if told["made_by"] == self._made_by:
                self._old = {
                    group: [(str(day), int(rows), int(sums)) for day, rows, sums in numbers]
                    for group, numbers in told["groups"].items()
                }
        except (KehuError, AttributeError, KeyError, TypeError, ValueError):
            self._old = {}

    def write(self, folder: Path) -> None:
        """Write the numbers of the groups that were asked for."""
        write_json(folder / _FILE, {"made_by": self._made_by, "groups": self._seen})

    def content(self, ledger: Ledger) -> KnownContent:
        """As `known_content`; of a ledger that stands in no files all of it is read."""
        if ledger.folder is None:
            return known_content(ledger)
        found = {}
        for name in SEEN:
            path = ledger.folder / f"{name}.parquet"
            files = sorted(path.rglob("*.parquet")) if path.is_dir() else [path]
            found[name] = total([part for file in files for part in self._file(ledger, name, file)])
        return KnownContent(found)

    def _file(self, ledger: Ledger, name: str, path: Path) -> list[DayNumbers]:
        parts = []
        with pq.ParquetFile(path) as file, path.open("rb") as stream:
            columns = hashed_columns(name)
            for number in range(file.num_row_groups):
                group = f"{name} {_digest(file, stream, number, columns)}"
                if group not in self._seen:
                    self._seen[group] = self._old.get(group) or self._numbers(
                        ledger, name, file, number, columns
                    )
                parts.append(self._seen[group])
        return parts

    def _numbers(
        self, ledger: Ledger, name: str, file: pq.ParquetFile, number: int, columns: Sequence[str]
    ) -> DayNumbers:
        connection, own = ledger.backend.con, "kehu_known_group"
        self.rows_read += file.metadata.row_group(number).num_rows
        connection.register(own, file.read_row_group(number, columns=list(columns)))
        try:
            return numbers_by_day(connection, name, own)
        finally:
            connection.unregister(own)


def _digest(file: pq.ParquetFile, stream, number: int, columns: Sequence[str]) -> str:  # type: ignore[no-untyped-def]
    """Of the bytes of these columns in the group, and how they are to be read."""
    group, found = file.metadata.row_group(number), blake2b(digest_size=32)
    places = {group.column(n).path_in_schema: n for n in range(group.num_columns)}
    for name in columns:
        chunk = group.column(places[name])
        kind = file.schema_arrow.field(name).type
        found.update(f"{name} {kind} {chunk.compression} {chunk.num_values}\n".encode())
        start = chunk.data_page_offset
        if chunk.has_dictionary_page:
            start = min(start, chunk.dictionary_page_offset)
        stream.seek(start)
        found.update(stream.read(chunk.total_compressed_size))
    return found.hexdigest()
