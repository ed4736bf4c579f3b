"""Tables of a ledger in memory as columns of 64 bits: texts as codes, times in microseconds."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from src.core.ledger import Columns
from src.core.schemas import LEDGER, TABLES
from src.features.memory import arrow
from src.features.memory.faults import OutOfBounds
from src.features.memory.texts import Vocabulary

Column = NDArray[Any]


class Given:
    """What one run is given: tables in memory, by the names that the plan reads."""

    def __init__(self, tables: Mapping[str, pa.Table | Columns], vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self._tables = tables

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

    def read(self, table: str, column: str) -> tuple[Column, Column | None]:
        """A column's values in 64 bits, and where it has one; None: everywhere.

        Raises OutOfBounds if one is missing that the ledger requires.
        """
        found = self._tables[table]
        if isinstance(found, Columns):
            values = found.values.get(column, ())
            data, there = _listed(table, column, values or [None] * found.n, self.vocabulary)
        else:
            data, there = arrow.read(found, column, self.vocabulary)
        if there is not None and is_required(table, column):
            raise OutOfBounds
        return data, there


def is_required(table: str, column: str) -> bool:
    """Whether each row has a value there: any column of the spine, and what the ledger requires."""
    return table not in TABLES or TABLES[table].column(column).required


def _listed(
    table: str, column: str, values: Sequence[Any], vocabulary: Vocabulary
) -> tuple[Column, Column | None]:
    kind = TABLES[table].column(column).type if table in TABLES else _SPINE[column]
    has_none = None in values
    there = np.array([value is not None for value in values]) if has_none else None
    if kind == "string":
        return np.array(vocabulary.codes(values), np.int64), there
    if has_none:
        values = [_NOTHING[kind] if value is None else value for value in values]
    return np.array(values, _DTYPE[kind]), there


_SPINE = {"row": "integer", "customer_id": "string", "as_of": "time"}
_NOTHING: dict[str, Any] = {"integer": 0, "number": 0.0, "time": np.datetime64(0, "us")}
_DTYPE = {"integer": "i8", "number": "f8", "time": "M8[us]"}
