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
    if not pa.types.is_string(array.type):
        return numbers(array)
    there = _bits(array) if array.null_count else None
    return _codes(array, there, vocabulary), there


def numbers(array: pa.Array) -> tuple[Column, Column | None]:
    """The same of an array of 64-bit numbers or times."""
    if not len(array):
        return np.empty(0, np.int64), None
    data = np.frombuffer(array.buffers()[1], np.int64, len(array), 8 * array.offset)
    if not array.null_count:
        return data, None
    there = _bits(array)
    return np.where(there, data, 0), there


def _codes(array: pa.Array, there: Column | None, vocabulary: Vocabulary) -> Column:
    if array.null_count == len(array):
        return np.zeros(len(array), np.int64)
    coded = array.dictionary_encode()
    codes = vocabulary.codes(coded.dictionary.to_pylist())
    places = np.frombuffer(coded.indices.buffers()[1], np.int32, len(array))
    return codes[places if there is None else np.where(there, places, 0)]


def _bits(array: pa.Array) -> Column:
    packed = np.frombuffer(array.buffers()[0], np.uint8)
    bits = np.unpackbits(packed, count=array.offset + len(array), bitorder="little")
    return bits[array.offset :].view(bool)
