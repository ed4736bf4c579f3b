"""Tables of a ledger in memory as columns of 64 bits: texts as codes, times in microseconds."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from src.core.ledger import Columns
from src.core.schemas import ARROW, LEDGER, TABLES, Type
from src.features.memory import arrow
from src.features.memory.faults import OutOfBounds
from src.features.memory.machine.columns import Cells
from src.features.memory.texts import Vocabulary

Column = NDArray[Any]


class Wanted(NamedTuple):
    """A column of a table: where its data go, and what says where it has any; -1: nowhere."""

    column: str
    data: int
    there: int


class TableCells(NamedTuple):
    """A table in the machine: how many columns it takes, and which stand there at first."""

    table: str
    size: int
    wanted: list[Wanted]


class Given:
    """What one run is given: tables in memory, by the names that the plan reads."""

    def __init__(self, tables: Mapping[str, pa.Table | Columns], vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self._tables = tables
        self._known: dict[tuple[str, str], tuple[Column, Column | None]] = {}

    def length(self, table: str) -> int:
        """The rows of a table."""
        rows: int = self._tables[table].num_rows
        return rows

    def require_unique(self, names: Iterable[str]) -> None:
        """Raise OutOfBounds if a version occurs twice, so that the other engine names it."""
        for name in names:
            n = self.length(name)
            if n < 2:
                continue
            keys = [self.read(name, column)[0].tolist() for column in LEDGER[name].version_key]
            if len(set(zip(*keys, strict=True))) < n:
                raise OutOfBounds

    def laid_out(self, tables: Mapping[int, TableCells], scopes: int) -> tuple[Column, Cells]:
        """The cells of tables one after another, in which the columns that are wanted stand; of
        each of the scopes, where its table begins there, and its rows. Raises as `read`."""
        where, size = np.zeros((scopes, 2), np.int64), 0
        for number, each in tables.items():
            n = self.length(each.table)
            where[number] = size, n
            size += each.size * n
        cells = np.empty(size, np.int64)
        for number, each in tables.items():
            begin, n = where[number]
            if n:
                self._write(each, cells[begin : begin + each.size * n].reshape(each.size, n))
        return cells, where

    def _write(self, table: TableCells, cells: Cells) -> None:
        for column, data_at, there_at in table.wanted:
            data, there = self.read(table.table, column)
            if data_at >= 0:
                cells[data_at] = data
            if there_at >= 0:
                cells[there_at] = 1 if there is None else there

    def read(self, table: str, column: str) -> tuple[Column, Column | None]:
        """A column's values in 64 bits, and where it has one; None: everywhere.

        Raises OutOfBounds if one is missing that the ledger requires.
        """
        key = table, column
        if key not in self._known:
            self._known[key] = self._read(table, column)
        return self._known[key]

    def _read(self, table: str, column: str) -> tuple[Column, Column | None]:
        found = self._tables[table]
        if isinstance(found, Columns):
            data, there = self._listed(found, column, _type_of(table, column))
        else:
            data, there = arrow.read(found, column, self.vocabulary)
        if there is not None and is_required(table, column) and not there.all():
            raise OutOfBounds
        return data, there

    def _listed(self, table: Columns, column: str, kind: Type) -> tuple[Column, Column | None]:
        if column not in table.values:
            return np.zeros(table.n, np.int64), np.zeros(table.n, bool) if table.n else None
        if kind != "string":
            return arrow.numbers(pa.array(table.values[column], ARROW[kind]))
        codes = self.vocabulary.codes(table.values[column])
        return codes, codes != 0


@cache
def is_required(table: str, column: str) -> bool:
    """Whether each row has a value there: any column of the spine, and what the ledger requires."""
    return table not in TABLES or TABLES[table].column(column).required


@cache
def _type_of(table: str, column: str) -> Type:
    return TABLES[table].column(column).type if table in TABLES else _SPINE[column]


_SPINE: dict[str, Type] = {"row": "integer", "customer_id": "string", "as_of": "time"}
