"""Rows that have equal keys: pairs of them, and groups."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from src.features.memory.orders import is_sorted

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
            values, column = np.unique(column, return_inverse=True)
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
    if len(right) == 1:
        places = (left == right[0]).nonzero()[0]
        return places, np.zeros_like(places)
    if len(left) == 1:
        places = (right == left[0]).nonzero()[0]
        return np.zeros_like(places), places
    by_key = right.argsort(kind="stable")
    ordered = right[by_key]
    first = ordered.searchsorted(left, side="left")
    counts = ordered.searchsorted(left, side="right") - first
    ends = counts.cumsum()
    places = np.arange(len(left)).repeat(counts)
    within = np.arange(len(places)) - (ends - counts).repeat(counts)
    return places, by_key[first.repeat(counts) + within]


def groups(columns: Sequence[Column], n: int) -> tuple[Places, Places]:
    """The rows ordered by group, and where in that order each group begins."""
    keys = packed(columns, n)
    if not n:
        return np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp)
    rows = keys.argsort(kind="stable")
    ordered = keys[rows]
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    return rows, starts


class ByTime:
    """Rows by key and time, to find the last one before an instant."""

    def __init__(self, keys: Column, times: Column) -> None:
        self._rows = None if is_sorted((keys, times)) else np.lexsort((times, keys))
        if self._rows is not None:
            keys, times = keys[self._rows], times[self._rows]
        begins = np.append(True, keys[1:] != keys[:-1]) if len(keys) else np.zeros(0, dtype=bool)
        self._starts = begins.nonzero()[0]
        self._keys = keys[self._starts]
        self._times = np.unique(times)
        # Times as ranks, so that key and time fit one number.
        self._span = len(self._times) + 1
        ranks = self._times.searchsorted(times) + 1
        self._places = (begins.cumsum() - 1) * self._span + ranks

    def last_before(self, keys: Column, instants: Column, *, inclusive: bool) -> Places:
        """For each key the place of its row with the latest time before the instant (inclusive: or
        at it); -1 if there is none."""
        if not len(self._keys) or not len(keys):
            return np.full(len(keys), -1, dtype=np.intp)
        key = np.minimum(self._keys.searchsorted(keys), len(self._keys) - 1)
        rank = self._times.searchsorted(instants, side="right" if inclusive else "left")
        place = self._places.searchsorted(key * self._span + rank, side="right") - 1
        found = (self._keys[key] == keys) & (place >= self._starts[key])
        return np.where(found, place if self._rows is None else self._rows[place], -1)
