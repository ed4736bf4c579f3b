"""Where something that names a person still stands: a search through files of any kind.

Parquet is read as tables, since its bytes are compressed; everything else as bytes, in the
encodings in which a text may stand there.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

_ENCODINGS = ("utf-8", "gb18030", "utf-16-le")
_PARQUET = b"PAR1"
_CHUNK = 1 << 24
_OVERLAP = 4096
_HAN = re.compile(r"[\u3400-\u9fff]")
_SHORTEST = 4
_TEXTS = 50


@dataclass(frozen=True)
class Trace:
    """One finding: the file, in Parquet the column, and what kind of thing; never the thing."""

    file: str
    column: str
    kind: str

    def __str__(self) -> str:
        where = f"{self.file}, column {self.column}" if self.column else self.file
        return f"{where}: {self.kind}"


@dataclass(frozen=True)
class Search:
    """What to look for: kind (name, phone, record, …) -> texts. `of` leaves out what is too short
    to tell a person from a chance: fewer than 4 signs, of Han writing fewer than 2."""

    texts: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, texts: Mapping[str, Iterable[str]]) -> "Search":
        """A search for all texts that are long enough."""
        kept = {kind: tuple(sorted({t for t in ts if _tells(t)})) for kind, ts in texts.items()}
        return cls({kind: ts for kind, ts in kept.items() if ts})

    def in_files(self, paths: Iterable[Path]) -> list[Trace]:
        """The traces in files, and in folders all files below; each kind once per place."""
        return [
            trace for path in sorted(files_below(paths)) for trace in sorted_traces(self._in(path))
        ]

    def _in(self, path: Path) -> set[Trace]:
        with path.open("rb") as stream:
            if stream.read(len(_PARQUET)) == _PARQUET:
                return set(self._in_parquet(path))
        return {Trace(str(path), "", kind) for kind in self._in_bytes(path)}

    def _in_parquet(self, path: Path) -> Iterator[Trace]:
        with pq.ParquetFile(path) as file:
            names = [field.name for field in file.schema_arrow if _holds_text(field.type)]
            for group in range(file.num_row_groups if names else 0):
                table = file.read_row_group(group, columns=names)
                for name in table.column_names:
                    for values in _texts(table[name]):
                        distinct = pc.unique(values)
                        for kind, patterns in self._patterns.items():
                            if any(_any_match(distinct, pattern) for pattern in patterns):
                                yield Trace(str(path), name, kind)

    def _in_bytes(self, path: Path) -> Iterator[str]:
        found: set[str] = set()
        with path.open("rb") as stream:
            tail = b""
            while chunk := stream.read(_CHUNK):
                window = tail + chunk
                for kind, forms in self._forms.items():
                    if kind not in found and any(form.stands_in(window) for form in forms):
                        found.add(kind)
                tail = window[-_OVERLAP:]
        return iter(sorted(found))

    @cached_property
    def _patterns(self) -> Mapping[str, list[str]]:
        """Kind -> patterns for RE2 of at most _TEXTS texts each, beyond which it grows slow."""
        return {
            kind: [_pattern(texts[at : at + _TEXTS]) for at in range(0, len(texts), _TEXTS)]
            for kind, texts in self.texts.items()
        }

    @cached_property
    def _forms(self) -> Mapping[str, list["_Form"]]:
        return {kind: _forms(texts) for kind, texts in self.texts.items()}


@dataclass(frozen=True)
class _Form:
    """A text as bytes of one encoding, and the pattern that asks for its ends as well."""

    plain: bytes
    pattern: re.Pattern[bytes]

    def stands_in(self, window: bytes) -> bool:
        """The plain search is a hundred times as fast as the pattern's."""
        return self.plain in window and self.pattern.search(window) is not None


def sorted_traces(traces: Iterable[Trace]) -> list[Trace]:
    """In order of file, column and kind."""
    return sorted(traces, key=lambda t: (t.file, t.column, t.kind))


def files_below(paths: Iterable[Path]) -> Iterator[Path]:
    """Each path that is a file, and all files below those that are folders."""
    for path in paths:
        if path.is_dir():
            yield from (below for below in path.rglob("*") if below.is_file())
        elif path.is_file():
            yield path


def _tells(text: str) -> bool:
    return len(text.strip()) >= (2 if _HAN.search(text) else _SHORTEST)


def _pattern(texts: Iterable[str]) -> str:
    """For RE2. A letter or digit beside it makes it another word; Han writing has no words."""
    parts = []
    for text in texts:
        escaped = re.escape(text)
        before = r"(?:^|[^0-9A-Za-z])" if text[0].isascii() else ""
        after = r"(?:[^0-9A-Za-z]|$)" if text[-1].isascii() else ""
        parts.append(f"{before}{escaped}{after}")
    return "|".join(parts)


def _forms(texts: Iterable[str]) -> list[_Form]:
    forms: dict[bytes, re.Pattern[bytes]] = {}
    for text in texts:
        plain = [text.encode(encoding) for encoding in _ENCODINGS]
        plain.append(json.dumps(text)[1:-1].encode())
        before = rb"(?<![0-9A-Za-z])" if text[0].isascii() else b""
        after = rb"(?![0-9A-Za-z])" if text[-1].isascii() else b""
        forms |= {form: re.compile(before + re.escape(form) + after) for form in plain}
    return [_Form(plain, pattern) for plain, pattern in forms.items()]


def _holds_text(kind: pa.DataType) -> bool:
    """Whether a column of this type may hold texts, however deep."""
    if pa.types.is_nested(kind):
        return any(_holds_text(kind.field(part).type) for part in range(kind.num_fields))
    if pa.types.is_dictionary(kind):
        return _holds_text(kind.value_type)
    return bool(_is_text(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _texts(column: pa.ChunkedArray) -> Iterator[pa.Array]:
    """The texts of a column, however deep they stand in lists and structures."""
    for chunk in column.chunks:
        yield from _texts_in(chunk)


def _texts_in(values: pa.Array) -> Iterator[pa.Array]:
    kind = values.type
    if pa.types.is_dictionary(kind):
        yield from _texts_in(values.dictionary)
    elif pa.types.is_struct(kind):
        for part in values.flatten():
            yield from _texts_in(part)
    elif pa.types.is_map(kind):
        yield from _texts_in(values.keys)
        yield from _texts_in(values.items)
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind):
        yield from _texts_in(values.flatten())
    elif _is_text(kind):
        yield values
    elif pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        yield values.cast(options=pc.CastOptions.unsafe(pa.large_string()))


def _any_match(values: pa.Array, pattern: str) -> bool:
    return bool(pc.any(pc.match_substring_regex(values, pattern)).as_py())
