"""CSV deliveries as a table of text, each row with its true line.

Three readers, the first that is exact for the file at hand: a split of lines where nothing is
quoted; DuckDB's own where each record proves to be one line; else, and where carriage returns
stand inside lines, record by record.
"""

import csv
from itertools import islice
from pathlib import Path

import duckdb
import pyarrow as pa

from src.core.errors import SourceError
from src.sources.mapping.raw_files import RawFile
from src.sources.reading.arrived import Arrived, require_columns
from src.sources.reading.encodings import TextFacts
from src.sources.reading.records import Record, read_records
from src.sources.reading.text_table import TEXT, add_malformed, as_utf8, lines_sql
from src.sources.staging.session import first_row, identifier, literal

_BATCH_ROWS = 100_000


def load_csv(arrived: Arrived) -> TextFacts:
    """Make the table _text (_line, the declared columns as text) and add to read_malformed.

    Raises SourceError for a changed header or bytes of another encoding.
    """
    with as_utf8(arrived.file, arrived.path) as (source, facts):
        header, first = _read_header(arrived, source, facts)
        require_columns(arrived, header)
        fast = _load_quoted if facts.quoted else _load_plain
        try:
            loaded = not facts.stray_returns and fast(arrived, source, header, first, facts)
        except duckdb.InvalidInputException:  # such as line ends of two kinds
            loaded = False
        if not loaded:
            _load_records(arrived, source, header, first, facts)
    return facts


def _read_header(arrived: Arrived, source: Path, facts: TextFacts) -> tuple[list[str], int]:
    """The header's names, without stray carriage returns, and its last line. Raises SourceError for
    a repeated name."""
    file = arrived.file
    with source.open(encoding="utf-8-sig", newline=facts.line_end) as stream:
        skipped = len(list(islice(stream, file.skip_rows)))
        plain = (line.replace("\r", "") for line in stream)
        lines = csv.reader(plain, delimiter=file.delimiter, quotechar=file.quote or None)
        header = next(lines, [])
        last = skipped + lines.line_num
    twice = sorted({c for c in header if header.count(c) > 1})
    if twice:
        raise SourceError(
            f"{arrived.path}:{last}: column {twice[0]!r} stands there twice; expected it once."
        )
    return header, last


def _load_plain(
    arrived: Arrived, source: Path, header: list[str], first: int, facts: TextFacts
) -> bool:
    """Split lines at the delimiter."""
    connection, file = arrived.connection, arrived.file
    empty = "" if len(header) == 1 else "WHERE line IS NOT NULL"
    split = (
        f"(SELECT _line, line, string_split(coalesce(line, ''), {literal(file.delimiter)}) "
        f"AS fields FROM {lines_sql(source, first)} {empty})"
    )
    picked = ", ".join(
        f"{_not_empty(f'fields[{header.index(c) + 1}]', file)} AS {identifier(c)}"
        for c in file.columns
    )
    connection.execute(
        f"CREATE OR REPLACE TABLE {TEXT} AS SELECT _line, {picked} FROM {split} "
        f"WHERE len(fields) = {len(header)}"
    )
    rows = first_row(connection, f"SELECT count(*) FROM {TEXT}") or (0,)
    if first + rows[0] != facts.lines:
        lost = f"SELECT _line, line FROM {split} WHERE len(fields) <> {len(header)}"
        add_malformed(arrived, facts, lost)
    return True


def _not_empty(text: str, file: RawFile) -> str:
    plain = f"nullif({text}, '')"
    return f"nullif({plain}, {literal(file.empty)})" if file.empty else plain


def _load_quoted(
    arrived: Arrived, source: Path, header: list[str], first: int, facts: TextFacts
) -> bool:
    """Read with DuckDB. False if it can't be trusted: some record is not exactly one line, or one
    may have an empty field too many at its end, which DuckDB overlooks."""
    connection, file = arrived.connection, arrived.file
    columns = ", ".join(f"c{number}: 'VARCHAR'" for number in range(len(header)))
    picked = ", ".join(f"c{header.index(c)} AS {identifier(c)}" for c in file.columns)
    connection.execute(
        f"CREATE OR REPLACE TABLE {TEXT} AS "
        f"SELECT row_number() OVER () + {first} AS _line, {picked} "
        f"FROM read_csv({literal(str(source))}, auto_detect=false, header=false, skip={first}, "
        f"delim={literal(file.delimiter)}, quote={literal(file.quote)}, "
        f"escape={literal(file.quote)}, nullstr=['', {literal(file.empty)}], "
        f"columns={{{columns}}})"
    )
    rows = first_row(connection, f"SELECT count(*) FROM {TEXT}") or (0,)
    if first + rows[0] != facts.lines:
        return False
    mark = literal(file.delimiter)
    return not first_row(
        connection,
        f"SELECT 1 FROM {lines_sql(source, first)} WHERE (ends_with(line, {mark}) OR "
        f"ends_with(line, {mark} || {literal(file.quote * 2)})) "
        f"AND len(line) - len(replace(line, {mark}, '')) >= {len(header)} LIMIT 1",
    )


def _load_records(
    arrived: Arrived, source: Path, header: list[str], first: int, facts: TextFacts
) -> None:
    """Read record by record."""
    connection, file = arrived.connection, arrived.file
    columns = ", ".join(f"{identifier(c)} VARCHAR" for c in file.columns)
    connection.execute(f"CREATE OR REPLACE TABLE {TEXT} (_line BIGINT, {columns})")
    connection.execute("CREATE OR REPLACE TABLE _lost (_line BIGINT, line VARCHAR)")
    places = [header.index(c) for c in file.columns]
    with source.open(encoding="utf-8-sig", newline=facts.line_end) as stream:
        lines = islice(stream, first, None)
        records = read_records(lines, file.delimiter, file.quote, len(header), first + 1)
        while batch := list(islice(records, _BATCH_ROWS)):
            _insert(arrived, places, batch)
    add_malformed(arrived, facts, "FROM _lost")
    connection.execute("DROP TABLE _lost")


def _insert(arrived: Arrived, places: list[int], records: list[Record]) -> None:
    empty = arrived.file.empty
    kept = [(record.line, record.fields) for record in records if record.fields is not None]
    arrays = [pa.array([line for line, _ in kept], pa.int64())]
    for place in places:
        texts = [fields[place] or None for _, fields in kept]
        if empty:
            texts = [None if text == empty else text for text in texts]
        arrays.append(pa.array(texts, pa.string()))
    _append(arrived, TEXT, pa.table(arrays, names=[str(n) for n in range(len(arrays))]))
    lost = [(record.line, record.text) for record in records if record.fields is None]
    numbers, lines = ([row[n] for row in lost] for n in (0, 1))
    lost_arrays = [pa.array(numbers, pa.int64()), pa.array(lines, pa.string())]
    _append(arrived, "_lost", pa.table(lost_arrays, names=["_line", "line"]))


def _append(arrived: Arrived, table: str, rows: pa.Table) -> None:
    arrived.connection.register("_batch", rows)
    arrived.connection.execute(f"INSERT INTO {table} FROM _batch")
    arrived.connection.unregister("_batch")
