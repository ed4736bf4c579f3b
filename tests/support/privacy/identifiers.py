"""Every direct identifier of every person in the raw files, and an obvious search for them.

Slower and plainer than src/privacy/traces.py, which it is an oracle for: no patterns, only words
cut out of the text and looked up in a set.
"""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from src.privacy.raw_values import read_values
from src.privacy.redact import raw_paths
from src.sources.mapping.mapping import SourceMapping

_HAN = re.compile(r"[\u3400-\u9fff]+")
_TOKEN = re.compile(r"[0-9A-Za-z]+")
_LONGEST_HAN = 24


@dataclass
class Identifiers:
    """numbers: phones, identity, customer and account numbers that can be no amounts. han, latin:
    names and addresses in signs, and in words."""

    numbers: set[str] = field(default_factory=set)
    han: set[str] = field(default_factory=set)
    latin: set[tuple[str, ...]] = field(default_factory=set)

    def add(self, kind: str, value: str) -> None:
        """Take up one raw value of a private column."""
        words = tuple(re.findall(r"[a-z]+", value.lower()))
        if kind in ("name", "address"):
            self.han.update(part for part in _HAN.findall(value) if len(part) > 1)
            if kind == "name" and len(words) > 1 and not _HAN.search(value):
                self.latin |= {words, words[::-1]}
        elif kind != "text":
            number = "".join(_TOKEN.findall(value))
            if len(number) >= 11 or (len(number) > 6 and not number.isdigit()):
                self.numbers.add(number)

    def within(self, text: str) -> set[str]:
        """The identifiers in a text."""
        found = {token for token in _TOKEN.findall(text) if token in self.numbers}
        words = re.findall(r"[a-z]+", text.lower())
        for size in {len(name) for name in self.latin}:
            runs = zip(*(words[start:] for start in range(size)), strict=False)
            found |= {" ".join(run) for run in runs if run in self.latin}
        for run in _HAN.findall(text):
            found |= {run} & self.han
            # two signs within a longer run of Han writing are a word of it as often as a name
            for size in range(3, min(len(run), _LONGEST_HAN) + 1):
                parts = (run[start : start + size] for start in range(len(run) - size + 1))
                found |= self.han.intersection(parts)
        return found

    def within_file(self, path: Path) -> set[str]:
        """The identifiers in a file: in Parquet in every cell, else in its bytes as UTF-8."""
        content = path.read_bytes()
        if not content.startswith(b"PAR1"):
            text = content.decode("utf-8", "replace")
            return self.within(text) | self.within(_unescaped(text))
        found: set[str] = set()
        for column in pq.read_table(path).columns:
            if pa.types.is_integer(column.type):
                found |= self.numbers.intersection(map(str, column.unique().to_pylist()))
            elif pa.types.is_nested(column.type):
                found |= self.within(json.dumps(column.to_pylist(), ensure_ascii=False))
            elif any(
                is_text(column.type)
                for is_text in (
                    pa.types.is_string,
                    pa.types.is_large_string,
                    pa.types.is_dictionary,
                )
            ):
                for value in column.unique().to_pylist():
                    found |= self.within(value or "")
        return found


def identifiers_of(mapping: SourceMapping, raw: Path) -> Identifiers:
    """Of every person in the raw files, as the mapping marks them."""
    found = Identifiers()
    for file in mapping.files.values():
        kinds = {c: made.private for c, made in file.columns.items() if made.private}
        for path in raw_paths(file, raw) if kinds else []:
            for row in set(read_values(path, file, list(kinds))):
                for kind, value in zip(kinds.values(), row, strict=True):
                    found.add(str(kind), value)
    return found


def _unescaped(text: str) -> str:
    return re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), text)
