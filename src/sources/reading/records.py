"""CSV records with their true lines: for files whose values hold line breaks or carriage returns,
or that have empty lines. Slower than DuckDB's own reader, and one stray quote costs no more than
its line."""

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_MAX_LINES = 100
_UNFINISHED = "unexpected end of data"
# The csv module takes a carriage return in a plain value for a line end. What stands in for it is
# no character of any text, so that no value can hold it.
_RETURN = "\ud800"


class Record(NamedTuple):
    """One record: its first line (from 1), and its fields, None if it is malformed; its text."""

    line: int
    fields: list[str] | None
    text: str


def read_records(
    lines: Iterable[str], delimiter: str, quote: str, width: int, first: int = 1
) -> Iterator[Record]:
    """Records of `width` fields from lines that keep their ends, counted from `first`. A carriage
    return within a line is a character of its value.

    A record may go on over at most 100 lines. Where that gives no record of `width` fields, only
    its first line is malformed and reading goes on with the next. Empty lines are no records.
    """
    ahead: deque[str] = deque()
    rest = iter(lines)
    number = first
    while True:
        line = ahead.popleft() if ahead else next(rest, None)
        if line is None:
            return
        taken = [line]
        fields = _parse(line, delimiter, quote)
        while fields is None and len(taken) < _MAX_LINES:
            following = ahead.popleft() if ahead else next(rest, None)
            if following is None:
                break
            taken.append(following)
            if quote in following:
                fields = _parse("".join(taken), delimiter, quote)
        if fields is None or len(fields) != width:
            ahead.extendleft(reversed(taken[1:]))
            taken, fields = taken[:1], None
        text = "".join(taken).rstrip("\r\n")
        if text or width == 1:
            yield Record(number, fields, text)
        number += len(taken)


def _parse(text: str, delimiter: str, quote: str) -> list[str] | None:
    """The fields, [] if it is no CSV at all, None if a quoted value does not end in it."""
    text = text.rstrip("\r\n")
    if not quote:
        return text.split(delimiter)
    plain = text.replace("\r", _RETURN)
    try:
        fields = next(csv.reader([plain], delimiter=delimiter, quotechar=quote, strict=True), [])
    except csv.Error as error:
        return None if _UNFINISHED in str(error) else []
    return fields if plain == text else [field.replace(_RETURN, "\r") for field in fields]
