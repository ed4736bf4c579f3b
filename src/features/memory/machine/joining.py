"""Pairs of rows: with equal keys, or the latest one of its key before an instant."""

import numpy as np

from src.features.memory.machine.columns import Cells, Places
from src.features.memory.machine.compiling import compiled
from src.features.memory.machine.sorting import compared, sorted_rows

HOW = ("inner", "left", "semi", "anti")
INNER, LEFT, SEMI, ANTI = range(4)


@compiled
def joined(
    how: int, left: Cells, keys: Places, there: Places, right: Cells, others: Places, known: Places
) -> tuple[Places, Places]:
    """The pairs (left row, right row) whose keys are equal, by the left rows.

    keys, others: columns on either side; there, known: columns that hold where a row has them.
    how: one of HOW; left has a right row of -1 where there is none, semi and anti have no other.
    """
    n = right.shape[1]
    rows = sorted_rows(right, others, np.zeros(len(others), np.int64)) if n > 1 else np.arange(n)
    lows, highs = np.empty(left.shape[1], np.int64), np.empty(left.shape[1], np.int64)
    for i in range(left.shape[1]):
        low, high = 0, n if _all(left, there, i) else 0
        while low < high:
            middle = (low + high) // 2
            if compared(left, i, right, rows[middle], keys, others) > 0:
                low = middle + 1
            else:
                high = middle
        while high < n and compared(left, i, right, rows[high], keys, others) == 0:
            high += 1
        lows[i], highs[i] = low, high if _all(left, there, i) else low
    size = 0
    for i in range(left.shape[1]):
        size += max(1, highs[i] - lows[i])
    pairs = np.empty((2, size), np.int64)
    size = 0
    for i in range(left.shape[1]):
        found = 0
        for place in range(lows[i], highs[i]):
            if _all(right, known, rows[place]):
                found += 1
                if how <= LEFT:
                    pairs[0, size], pairs[1, size] = i, rows[place]
                    size += 1
        if (how in (LEFT, ANTI) and found == 0) or (how == SEMI and found > 0):
            pairs[0, size], pairs[1, size] = i, -1
            size += 1
    return pairs[0, :size], pairs[1, :size]


@compiled
def _all(cells: Cells, flags: Places, row: int) -> bool:
    for place in flags:  # noqa: SIM110 - Numba compiles no generator
        if cells[place, row] == 0:
            return False
    return True


@compiled
def kept_pairs(
    how: int, n: int, left: Places, right: Places, holds: Places
) -> tuple[Places, Places]:
    """Of pairs as an inner join of n left rows makes them, those that hold, as `joined`."""
    pairs = np.empty((2, n + len(left)), np.int64)
    size, place = 0, 0
    for i in range(n):
        found = 0
        while place < len(left) and left[place] == i:
            if holds[place]:
                found += 1
                if how <= LEFT:
                    pairs[0, size], pairs[1, size] = i, right[place]
                    size += 1
            place += 1
        if (how in (LEFT, ANTI) and found == 0) or (how == SEMI and found > 0):
            pairs[0, size], pairs[1, size] = i, -1
            size += 1
    return pairs[0, :size], pairs[1, :size]


@compiled
def by_time(cells: Cells, key: int, time: int, known: Places) -> Places:
    """The rows that have key and time, by both."""
    rows = sorted_rows(cells, np.array([key, time]), np.zeros(2, np.int64))
    kept, size = np.empty(len(rows), np.int64), 0
    for row in rows:
        if _all(cells, known, row):
            kept[size] = row
            size += 1
    return kept[:size].copy()


@compiled
def latest(
    left: Cells, key: int, instant: int, there: Places,
    right: Cells, other: int, time: int, rows: Places, inclusive: bool,
) -> Places:  # fmt: skip
    """For each left row the right one of its key with the latest time before its instant
    (inclusive: or at it), -1 if there is none. rows: `by_time` of the right ones."""
    found = np.full(left.shape[1], -1, np.int64)
    for i in range(left.shape[1]):
        if not _all(left, there, i):
            continue
        whose, when = left[key, i], left[instant, i]
        low, high = 0, len(rows)
        while low < high:
            middle = (low + high) // 2
            k, t = right[other, rows[middle]], right[time, rows[middle]]
            if k < whose or (k == whose and (t < when or (inclusive and t == when))):
                low = middle + 1
            else:
                high = middle
        if low and right[other, rows[low - 1]] == whose:
            found[i] = rows[low - 1]
    return found
