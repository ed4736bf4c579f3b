"""Rows of events as the kernels take them: in the order of customer and time, texts as codes."""

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from src.features.windows import LAST_INSTANT

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
# So many columns are worked on together: Arrow leaves the interpreter's lock meanwhile.
_TOGETHER = 2


def in_order(rows: pa.Table, customers: pa.Table) -> pa.Table:
    """The rows of those customers (customer_id, who) by (who, occurred_at), texts as dictionaries,
    with their `who`, and known_until filled."""
    names, numbers = whole(customers["customer_id"]), ints(customers["who"])
    place = codes_among(rows["customer_id"], names)
    if (place < 0).any():
        rows = rows.filter(pa.array(place >= 0))
        place = place[place >= 0]
    columns = encoded(rows) | {"who": pa.array(numbers[place])}
    if "known_until" in columns:
        columns["known_until"] = pc.fill_null(columns["known_until"], LAST_INSTANT)
    return pa.table(by_time(columns, numbers[place]))


def encoded(rows: pa.Table, but: Collection[str] = ()) -> dict[str, pa.Array]:
    """The columns in one piece each, texts as dictionaries except in the columns `but`."""
    kept = _of_each(whole, {name: rows[name] for name in but})
    names = [name for name in rows.column_names if name not in kept]
    columns = kept | _of_each(_encoded, {name: rows[name] for name in names})
    return {name: columns[name] for name in rows.column_names}


def _encoded(column: pa.ChunkedArray) -> pa.Array:
    values = whole(column)
    return values.dictionary_encode() if pa.types.is_string(values.type) else values


def by_time(columns: Mapping[str, pa.Array], codes: Ints) -> dict[str, pa.Array]:
    """The rows by code, none of them below 0, and, where they have it, occurred_at."""
    times = ints(columns["occurred_at"]) if "occurred_at" in columns else np.zeros_like(codes)
    later, same = codes[1:] > codes[:-1], codes[1:] == codes[:-1]
    if (later | (same & (times[1:] >= times[:-1]))).all():
        return dict(columns)
    # a ledger stands nearly in the order of time, which is sorted fast; codes by counting, 16 bits
    # of them at a time
    order = np.argsort(times, kind="stable")
    for shift in range(0, int(codes.max()).bit_length(), 16):
        digits = (codes[order] >> shift).astype(np.uint16)
        order = order[np.argsort(digits, kind="stable")]
    places = pa.array(order)
    return _of_each(lambda column: column.take(places), columns)


def _of_each(compute: Callable[[Any], pa.Array], columns: Mapping[str, Any]) -> dict[str, pa.Array]:
    with ThreadPoolExecutor(_TOGETHER) as workers:
        return dict(zip(columns, workers.map(compute, columns.values()), strict=True))


def whole(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """The column in one piece."""
    if isinstance(column, pa.Array):
        return column
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def ints(column: pa.ChunkedArray | pa.Array) -> Ints:
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
