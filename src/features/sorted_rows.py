"""Rows of events as the kernels take them: in the order of customer and time, texts as codes."""

from collections.abc import Collection
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


def in_order(events: pa.Table) -> pa.Table:
    """The same rows by (who, occurred_at), texts as dictionaries."""
    columns = {name: whole(events[name]) for name in events.column_names}
    for name, column in columns.items():
        if pa.types.is_string(column.type):
            columns[name] = column.dictionary_encode()
    codes, times = ints(events["who"]), ints(events["occurred_at"])
    later, same = codes[1:] > codes[:-1], codes[1:] == codes[:-1]
    if not (later | (same & (times[1:] >= times[:-1]))).all():
        order = pa.array(np.lexsort((times, codes)))
        columns = {name: column.take(order) for name, column in columns.items()}
    return pa.table(columns)


def whole(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """The column in one piece."""
    if isinstance(column, pa.Array):
        return column
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def ints(column: pa.ChunkedArray) -> Ints:
    """The column as 64-bit integers, times in microseconds, 0 where it is null."""
    values = whole(column).cast(pa.int64())
    return np.asarray(pc.fill_null(values, 0) if values.null_count else values)


def valid(column: pa.ChunkedArray) -> Flags | None:
    """Where the column has a value; None: everywhere."""
    return np.asarray(whole(column).is_valid()) if column.null_count else None


def codes_of(column: pa.ChunkedArray) -> tuple[NDArray[Any], pa.Array]:
    """A column of texts as places in an array of its distinct values; -1 where it is null."""
    encoded = whole(column)
    if not pa.types.is_dictionary(encoded.type):
        encoded = encoded.dictionary_encode()
    codes = encoded.indices
    filled = pc.fill_null(codes, -1) if codes.null_count else codes
    return np.asarray(filled), encoded.dictionary


def codes_among(column: pa.ChunkedArray, values: pa.Array) -> NDArray[Any]:
    """Where each text of the column stands in `values`, -1 where it doesn't or is null."""
    codes, names = codes_of(column)
    places = pc.fill_null(pc.index_in(names, value_set=values), -1)
    found: NDArray[Any] = np.append(np.asarray(places), -1)[codes]
    return found


def is_among(column: pa.ChunkedArray, values: Collection[str]) -> Flags:
    """True where the text is one of `values`."""
    codes, names = codes_of(column)
    listed = [name in values for name in names.to_pylist()]
    among: Flags = np.array([*listed, False], dtype=bool)[codes]
    return among
