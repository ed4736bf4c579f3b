"""What the readers of text files share: UTF-8, lines as SQL, lines that are no rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from src.core.scratch import scratch_folder
from src.sources.mapping.raw_files import RawFile
from src.sources.reading.arrived import MALFORMED, TRUNCATED, Arrived
from src.sources.reading.encodings import TextFacts, is_utf8, scan_text
from src.sources.staging.session import literal

TEXT = "_text"
# No sign of text files, nor of JSON, which forbids bare control characters: lines come whole.
_NO_DELIMITER = "\x1f\x1e"


@contextmanager
def as_utf8(file: RawFile, path: Path) -> Iterator[tuple[Path, TextFacts]]:
    """The file itself if it is UTF-8, else a copy in UTF-8 that goes when the block ends."""
    if is_utf8(file.encoding):
        yield path, scan_text(path, file.encoding, file.quote)
        return
    with scratch_folder("read") as folder:
        copy = folder / "utf8"
        yield copy, scan_text(path, file.encoding, file.quote, copy)


def lines_sql(source: Path, skip: int) -> str:
    """SQL of _line (from 1) and line of a UTF-8 file after its first `skip` lines; empty lines are
    NULL. Not for files with stray carriage returns, at which DuckDB would split."""
    return (
        f"(SELECT row_number() OVER () + {skip} AS _line, line FROM read_csv("
        f"{literal(str(source))}, auto_detect=false, header=false, skip={skip}, "
        f"delim={literal(_NO_DELIMITER)}, quote='', escape='', nullstr='', "
        "columns={line: 'VARCHAR'}))"
    )


def add_malformed(arrived: Arrived, facts: TextFacts, lines: str) -> None:
    """Add `lines` (SQL of _line, line) to read_malformed; the last line of a file that does not
    end with a newline was cut."""
    last = "false" if facts.ends_with_newline else f"_line = {facts.lines}"
    text = arrived.shown(None, "line")
    arrived.connection.execute(
        f"INSERT INTO read_malformed SELECT {arrived.tag}, _line, "
        f"CASE WHEN {last} THEN '{TRUNCATED}' ELSE '{MALFORMED}' END, {text} "
        f"FROM ({lines}) ORDER BY _line"
    )
