"""Rows of erased customers are left out of the raw files; every other line keeps its bytes."""

import json
import os
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from src.core.errors import KehuError
from src.core.files import replacing_file
from src.privacy.columns import Owner, as_named, owners
from src.privacy.declared import File, Source
from src.privacy.erased import ANY_SYSTEM, Erased
from src.privacy.raw_lines import read_lines, read_records

_WORDS = re.compile(r"[\w-]+")


def redact(source: Source, folder: Path, erased: Erased) -> dict[str, int]:
    """Leave out of the raw files in `folder` every row that an erased customer owns.

    source: the mapping, whose columns `private: record` and `private: account` say whose a row is;
    a column that only names the other side of a movement does not. Returns the rows left out by
    path relative to `folder`; a file without any is not written. A line that can't be read as a
    row goes if any word in it is an erased number. Raises KehuError if a file can't be read.
    """
    counts = erased_rows(source, folder, erased)
    for name, file in source.files.items():
        for path in raw_paths(file, folder):
            if path.relative_to(folder).as_posix() in counts:
                with replacing_file(path, path.stat().st_mode & 0o777) as aside:
                    _FORMATS[file.format](path, file, _Search(source, erased, name), aside)
    return counts


def erased_rows(source: Source, folder: Path, erased: Erased) -> dict[str, int]:
    """How many rows of each raw file erased customers own; files without any are left out."""
    counts: dict[str, int] = {}
    for name, file in source.files.items():
        search = _Search(source, erased, name)
        for path in raw_paths(file, folder) if erased and search.columns else []:
            found = _FORMATS[file.format](path, file, search, None)
            if found:
                counts[path.relative_to(folder).as_posix()] = found
    return counts


def raw_paths(file: File, folder: Path) -> list[Path]:
    """The files that a mapping's `path` stands for, in order of their names."""
    return sorted(path for path in folder.glob(file.path) if path.is_file())


class _Search:
    """Which values of a file's owner columns are erased; each distinct value is hashed once."""

    def __init__(self, source: Source, erased: Erased, file: str) -> None:
        self.columns = owners(source, file)
        self._record = erased.record_test(source.name, ANY_SYSTEM)
        self._account = erased.account_test(source.name)
        self._tests = {owner: _test_of(owner, source, erased) for owner in self.columns}

    def matches(self, owner: Owner, value: object) -> bool:
        """Whether one value of a column is erased."""
        text = as_named(value, owner.type)
        return text != "" and self._tests[owner](text)

    def matches_word(self, text: str) -> bool:
        """Whether any word of a line that can't be read is an erased number."""
        return any(self._record(word) or self._account(word) for word in _WORDS.findall(text))


def _test_of(owner: Owner, source: Source, erased: Erased) -> Callable[[str], bool]:
    if owner.kind == "account":
        return cache(erased.account_test(source.name))
    tests = [erased.record_test(source.name, system) for system in owner.systems]
    return cache(tests[0] if len(tests) == 1 else lambda text: any(test(text) for test in tests))


def _csv(path: Path, file: File, search: _Search, aside: Path | None) -> int:
    places: list[tuple[Owner, int]] = []
    found = 0
    with (aside or Path(os.devnull)).open("wb") as target:
        for number, record in enumerate(read_records(path, file)):
            if number == file.skip_rows:
                names = [name.strip() for name in record.fields]
                places = [(o, names.index(o.column)) for o in search.columns if o.column in names]
            elif number > file.skip_rows and (
                any(search.matches(owner, record.fields[place]) for owner, place in places)
                if record.whole
                else search.matches_word(" ".join(record.fields))
            ):
                found += 1
                continue
            target.write(record.raw)
    return found


def _jsonl(path: Path, _file: File, search: _Search, aside: Path | None) -> int:
    found = 0
    with (aside or Path(os.devnull)).open("wb") as target:
        for raw, text in read_lines(path):
            if _owned(text, search):
                found += 1
            else:
                target.write(raw)
    return found


def _owned(text: str, search: _Search) -> bool:
    try:
        row = json.loads(text)
    except json.JSONDecodeError:
        return search.matches_word(text)
    if not isinstance(row, Mapping):
        return search.matches_word(text)
    return any(search.matches(owner, row.get(owner.column)) for owner in search.columns)


def _parquet(path: Path, _file: File, search: _Search, aside: Path | None) -> int:
    try:
        with pq.ParquetFile(path) as file:
            if aside is None:
                return _scan_parquet(file, search, None)
            with pq.ParquetWriter(aside, file.schema_arrow, compression="zstd") as writer:
                return _scan_parquet(file, search, writer)
    except pa.ArrowException as error:
        raise KehuError(
            f"{path}: not readable as Parquet: {error}. Fetch the file anew; until then nobody can "
            "say whether an erased customer is in it."
        ) from error


def _scan_parquet(file: pq.ParquetFile, search: _Search, writer: pq.ParquetWriter | None) -> int:
    present = [o for o in search.columns if o.column in file.schema_arrow.names]
    columns = None if writer else [owner.column for owner in present]
    found = 0
    for group in range(file.num_row_groups):
        table = file.read_row_group(group, columns=columns)
        left = pa.chunked_array([pa.repeat(pa.scalar(value=False), len(table))])
        for owner in present:
            values = table[owner.column].cast(_value_type(table[owner.column].type))
            distinct = pc.unique(values).to_pylist()
            erased = [value for value in distinct if search.matches(owner, value)]
            left = pc.or_(left, pc.is_in(values, value_set=pa.array(erased, values.type)))
        found += pc.sum(left).as_py() or 0
        if writer:
            writer.write_table(table.filter(pc.invert(left)))
    return found


def _value_type(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


_FORMATS: dict[str, Callable[[Path, File, _Search, Path | None], int]] = {
    "csv": _csv,
    "jsonl": _jsonl,
    "parquet": _parquet,
    "sql": _parquet,
}
