"""The records of a delimited file as the bytes that they are and the values in them.

For leaving records out of a file without touching a byte of the others: what is read is decoded,
what is written is what was read.
"""

import codecs
import csv
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from src.privacy.declared import File

_LINES = re.compile(r"[^\n]*\n|[^\n]+")
_LINES_OF_RETURNS = re.compile(r"[^\r]*\r|[^\r]+")
_MOST_LINES = 100  # of one record; a quote left open longer than that is a fault of its line
_BYTE_ORDER_MARK = "\ufeff"


class Record(NamedTuple):
    """raw: its bytes with the line end. fields: its values by position. whole: whether there are
    as many of them as the header has."""

    raw: bytes
    fields: list[str]
    whole: bool


def read_records(path: Path, file: File) -> Iterator[Record]:
    """The header of a delimited file and its rows; before them what `skip_rows` passes over.

    A quote that is never closed spoils its own line only. Bytes that the encoding does not know
    count as unknown signs.
    """
    lines = read_lines(path, file.encoding)
    for _ in range(file.skip_rows):
        yield Record(next(lines, (b"", ""))[0], [], False)
    width = 0
    for joined in _joined(lines, file.quote):
        raw, text = joined[0] if len(joined) == 1 else _one(joined)
        fields = _fields(text, file)
        width = width or len(fields)
        if len(fields) == width:
            yield Record(raw, fields, True)
            continue
        for raw, text in joined:
            fields = _fields(text, file, quoted=False)
            yield Record(raw, fields, len(fields) == width)


def read_lines(path: Path, encoding: str = "utf-8") -> Iterator[tuple[bytes, str]]:
    """Each line's bytes, its end included, and its text without a byte-order mark. A carriage
    return alone ends a line only where no newline stands in the file, as when it is read."""
    name = codecs.lookup(encoding).name.removesuffix("-sig")
    if "\n".encode(name) != b"\n":
        yield from _wide(path.read_bytes(), name)
        return
    with path.open("rb") as stream:
        start = stream.readline()
        lines = chain([start], stream)
        for raw in lines if start.endswith(b"\n") else start.splitlines(keepends=True):
            yield raw, raw.decode(name, "replace").removeprefix(_BYTE_ORDER_MARK)


def _wide(content: bytes, encoding: str) -> Iterator[tuple[bytes, str]]:
    """Of encodings whose line ends are more than a byte (UTF-16 and the like)."""
    name = encoding
    if name in ("utf-16", "utf-32"):
        big = content.startswith((codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE))
        name += "-be" if big else "-le"
    whole = content.decode(name, "surrogatepass")
    for text in (_LINES if "\n" in whole else _LINES_OF_RETURNS).findall(whole):
        yield text.encode(name, "surrogatepass"), text.removeprefix(_BYTE_ORDER_MARK)


def _joined(lines: Iterator[tuple[bytes, str]], quote: str) -> Iterator[list[tuple[bytes, str]]]:
    """Lines put together where a quoted value goes on in the next."""
    held: list[tuple[bytes, str]] = []
    is_open = False
    for line in lines:
        is_open ^= bool(quote) and line[1].count(quote) % 2 == 1
        held.append(line)
        if not is_open:
            yield held
            held = []
        elif len(held) > _MOST_LINES:
            yield from ([one] for one in held)
            held, is_open = [], False
    yield from ([one] for one in held)


def _one(lines: list[tuple[bytes, str]]) -> tuple[bytes, str]:
    return b"".join(raw for raw, _ in lines), "".join(text for _, text in lines)


def _fields(text: str, file: File, quoted: bool = True) -> list[str]:
    plain = text.rstrip("\r\n")
    if not file.quote or file.quote not in plain:
        return plain.split(file.delimiter)
    if not quoted:
        return [field.strip(file.quote + " ") for field in plain.split(file.delimiter)]
    try:
        return next(csv.reader([text], delimiter=file.delimiter, quotechar=file.quote), [])
    except csv.Error:
        return []
