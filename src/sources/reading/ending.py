"""How a text file ends: whether its last line, which has no newline, is whole.

A line that is cut inside its last field has all its fields, and many honest files end without a
newline. So other evidence decides: what the mapping says, the deliveries before, the control file.
What comes later does not, else history could not be replayed. A row of JSON Lines needs no
evidence: what is left of a cut one is no JSON.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from src.sources.mapping.raw_files import RawFile
from src.sources.reading.arrived import TRUNCATED, Arrived
from src.sources.reading.encodings import TextFacts, decoder_name
from src.sources.reading.text_table import TEXT
from src.sources.staging.session import first_row, literal

_TAIL = 8


@dataclass(frozen=True)
class Ending:
    """The end of one delivery. newline: whether its last line has one, None where it has no rows or
    is no text; cut: whether that line is known to be cut."""

    newline: bool | None
    cut: bool


NO_TEXT = Ending(newline=None, cut=False)


def newline_expected(file: RawFile, before: Sequence[Ending]) -> bool:
    """Whether a delivery should end with a newline: as the mapping says, else as all those before
    it did that are not known to be cut, if there are any."""
    if file.ends_with_newline is not None:
        return file.ends_with_newline
    ended = [ending.newline for ending in before if ending.newline is not None and not ending.cut]
    return bool(ended) and all(ended)


def set_aside_cut_row(arrived: Arrived, facts: TextFacts, rows: int) -> bool:
    """Move the last row from _text to read_malformed if it was cut; whether it was.

    rows: of the delivery, with the lines that are none. A control file that states more of them
    proves the cut whatever the mapping says.
    """
    short = arrived.stated_rows is not None and rows < arrived.stated_rows
    if facts.ends_with_newline or not (short or arrived.newline_expected):
        return False
    if arrived.file.format != "csv" or _is_cut(arrived):
        return False
    (line,) = first_row(arrived.connection, f"SELECT max(_line) FROM {TEXT}") or (None,)
    if line is None:
        return False
    arrived.connection.execute(f"DELETE FROM {TEXT} WHERE _line = {line}")
    text = arrived.shown(None, literal(_text_from(arrived, facts, line)))
    arrived.connection.execute(
        f"INSERT INTO read_malformed SELECT {arrived.tag}, {line}, '{TRUNCATED}', {text}"
    )
    return True


def ending_of(arrived: Arrived, facts: TextFacts, rows: int) -> Ending:
    """How a delivery of so many rows, with the lines that are none, ends."""
    return Ending(facts.ends_with_newline if rows else None, cut=_is_cut(arrived))


def ends_within_row(path: Path, encoding: str) -> bool:
    """Whether the last line of a JSON Lines file, which has no newline, is no JSON."""
    lines = path.read_text(decoder_name(encoding), errors="replace").rsplit("\n", 1)
    try:
        json.loads(lines[-1])
    except json.JSONDecodeError:
        return True
    return False


def ends_with_newline(path: Path, encoding: str) -> bool | None:
    """Whether a text file does, by a look at its last bytes; None if it is empty."""
    with path.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(max(size - _TAIL, 0))
        tail = stream.read()
    if not tail:
        return None
    wide = len("\n".encode(encoding)) - len("".encode(encoding))
    signs = {sign.rjust(wide, b"\0") for sign in (b"\n", b"\r")}
    signs |= {sign.ljust(wide, b"\0") for sign in (b"\n", b"\r")}
    return any(tail.endswith(sign) for sign in signs)


def _is_cut(arrived: Arrived) -> bool:
    """Whether the last line is among those that are no rows, for it was cut."""
    return bool(
        first_row(
            arrived.connection,
            "SELECT 1 FROM read_malformed WHERE (file_name, _file, rule) = "
            f"({arrived.tag}, '{TRUNCATED}') LIMIT 1",
        )
    )


def _text_from(arrived: Arrived, facts: TextFacts, line: int) -> str:
    """The file's text from a line on."""
    encoding = decoder_name(arrived.file.encoding)
    with arrived.path.open(encoding=encoding, newline=facts.line_end) as stream:
        return "".join(islice(stream, line - 1, None))
