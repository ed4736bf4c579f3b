"""Text files of any encoding as UTF-8, with the place of the first byte that does not fit."""

import codecs
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from src.core.errors import SourceError
from src.sources.onboarding.guess_encoding import fitting_encodings

UTF_8_MARK = codecs.BOM_UTF8
_CHUNK = 1 << 20


@dataclass(frozen=True)
class TextFacts:
    """What one pass over a text file tells: its lines, the last one counted even where it has no
    newline, whether it has one, and whether the quote stands anywhere in it. line_end: what ends
    lines, a carriage return alone only where no newline stands in the file; stray_returns: whether
    there are carriage returns that neither end a line nor precede its newline."""

    lines: int
    ends_with_newline: bool
    quoted: bool
    line_end: str = "\n"
    stray_returns: bool = False


def decoder_name(encoding: str) -> str:
    """The codec to read with: UTF-8 takes an optional byte-order mark."""
    name = codecs.lookup(encoding).name
    return "utf-8-sig" if name in ("utf-8", "utf-8-sig") else name


def is_utf8(encoding: str) -> bool:
    """Whether DuckDB reads the encoding by itself."""
    return decoder_name(encoding) == "utf-8-sig"


def scan_text(path: Path, encoding: str, quote: str, copy: Path | None = None) -> TextFacts:
    """Read the whole file once; write it as UTF-8 to `copy` if given.

    Raises SourceError with line and byte where the file stops fitting its encoding.
    """
    decode = codecs.getincrementaldecoder(decoder_name(encoding))().decode
    newlines, returns, pairs, last, read, quoted = 0, 0, 0, "", 0, False
    with ExitStack() as stack:
        stream = stack.enter_context(path.open("rb"))
        target = stack.enter_context(copy.open("w", encoding="utf-8", newline="")) if copy else None
        while True:
            chunk = stream.read(_CHUNK)
            if read == 0 and chunk.startswith(UTF_8_MARK) and not is_utf8(encoding):
                raise SourceError(
                    f"{path}: starts with the byte-order mark of UTF-8; expected {encoding}. "
                    "Set 'encoding: utf-8' for this file in the mapping."
                )
            try:
                text = decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                raise SourceError(_misfit(path, encoding, _first_misfit(path, encoding))) from error
            if target:
                target.write(text)
            newlines += text.count("\n")
            if "\r" in text or last == "\r":
                returns += text.count("\r")
                pairs += text.count("\r\n") + (last + text[:1] == "\r\n")
            quoted = quoted or (bool(quote) and quote in text)
            last = text[-1:] or last
            read += len(chunk)
            if not chunk:
                return _facts(newlines, returns, pairs, last, quoted)


def _facts(newlines: int, returns: int, pairs: int, last: str, quoted: bool) -> TextFacts:
    """The facts from counts of the line ends, and the file's last character, "" if it has none."""
    line_end = "\n" if newlines or not returns else "\r"
    lines = (newlines or returns) + (last not in ("", line_end))
    return TextFacts(
        lines,
        ends_with_newline=last in ("", "\n", "\r"),
        quoted=quoted,
        line_end=line_end,
        stray_returns=newlines > 0 and returns > pairs,
    )


@dataclass(frozen=True)
class _Misfit:
    """Line and byte from 1, the byte's value, whether letters beyond ASCII stand before it."""

    line: int
    byte: int
    value: int
    after_others: bool


def _first_misfit(path: Path, encoding: str) -> _Misfit:
    decoder = codecs.getincrementaldecoder(decoder_name(encoding))()
    position, line, others = 0, 1, False
    with path.open("rb") as stream:
        for raw in stream:  # the newline byte ends a line in every encoding that banks deliver
            before = len(decoder.getstate()[0])
            try:
                others = not decoder.decode(raw).isascii() or others
            except UnicodeDecodeError as error:
                at = max(error.start - before, 0)
                others = others or not raw[:at].isascii()
                return _Misfit(line, position + at + 1, raw[at], others)
            position += len(raw)
            line += raw.endswith(b"\n")
    return _Misfit(line, position, 0, others)


def _misfit(path: Path, encoding: str, misfit: _Misfit) -> str:
    fitting = [name for name in fitting_encodings(path) if name != encoding]
    if is_utf8(encoding) and misfit.after_others:
        fitting = []
    advice = (
        f"Set 'encoding: {fitting[0]}' for this file in the mapping if all of it is so encoded"
        if fitting
        else "The file mixes encodings"
    )
    return (
        f"{path}:{misfit.line}: byte {misfit.byte} (0x{misfit.value:02x}) is no {encoding}; what "
        f"comes before it is. {advice}, or have it delivered anew in one encoding."
    )
