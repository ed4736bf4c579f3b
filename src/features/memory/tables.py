"""Arrow tables as NumPy columns: texts as codes, timestamps in microseconds."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from src.core.schemas import TABLES
from src.features.memory.faults import OutOfBounds
from src.features.memory.texts import Vocabulary

Column = NDArray[Any]
_WIDTH = {pa.int64(): np.int64, pa.timestamp("us"): np.int64, pa.float64(): np.float64}


class Given:
    """What one run is given: tables in memory, by the names that the plan reads."""

    def __init__(self, tables: Mapping[str, pa.Table], vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self._tables = tables
        self._arrays: dict[tuple[str, str], pa.Array] = {}

    def length(self, table: str) -> int:
        """The rows of a table."""
        rows: int = self._tables[table].num_rows
        return rows

    def whole(self, table: str, column: str) -> Column:
        """The values of a column that has one in each row."""
        if self._array(table, column).null_count:
            raise OutOfBounds
        return self.data(table, column)

    def valid(self, table: str, column: str) -> Column:
        """Where the column has a value."""
        array = self._array(table, column)
        if not array.null_count:
            return np.ones(len(array), dtype=bool)
        return _bits(array, 0)

    def data(self, table: str, column: str) -> Column:
        """The column's values; 0 where it has none."""
        array = self._array(table, column)
        if pa.types.is_string(array.type):
            return self._codes(array)
        if not len(array):
            return np.empty(0, dtype=_WIDTH[array.type])
        data = np.frombuffer(array.buffers()[1], dtype=_WIDTH[array.type])
        data = data[array.offset : array.offset + len(array)]
        return np.where(_bits(array, 0), data, 0) if array.null_count else data

    def _codes(self, array: pa.Array) -> Column:
        if not len(array) or array.null_count == len(array):
            return np.zeros(len(array), dtype=np.int64)
        coded = array.dictionary_encode()
        codes = np.array(self.vocabulary.codes(coded.dictionary.to_pylist()), dtype=np.int64)
        places = coded.indices
        if places.null_count:
            places = places.fill_null(0)
        return codes[places.to_numpy()]

    def _array(self, table: str, column: str) -> pa.Array:
        """The column in one piece."""
        key = table, column
        if key not in self._arrays:
            found = self._tables[table].column(column)
            one = found.num_chunks == 1
            self._arrays[key] = found.chunk(0) if one else found.combine_chunks()
        return self._arrays[key]


def is_required(table: str, column: str) -> bool:
    """Whether each row has a value there: any column of the spine, and what the ledger requires."""
    return table not in TABLES or TABLES[table].column(column).required


def _bits(array: pa.Array, buffer: int) -> Column:
    packed = np.frombuffer(array.buffers()[buffer], dtype=np.uint8)
    bits = np.unpackbits(packed, count=array.offset + len(array), bitorder="little")
    return bits[array.offset :].view(bool)
