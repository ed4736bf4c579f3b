"""Columns of Arrow tables as those of 64 bits, without a copy where there is no text."""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from src.features.memory.texts import Vocabulary

Column = NDArray[Any]


def read(table: pa.Table, name: str, vocabulary: Vocabulary) -> tuple[Column, Column | None]:
    """A column's values, texts as codes, and where it has one; None: everywhere.

    What stands where there is none is 0.
    """
    column = table.column(name)
    array = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    n, buffers = len(array), array.buffers()
    there = _bits(array, buffers[0]) if array.null_count else None
    if len(buffers) > 2:
        return _codes(array, there, vocabulary), there
    if not n:
        return np.empty(0, np.int64), there
    data = np.frombuffer(buffers[1], np.int64, n, 8 * array.offset)
    return data if there is None else np.where(there, data, 0), there


def _codes(array: pa.Array, there: Column | None, vocabulary: Vocabulary) -> Column:
    if array.null_count == len(array):
        return np.zeros(len(array), np.int64)
    coded = array.dictionary_encode()
    codes = np.array(vocabulary.codes(coded.dictionary.to_pylist()), np.int64)
    places = np.frombuffer(coded.indices.buffers()[1], np.int32, len(array))
    return codes[places if there is None else np.where(there, places, 0)]


def _bits(array: pa.Array, buffer: pa.Buffer) -> Column:
    packed = np.frombuffer(buffer, np.uint8)
    bits = np.unpackbits(packed, count=array.offset + len(array), bitorder="little")
    return bits[array.offset :].view(bool)
