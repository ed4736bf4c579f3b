"""The first rows of a raw file, read with indulgence: what does not fit is told, not raised."""

import codecs
import csv
import io
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Self

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from src.core.scratch import scratch_folder
from src.sources.mapping.raw_files import RawFile
from src.sources.onboarding.guess_encoding import fitting_encodings
from src.sources.reading.encodings import decoder_name
from src.sources.reading.records import read_records
from src.sources.staging.session import first_row, literal

DELIMITERS = (",", ";", "\t", "|", "^", "~")


@dataclass
class Sample:
    """The first rows of one file. rows: text by column, or typed Arrow columns of Parquet; lines:
    of each row the line; whole: whether the file has no more; malformed: line and text of what is
    no row; problems: what the declaration of the file as a whole gets wrong, with the remedy."""

    rows: pa.Table
    lines: list[int] = field(default_factory=list)
    whole: bool = True
    malformed: list[tuple[int, str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @classmethod
    def empty(cls) -> Self:
        """No rows at all."""
        return cls(pa.table({}))

    @property
    def told(self) -> str:
        """How many of the file's rows these are, in words."""
        count = f"{self.rows.num_rows:,} row{'s' * (self.rows.num_rows != 1)}"
        return f"all {count}" if self.whole else f"the first {count}"


def read_sample(file: RawFile, path: Path, count: int) -> Sample:
    """The first `count` rows of a file, by its declaration or, where that fails, by a better one
    that `problems` names. Raises OSError and pyarrow's errors for what can't be read at all."""
    if file.format in ("parquet", "sql"):
        with pq.ParquetFile(path) as parquet:
            batches = parquet.iter_batches(batch_size=count)
            rows = pa.Table.from_batches(islice(batches, 1), parquet.schema_arrow)
            whole = rows.num_rows == parquet.metadata.num_rows
        if file.format == "sql":  # the extract itself may hold no more than the sample
            whole = rows.num_rows < count
        return Sample(rows, list(range(1, rows.num_rows + 1)), whole)
    text, whole, problems = _start(file, path, count)
    sample = _json_lines(file, text) if file.format == "jsonl" else _csv(file, text)
    malformed = sample.malformed
    if not whole and sample.lines:  # a row of several lines may be cut where the sample ends
        malformed = [(line, lost) for line, lost in malformed if line < sample.lines[-1]]
    return Sample(sample.rows, sample.lines, whole, malformed, [*problems, *sample.problems])


def _start(file: RawFile, path: Path, count: int) -> tuple[str, bool, list[str]]:
    """The text of the first lines, whether they are all, and what is wrong with its encoding."""
    wanted = file.skip_rows + count + (file.format == "csv")
    with path.open("rb") as stream:
        start = b"".join(islice(stream, wanted))
        whole = not stream.read(1)
    declared = decoder_name(file.encoding)
    try:  # the last line of a wide encoding ends within a character
        return codecs.getincrementaldecoder(declared)().decode(start), whole, []
    except UnicodeDecodeError as error:
        fitting = fitting_encodings(path)
        line = start[: error.start].count(b"\n") + 1
        problem = f"line {line}: byte 0x{start[error.start]:02x} is no {file.encoding}"
        remedy = f"set encoding: {fitting[0]}" if fitting else "the file mixes encodings"
        encoding = fitting[0] if fitting else declared
        return start.decode(encoding, errors="replace"), whole, [f"{problem}; {remedy}"]


def _csv(file: RawFile, text: str) -> Sample:
    line_end = "\n" if "\n" in text else "\r"
    lines = list(io.StringIO(text.removeprefix("\ufeff"), newline=line_end))[file.skip_rows :]
    if not lines:
        return Sample.empty()
    delimiter, problems = file.delimiter, []
    first_line = lines[0].replace("\r", "")
    header = _header(first_line, delimiter, file.quote)
    better = _better_delimiter(file, first_line)
    if better:
        problems.append(
            f"the header holds no {delimiter!r} as declared; set delimiter: {json.dumps(better)}"
        )
        delimiter, header = better, _header(first_line, better, file.quote)
    twice = [name for name, times in Counter(header).items() if times > 1]
    if twice:
        problems.append(f"column {twice[0]!r} stands in the header twice")
        header = [f"{name}_{place}" if name in twice else name for place, name in enumerate(header)]
    first = file.skip_rows + 2
    records = list(read_records(lines[1:], delimiter, file.quote, len(header), first))
    kept = [record.fields for record in records if record.fields is not None]
    numbers = [record.line for record in records if record.fields is not None]
    empty = ("", file.empty)
    columns = {
        name: pa.array([None if row[n] in empty else row[n] for row in kept], pa.string())
        for n, name in enumerate(header)
    }
    lost = [(record.line, record.text) for record in records if record.fields is None]
    return Sample(pa.table(columns), numbers, malformed=lost, problems=problems)


def _header(line: str, delimiter: str, quote: str) -> list[str]:
    return next(csv.reader(io.StringIO(line), delimiter=delimiter, quotechar=quote or None), [])


def _better_delimiter(file: RawFile, header: str) -> str | None:
    """Another delimiter that gives more of the declared columns."""
    named = {*file.columns, *file.ignored}
    found = {d: len(named & {*_header(header, d, file.quote)}) for d in DELIMITERS}
    here = len(named & {*_header(header, file.delimiter, file.quote)})
    best = max(found, key=lambda d: found[d])
    return best if found[best] > here else None


def _json_lines(file: RawFile, text: str) -> Sample:
    rows: list[Mapping[str, Any]] = []
    numbers, lost = [], []
    lines = islice(io.StringIO(text.removeprefix("\ufeff")), file.skip_rows, None)
    for number, line in enumerate(lines, start=file.skip_rows + 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line, parse_float=str, parse_int=str)
        except json.JSONDecodeError:
            row = None
        if isinstance(row, dict):
            rows.append(row)
            numbers.append(number)
        else:
            lost.append((number, line.rstrip("\n")))
    names = dict.fromkeys(key for row in rows for key in row)
    columns = {
        name: pa.array([_json_text(row.get(name)) for row in rows], pa.string()) for name in names
    }
    return Sample(pa.table(columns), numbers, malformed=lost)


def _json_text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def sniffed_csv(
    connection: duckdb.DuckDBPyConnection, path: Path, encoding: str
) -> tuple[str, str, int]:
    """Delimiter, quote and lines before the header, as DuckDB's sniffer sees the file's start."""
    with path.open("rb") as stream:
        start = b"".join(islice(stream, 2000)).decode(encoding, errors="replace")
    with scratch_folder("draft") as folder:
        copy = folder / "start.csv"
        copy.write_text(start, encoding="utf-8", newline="")
        try:
            found = first_row(
                connection,
                f"SELECT Delimiter, Quote, SkipRows FROM sniff_csv({literal(str(copy))}, "
                "ignore_errors=true)",
            )
        except duckdb.Error:
            found = None
    delimiter, quote, skip = found or (",", '"', 0)
    return delimiter, quote if len(quote) == 1 and quote != "\0" else '"', int(skip)
