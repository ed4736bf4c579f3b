"""Rows that have equal keys: pairs of them, and groups."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Column = NDArray[Any]
Places = NDArray[np.intp]
_MOST = 2**62


def packed(columns: Sequence[Column], n: int) -> Column:
    """One whole number for each of n rows, equal where all columns are."""
    if not columns:
        return np.zeros(n, dtype=np.int64)
    if len(columns) == 1 or not n:
        return columns[0]
    result, span = np.zeros(n, dtype=np.int64), 1
    for column in columns:
        low, high = int(column.min()), int(column.max())
        if (high - low + 1) * span >= _MOST:
            values, column = np.unique(column, return_inverse=True)  # noqa: PLW2901
            low, high = 0, len(values) - 1
        if (high - low + 1) * span >= _MOST:
            values, result = np.unique(result, return_inverse=True)
            span = len(values)
        result = result * (high - low + 1) + (column - low)
        span *= high - low + 1
    return result


def packed_alike(left: Sequence[Column], right: Sequence[Column]) -> tuple[Column, Column]:
    """One number for each row of both sides, equal where all columns are."""
    if len(left) == 1:
        return left[0], right[0]
    n = len(left[0]) if left else 0
    both = [np.concatenate(pair) for pair in zip(left, right, strict=True)]
    whole = packed(both, len(both[0]) if both else 0)
    return whole[:n], whole[n:]


def pairs(left: Column, right: Column) -> tuple[Places, Places]:
    """The places (in left, in right) of all rows that have the same key."""
    by_key = right.argsort(kind="stable")
    ordered = right[by_key]
    first = ordered.searchsorted(left, side="left")
    counts = ordered.searchsorted(left, side="right") - first
    ends = counts.cumsum()
    places = np.repeat(np.arange(len(left)), counts)
    within = np.arange(len(places)) - np.repeat(ends - counts, counts)
    return places, by_key[np.repeat(first, counts) + within]


def groups(columns: Sequence[Column], n: int) -> tuple[Places, Places]:
    """The rows ordered by group, and where in that order each group begins."""
    keys = packed(columns, n)
    if not n:
        return np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp)
    rows = keys.argsort(kind="stable")
    ordered = keys[rows]
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    return rows, starts


def last_before(
    left: Column, instants: Column, right: Column, times: Column, *, inclusive: bool
) -> Places:
    """For each left row the place of the right one of its key with the latest time before its
    instant (inclusive: or at it); -1 if there is none."""
    found = np.full(len(left), -1, dtype=np.intp)
    ordered = np.lexsort((times, right))
    keys, times = right[ordered], times[ordered]
    rows, starts = groups([left], len(left))
    for start, end in zip(starts, np.append(starts[1:], len(rows)), strict=True):
        of_key = rows[start:end]
        low, high = keys.searchsorted(left[of_key[0]], side="left"), 0
        high = keys.searchsorted(left[of_key[0]], side="right")
        side = "right" if inclusive else "left"
        place = times[low:high].searchsorted(instants[of_key], side=side) + low - 1
        found[of_key] = np.where(place >= low, ordered[np.maximum(place, 0)], -1) if high else -1
    return found
