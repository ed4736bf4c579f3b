"""Instructions along an order of the rows within groups: what window functions read.

An order is three columns, from place to place along it: the row, and the places of the first and
the last row of its group.
"""

import numpy as np

from src.features.memory.machine import wide
from src.features.memory.machine.columns import Cells, Places
from src.features.memory.machine.compiling import compiled
from src.features.memory.machine.sorting import compared, sorted_rows

NAMES = (
    "order", "row_number", "beside", "greatest_before", "greatest_within",
    "any_before", "any_until", "any_within", "any_onwards",
    "sum_before", "sum_until", "sum_within",
)  # fmt: skip
(
    ORDER, ROW_NUMBER, BESIDE, GREATEST_BEFORE, GREATEST_WITHIN,
    ANY_BEFORE, ANY_UNTIL, ANY_WITHIN, ANY_ONWARDS, SUM_BEFORE, SUM_UNTIL, SUM_WITHIN,
) = range(12)  # fmt: skip


@compiled
def order(cells: Cells, keys: Places, descending: Places, groups: int, out: int) -> None:
    """The rows by the columns at `keys`, of which the first `groups` make groups."""
    n, rows = cells.shape[1], sorted_rows(cells, keys, descending)
    by = keys[:groups]
    first = 0
    for place in range(n):
        if place and compared(cells, rows[place - 1], cells, rows[place], by, by) != 0:
            first = place
        cells[out, place], cells[out + 1, place] = rows[place], first
    last = n - 1
    for place in range(n - 1, -1, -1):
        cells[out + 2, place] = last
        if cells[out + 1, place] == place:
            last = place - 1


@compiled
def compute(op: int, cells: Cells, along: int, a: int, b: int, out: int) -> bool:
    """One of NAMES of the column at place a along the order at `along`.

    b: where the values of the greatest are there, or how many rows further `beside` looks. 0 where
    there is nothing to read. False if a result does not fit.
    """
    n, rows, firsts, lasts = cells.shape[1], cells[along], cells[along + 1], cells[along + 2]
    if op == ROW_NUMBER:
        for place in range(n):
            cells[out, rows[place]] = place - firsts[place]
    elif op == BESIDE:
        for place in range(n):
            other = place + b
            inside = firsts[place] <= other <= lasts[place]
            cells[out, rows[place]] = cells[a, rows[other]] if inside else 0
    elif op in (GREATEST_BEFORE, GREATEST_WITHIN):
        _greatest(op, cells, along, a, b, out)
    elif op in (SUM_BEFORE, SUM_UNTIL, SUM_WITHIN):
        return _sum(op, cells, along, a, out)
    elif op == ANY_ONWARDS:
        some = np.int64(0)
        for place in range(n - 1, -1, -1):
            if place == lasts[place]:
                some = np.int64(0)
            some |= cells[a, rows[place]]
            cells[out, rows[place]] = some
    else:
        some = np.int64(0)
        for place in range(n):
            if place == firsts[place]:
                some = np.int64(0)
            if op == ANY_BEFORE:
                cells[out, rows[place]] = some
            some |= cells[a, rows[place]]
            if op == ANY_UNTIL:
                cells[out, rows[place]] = some
            if op == ANY_WITHIN and place == lasts[place]:
                for each in range(firsts[place], place + 1):
                    cells[out, rows[each]] = some
    return True


@compiled
def _greatest(op: int, cells: Cells, along: int, a: int, there: int, out: int) -> None:
    rows, firsts, lasts = cells[along], cells[along + 1], cells[along + 2]
    found, greatest = False, np.int64(0)
    for place in range(cells.shape[1]):
        row = rows[place]
        if place == firsts[place]:
            found, greatest = False, np.int64(0)
        if op == GREATEST_BEFORE:
            cells[out, row] = greatest
        if cells[there, row] and (not found or cells[a, row] > greatest):
            found, greatest = True, cells[a, row]
        if op == GREATEST_WITHIN and place == lasts[place]:
            for each in range(firsts[place], place + 1):
                cells[out, rows[each]] = greatest


@compiled
def _sum(op: int, cells: Cells, along: int, a: int, out: int) -> bool:
    rows, firsts, lasts = cells[along], cells[along + 1], cells[along + 2]
    low = high = np.int64(0)
    for place in range(cells.shape[1]):
        row = rows[place]
        if place == firsts[place]:
            low = high = np.int64(0)
        if op == SUM_BEFORE:
            cells[out, row], cells[out + 1, row] = low, high
        before = high
        low, high = wide.add(low, high, cells[a, row], cells[a + 1, row])
        if wide.overflows(before, cells[a + 1, row], high):
            return False
        if op == SUM_UNTIL:
            cells[out, row], cells[out + 1, row] = low, high
        if op == SUM_WITHIN and place == lasts[place]:
            for each in range(firsts[place], place + 1):
                cells[out, rows[each]], cells[out + 1, rows[each]] = low, high
    return True
