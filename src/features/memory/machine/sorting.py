"""Rows in the order of columns of whole numbers, and where their groups begin."""

import numpy as np

from src.features.memory.machine.columns import Cells, Places
from src.features.memory.machine.compiling import compiled


@compiled
def compared(a: Cells, i: int, b: Cells, j: int, keys: Places, others: Places) -> int:
    """-1, 0 or 1 as row i of `a` by the columns at `keys` stands to row j of `b` by `others`."""
    for k in range(len(keys)):
        x, y = a[keys[k], i], b[others[k], j]
        if x != y:
            return -1 if x < y else 1
    return 0


@compiled
def _after(cells: Cells, i: int, j: int, keys: Places, descending: Places) -> bool:
    """Whether row i comes strictly after row j."""
    for k in range(len(keys)):
        x, y = cells[keys[k], i], cells[keys[k], j]
        if x != y:
            return (x > y) != (descending[k] != 0)
    return False


@compiled
def sorted_rows(cells: Cells, keys: Places, descending: Places) -> Places:
    """The rows by the columns at `keys`, the first one first; equal ones as they stand."""
    n = cells.shape[1]
    rows = np.arange(n)
    width, other = 1, np.empty(n, np.int64)
    while width < n:
        for begin in range(0, n, 2 * width):
            middle, end = min(begin + width, n), min(begin + 2 * width, n)
            if middle == end or not _after(cells, rows[middle - 1], rows[middle], keys, descending):
                for place in range(begin, end):
                    other[place] = rows[place]
                continue
            i, j = begin, middle
            for place in range(begin, end):
                if j == end or (
                    i < middle and not _after(cells, rows[i], rows[j], keys, descending)
                ):
                    other[place] = rows[i]
                    i += 1
                else:
                    other[place] = rows[j]
                    j += 1
        rows, other = other, rows
        width *= 2
    return rows


@compiled
def grouped(cells: Cells, keys: Places) -> tuple[Places, Places]:
    """The rows ordered by group; where in that order each group begins, and the end.

    Without keys all rows are one group, even none.
    """
    n = cells.shape[1]
    rows = sorted_rows(cells, keys, np.zeros(len(keys), np.int64))
    bounds = np.empty(n + 2, np.int64)
    groups = 0
    for place in range(n):
        if place == 0 or compared(cells, rows[place - 1], cells, rows[place], keys, keys) != 0:
            bounds[groups] = place
            groups += 1
    if n == 0 and len(keys) == 0:
        bounds[0], groups = 0, 1
    bounds[groups] = n
    return rows, bounds[: groups + 1].copy()
