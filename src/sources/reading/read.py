"""Raw files into typed DuckDB relations with line numbers; each value is checked on the way."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
from pyarrow import ArrowException

from src.core.errors import SourceError
from src.core.params import IntegrateParams
from src.privacy.mask import masked_error
from src.sources.mapping.mapping import SourceMapping
from src.sources.reading.arrived import Arrived, require_columns, tables_beside
from src.sources.reading.control import declared_rows
from src.sources.reading.deliveries import find_deliveries
from src.sources.reading.encodings import TextFacts
from src.sources.reading.ending import (
    NO_TEXT,
    Ending,
    ending_of,
    newline_expected,
    set_aside_cut_row,
)
from src.sources.reading.parse import read_text_column, read_typed_column
from src.sources.reading.read_csv import load_csv
from src.sources.reading.read_jsonl import load_jsonl
from src.sources.reading.relation import Relation, Shape
from src.sources.reading.text_table import TEXT
from src.sources.reading.unreadable import note_repairs, note_unreadable, require_shape
from src.sources.staging.session import first_row, literal

_LOADS: dict[str, Callable[[Arrived], TextFacts]] = {"csv": load_csv, "jsonl": load_jsonl}


@dataclass(frozen=True)
class DeliveryAccount:
    """What one delivery holds. file: relative to the raw folder; rows: with the malformed lines;
    expected_rows: what the control file says, None if it says nothing; ending: of text files."""

    file: str
    delivered: datetime | None
    rows: int
    expected_rows: int | None
    malformed: int
    ending: Ending = NO_TEXT


def read_file(
    connection: duckdb.DuckDBPyConnection,
    mapping: SourceMapping,
    name: str,
    folder: Path,
    params: IntegrateParams,
) -> list[DeliveryAccount]:
    """Make the relation `name` of all deliveries of files.<name>, in order of arrival and line.

    Columns: _row (unique, increasing), _file (relative to `folder`), _line (from 1; of Parquet the
    row), _delivered (NULL without star), _unreadable (list of columns whose text can't be read as
    declared; NULL if none), then the declared columns, typed. Beside it the tables read_malformed
    (file_name, _file, _line, rule, text: lines that are no rows), read_unreadable (file_name,
    _file, _line, column_name, text) and read_repairs (file_name, _file, _line, column_name, rule,
    before, after: read by an alternative format); of private columns they show the shape alone.
    Parquet stays a view.

    Raises SourceError for a missing, empty or damaged file, a changed header, bytes of another
    encoding, a number of rows that is not as expected, and a column or a file of which more than
    params.max_unreadable_share can't be read.
    """
    file, where = mapping.files[name], f"files.{name} in {mapping.where}"
    deliveries = find_deliveries(file, folder, where)
    if not deliveries:
        raise SourceError(
            f"{folder / file.path}: no such file. Run `dvc repro collect` to bring it there."
        )
    tables_beside(connection, name)
    declared = declared_rows(connection, mapping, name, folder, params, read_file)
    accounts: list[DeliveryAccount] = []
    relation, before = Relation(connection, mapping, name), 0
    for delivery in deliveries:
        stated, path = declared.get(delivery.name), folder / delivery.name
        newline = newline_expected(file, [account.ending for account in accounts])
        arrived = Arrived(connection, mapping, name, delivery, path, stated, newline)
        with _remedy(arrived):
            taken = _take_in(arrived, relation, before, params)
        before += taken.lines
        accounts.append(
            DeliveryAccount(
                delivery.name,
                delivery.delivered,
                taken.rows + taken.malformed,
                stated,
                taken.malformed,
                taken.ending,
            )
        )
        _require_expected_rows(arrived, accounts[-1].rows)
    relation.finish()
    return accounts


@dataclass(frozen=True)
class _Taken:
    lines: int
    rows: int
    malformed: int
    ending: Ending = NO_TEXT


def _take_in(arrived: Arrived, relation: Relation, before: int, params: IntegrateParams) -> _Taken:
    """Add one delivery to the relation; `before`: the lines of those before it."""
    if not arrived.path.stat().st_size:
        return _Taken(0, 0, 0)
    load = _LOADS.get(arrived.file.format)
    if load is None:
        return _take_in_parquet(arrived, relation, before, params)
    facts = load(arrived)
    readings = [read_text_column(c, spec) for c, spec in arrived.file.columns.items()]
    counts = first_row(
        arrived.connection,
        f"SELECT (SELECT count(*) FROM {TEXT}), count(*) FROM read_malformed "
        f"WHERE (file_name, _file) = ({arrived.tag})",
    )
    rows, malformed = counts or (0, 0)
    if set_aside_cut_row(arrived, facts, rows + malformed):
        rows, malformed = rows - 1, malformed + 1
    require_shape(arrived, rows, malformed, params)
    faulty = note_unreadable(arrived, readings, TEXT, params)
    note_repairs(arrived, readings, TEXT)
    relation.insert(arrived, Shape.of(readings, faulty), before, TEXT)
    arrived.connection.execute(f"DROP TABLE {TEXT}")
    ending = ending_of(arrived, facts, rows + malformed)
    return _Taken(facts.lines, rows, malformed, ending)


def _take_in_parquet(
    arrived: Arrived, relation: Relation, before: int, params: IntegrateParams
) -> _Taken:
    rows = pq.read_metadata(arrived.path).num_rows
    scan = f"read_parquet({literal(str(arrived.path))}, file_row_number=true)"
    described = arrived.connection.execute(f"DESCRIBE SELECT * FROM {scan}").fetchall()
    found = {row[0]: row[1] for row in described if row[0] != "file_row_number"}
    require_columns(arrived, list(found))
    readings = [
        read_typed_column(c, spec, found[c], str(arrived.path))
        for c, spec in arrived.file.columns.items()
    ]
    numbered = f"(SELECT file_row_number + 1 AS _line, * FROM {scan})"
    faulty = note_unreadable(arrived, readings, numbered, params)
    note_repairs(arrived, readings, numbered)
    relation.look_at(arrived, Shape.of(readings, faulty, found), before)
    return _Taken(rows, rows, 0)


def _require_expected_rows(arrived: Arrived, rows: int) -> None:
    expected = arrived.file.expected_rows
    if rows < expected.at_least or (expected.at_most is not None and rows > expected.at_most):
        what = f"at least {expected.at_least}" if rows < expected.at_least else ""
        what = what or f"at most {expected.at_most}"
        found = "is empty" if not rows else f"has {rows:,} rows"
        raise SourceError(
            f"{arrived.path}: {found}; expected {what}. Fetch the file anew, or state "
            f"'expected_rows' of {arrived.where} if so few or many rows are right."
        )


@contextmanager
def _remedy(arrived: Arrived) -> Iterator[None]:
    """Errors of the libraries in our words."""
    try:
        yield
    except (duckdb.Error, ArrowException) as error:
        first = masked_error(error).rstrip(".")
        raise SourceError(
            f"{arrived.path}: not readable as {arrived.file.format}: {first}. Check format, "
            f"delimiter and encoding of {arrived.where}, or fetch the file anew: it may be cut."
        ) from error
