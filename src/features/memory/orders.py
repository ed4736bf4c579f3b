"""Rows in order within their groups, and what window functions read along it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Column = NDArray[Any]
Places = NDArray[np.intp]
_LOWEST = np.iinfo(np.int64).min


@dataclass(frozen=True, slots=True)
class Order:
    """rows: the rows in order. group: the number of each one's group; first, last: the places of
    the group's first and last row. All along `rows`."""

    rows: Places
    group: Places
    first: Places
    last: Places


def order(extra: tuple[int, tuple[bool, ...]], *keys: Column) -> Order:
    """The rows by `keys`, of which the first extra[0] make groups; descending where extra[1]."""
    groups, descending = extra
    n = len(keys[0])
    columns = [-key if down else key for key, down in zip(keys, descending, strict=True)]
    rows = np.lexsort(columns[::-1])
    begins = np.zeros(n, dtype=bool)
    begins[:1] = True
    for key in keys[:groups]:
        sorted_key = key[rows]
        begins[1:] |= sorted_key[1:] != sorted_key[:-1]
    starts = np.flatnonzero(begins)
    group = np.cumsum(begins) - 1
    ends = np.append(starts[1:], n) - 1
    return Order(rows, group, starts[group], ends[group])


def row_number(_: object, along: Order) -> Column:
    return _placed(along, np.arange(len(along.rows)) - along.first)


def beside(step: int, along: Order, column: Column) -> Column:
    """The value one row later (step 1) or earlier (-1); 0 or false where the group ends."""
    ordered = column[along.rows]
    near = np.zeros_like(ordered)
    inside = along.group[1:] == along.group[:-1]
    if step > 0:
        np.copyto(near[:-1], ordered[1:], where=inside)
    else:
        np.copyto(near[1:], ordered[:-1], where=inside)
    return _placed(along, near)


def greatest_before(_: object, along: Order, column: Column, valid: Column) -> Column:
    """The greatest value in the rows of the group before each."""
    ordered = np.where(valid, column, _LOWEST)[along.rows]
    values, ranks = np.unique(ordered, return_inverse=True)
    # Ranks above all those of the groups before, so that one running maximum serves all groups.
    shift = along.group * len(values)
    running = np.maximum.accumulate(ranks + shift)
    before = np.append(running[:1], running[:-1]) - shift
    return _placed(along, values[np.maximum(before, 0)])


def any_before(_: object, along: Order, holds: Column) -> Column:
    """Whether it holds in a row of the group before."""
    count = np.append(0, np.cumsum(holds[along.rows]))
    return _placed(along, count[:-1] > count[along.first])


def any_onwards(_: object, along: Order, holds: Column) -> Column:
    """Whether it holds in the row or one of the group after it."""
    count = np.append(0, np.cumsum(holds[along.rows]))
    return _placed(along, count[along.last + 1] > count[:-1])


def _placed(along: Order, ordered: Column) -> Column:
    """Values along the order, each at its row."""
    column = np.empty_like(ordered)
    column[along.rows] = ordered
    return column
