"""Arrow tables as NumPy columns: texts as codes, timestamps in microseconds."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from src.core.schemas import LEDGER, TABLES
from src.features.memory.faults import OutOfBounds
from src.features.memory.texts import Vocabulary

Column = NDArray[Any]
_DTYPE: dict[str, type] = {"i": np.int64, "f": np.float64}
_FEW = 40  # texts, up to which one by one is faster


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

    def require_unique(self, names: Iterable[str]) -> None:
        """Raise OutOfBounds if a version occurs twice, so that the other engine names it."""
        for name in names:
            n, table = self.length(name), LEDGER[name]
            keys = [self.whole("i", name, column) for column in table.version_key]
            if n > 1 and len(set(zip(*(key.tolist() for key in keys), strict=True))) < n:
                raise OutOfBounds

    def valid(self, table: str, column: str) -> Column:
        """Where the column has a value."""
        array = self._array(table, column)
        if not array.null_count:
            return np.ones(len(array), dtype=bool)
        return _bits(array, array.buffers()[0])

    def whole(self, kind: str, table: str, column: str) -> Column:
        """The values of a column that has one in each row. Raises OutOfBounds if it has not."""
        if self._array(table, column).null_count:
            raise OutOfBounds
        return self.data(kind, table, column)

    def data(self, kind: str, table: str, column: str) -> Column:
        """The column's values; anything where it has none."""
        array = self._array(table, column)
        n = len(array)
        buffers = array.buffers()
        if len(buffers) > 2:
            return self._codes(array)
        if not n:
            return np.empty(0, dtype=_DTYPE[kind])
        data: Column = np.frombuffer(buffers[1], _DTYPE[kind], n, 8 * array.offset)
        return np.where(_bits(array, buffers[0]), data, 0) if array.null_count else data

    def _codes(self, array: pa.Array) -> Column:
        n, missing = len(array), array.null_count
        if n == missing:
            return np.zeros(n, dtype=np.int64)
        if n <= _FEW:
            return np.array(self.vocabulary.codes(array.to_pylist()), dtype=np.int64)
        coded = array.dictionary_encode()
        codes = self.vocabulary.codes(coded.dictionary.to_pylist())
        places = np.frombuffer(coded.indices.buffers()[1], np.int32, n)
        if missing:
            places = np.where(_bits(array, array.buffers()[0]), places, 0)
        return np.array(codes, dtype=np.int64)[places]

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


def _bits(array: pa.Array, buffer: pa.Buffer) -> Column:
    packed = np.frombuffer(buffer, np.uint8)
    bits = np.unpackbits(packed, count=array.offset + len(array), bitorder="little")
    return bits[array.offset :].view(bool)
