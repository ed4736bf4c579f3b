"""Rows in order within their groups, and what window functions read along it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from src.features.memory.faults import NeedsWide

Column = NDArray[Any]
Places = NDArray[np.intp]
_MOST = 2**62


@dataclass(frozen=True, slots=True)
class Order:
    """rows: the rows in order; None if they stand in it already. group: the number of each one's
    group; first, last: the places of the group's first and last row. All along `rows`."""

    rows: Places | None
    group: Places
    first: Places
    last: Places

    def along(self, column: Column) -> Column:
        """The column in order."""
        return column if self.rows is None else column[self.rows]

    def placed(self, ordered: Column) -> Column:
        """Values in order, each at its row."""
        if self.rows is None:
            return ordered
        column = np.empty_like(ordered)
        column[self.rows] = ordered
        return column


def order(extra: tuple[int, tuple[bool, ...]], *keys: Column) -> Order:
    """The rows by `keys`, of which the first extra[0] make groups; descending where extra[1]."""
    groups, descending = extra
    n = len(keys[0])
    columns = [-key if down else key for key, down in zip(keys, descending, strict=True)]
    rows = None if is_sorted(columns) else np.lexsort(columns[::-1])
    begins = np.zeros(n, dtype=bool)
    begins[:1] = True
    for key in columns[:groups]:
        in_order = key if rows is None else key[rows]
        begins[1:] |= in_order[1:] != in_order[:-1]
    starts = begins.nonzero()[0]
    group = begins.cumsum() - 1
    ends = np.append(starts[1:], n) - 1
    return Order(rows, group, starts[group], ends[group])


def is_sorted(columns: Sequence[Column]) -> bool:
    """Whether rows stand in the order of the first column, those equal in it of the second, …"""
    *before, last = columns
    in_order = last[1:] >= last[:-1]
    for column in reversed(before):
        later, earlier = column[1:], column[:-1]
        in_order = (later > earlier) | ((later == earlier) & in_order)
    return bool(in_order.all())


def row_number(_: object, along: Order) -> Column:
    """The place in the group, from 0."""
    return along.placed(np.arange(len(along.group)) - along.first)


def beside(step: int, along: Order, column: Column) -> Column:
    """The value one row later (step 1) or earlier (-1); 0 or false where the group ends."""
    ordered = along.along(column)
    near = np.zeros_like(ordered)
    inside = along.group[1:] == along.group[:-1]
    if step > 0:
        np.copyto(near[:-1], ordered[1:], where=inside)
    else:
        np.copyto(near[1:], ordered[:-1], where=inside)
    return along.placed(near)


def greatest_before(_: object, along: Order, column: Column, valid: Column) -> Column:
    """The greatest value in the rows of the group before each."""
    if not len(column):
        return column
    lowest = column.min()
    ordered = along.along(np.where(valid, column, lowest))
    span = int(ordered.max()) - int(lowest) + 1
    if span * (int(along.group[-1]) + 1) < _MOST:
        values, ranks = None, ordered - lowest
    else:
        values, ranks = np.unique(ordered, return_inverse=True)
        span = len(values)
    # Ranks above all those of the groups before, so that one running maximum serves all groups.
    shift = along.group * span
    running = np.maximum.accumulate(ranks + shift)
    before = np.maximum(np.append(0, running[:-1]) - shift, 0)
    return along.placed(before + lowest if values is None else values[before])


def greatest_within(_: object, along: Order, column: Column, valid: Column) -> Column:
    """The greatest value of the group."""
    if not len(column):
        return column
    known = along.along(np.where(valid, column, column.min()))
    starts = (along.first == np.arange(len(known))).nonzero()[0]
    return along.placed(np.maximum.reduceat(known, starts)[along.group])


def any_within(_: object, along: Order, holds: Column) -> Column:
    """Whether it holds in a row of the group."""
    count = np.append(0, np.cumsum(along.along(holds)))
    return along.placed(count[along.last + 1] > count[along.first])


def any_until(_: object, along: Order, holds: Column) -> Column:
    """Whether it holds in the row or one of the group before it."""
    count = np.append(0, np.cumsum(along.along(holds)))
    return along.placed(count[1:] > count[along.first])


def sum_until(_: object, along: Order, column: Column) -> Column:
    """The sum of the group up to the row, itself among them."""
    total = _running(along, column)
    return along.placed(total[1:] - total[along.first])


def sum_before(_: object, along: Order, column: Column) -> Column:
    """The sum of the group's rows before the row."""
    total = _running(along, column)
    return along.placed(total[:-1] - total[along.first])


def sum_within(_: object, along: Order, column: Column) -> Column:
    """The sum of the group."""
    total = _running(along, column)
    return along.placed(total[along.last + 1] - total[along.first])


def _running(along: Order, column: Column) -> Column:
    """Sums of the first 0, 1, 2, … rows. Raises NeedsWide where they may not fit 64 bits."""
    if column.dtype != object and len(column):
        most = float(np.abs(column.astype(np.float64)).max())
        if most * len(column) >= _MOST:
            raise NeedsWide
    return np.append(np.zeros(1, column.dtype), np.cumsum(along.along(column)))


def any_before(_: object, along: Order, holds: Column) -> Column:
    """Whether it holds in a row of the group before."""
    count = np.append(0, np.cumsum(along.along(holds)))
    return along.placed(count[:-1] > count[along.first])


def any_onwards(_: object, along: Order, holds: Column) -> Column:
    """Whether it holds in the row or one of the group after it."""
    count = np.append(0, np.cumsum(along.along(holds)))
    return along.placed(count[along.last + 1] > count[:-1])
