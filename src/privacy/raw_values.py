"""Values of some columns of a raw file, row by row, as texts: for finding whose rows there are."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from src.privacy.columns import as_named
from src.privacy.declared import File
from src.privacy.raw_lines import read_lines, read_records

Row = tuple[str, ...]


def read_values(path: Path, file: File, columns: Sequence[str]) -> Iterator[Row]:
    """The columns' values of each row as the ledger names them, "" where there is none; lines that
    are no rows are left out.

    Raises KeyError if the file lacks a column.
    """
    types = [file.columns[column].type for column in columns]
    if file.format == "csv":
        rows: Iterator[Sequence[object]] = _csv(path, file, columns)
    elif file.format == "jsonl":
        rows = _jsonl(path, columns)
    else:
        rows = _parquet(path, columns)
    for row in rows:
        yield tuple(map(as_named, row, types))


def _csv(path: Path, file: File, columns: Sequence[str]) -> Iterator[Sequence[object]]:
    places: list[int] = []
    for number, record in enumerate(read_records(path, file)):
        if number == file.skip_rows:
            names = {name.strip(): place for place, name in enumerate(record.fields)}
            places = [names[column] for column in columns]
        elif record.whole:
            yield [record.fields[place] for place in places]


def _jsonl(path: Path, columns: Sequence[str]) -> Iterator[Sequence[object]]:
    for _, text in read_lines(path):
        try:
            row = json.loads(text)
        except json.JSONDecodeError:
            continue
        if isinstance(row, Mapping):
            yield [row.get(column) for column in columns]


def _parquet(path: Path, columns: Sequence[str]) -> Iterator[Sequence[object]]:
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(columns=list(dict.fromkeys(columns))):
            table = pa.Table.from_batches([batch])
            yield from zip(*(table[column].to_pylist() for column in columns), strict=True)
