"""Instructions from the rows of groups to one row for each group."""

import numpy as np

from src.features.memory.machine import floats, wide
from src.features.memory.machine.columns import Cells, Places
from src.features.memory.machine.compiling import compiled
from src.features.memory.machine.texts import Texts, is_after

NAMES = (
    "rows", "count", "any", "all", "sum_i", "sum_w", "least_i", "greatest_i", "least_f",
    "greatest_f", "least_w", "greatest_w", "arg_greatest", "arg_greatest_w", "different",
    "greatest_text",
)  # fmt: skip
(
    ROWS, COUNT, ANY, ALL, SUM, SUM_W, LEAST, GREATEST, LEAST_F,
    GREATEST_F, LEAST_W, GREATEST_W, ARG_GREATEST, ARG_GREATEST_W, DIFFERENT,
    GREATEST_TEXT,
) = range(16)  # fmt: skip


@compiled
def reduced(
    code: Cells, cells: Cells, rows: Places, bounds: Places, out: Cells, texts: Texts
) -> bool:
    """Carry out code: (one of NAMES, place in `out`, up to three places in `cells`).

    rows, bounds: as `sorting.grouped` returns them. Of least, greatest and different the second
    column says what is there; of arg_greatest the second is the key and the third says it. 0 where
    there is none. False if a sum does not fit.
    """
    numbers, results = cells.view(np.float64), out.view(np.float64)
    for step in range(len(code)):
        op, into, a, b, c = code[step]
        for g in range(len(bounds) - 1):
            group = rows[bounds[g] : bounds[g + 1]]
            if op == SUM:
                low = high = np.int64(0)
                for row in group:
                    x = cells[a, row]
                    low, high = wide.add(low, high, x, x >> 63)
                out[into, g], out[into + 1, g] = low, high
            elif op == COUNT:
                out[into, g] = _count(cells[a], group)
            elif op == ANY:
                out[into, g] = _count(cells[a], group) > 0
            elif op == ALL:
                out[into, g] = _count(cells[a], group) == len(group)
            elif op == ROWS:
                out[into, g] = len(group)
            elif op in (LEAST, GREATEST):
                out[into, g] = _extreme(op == LEAST, cells[a], cells[b], group)
            elif op in (LEAST_F, GREATEST_F):
                results[into, g] = _extreme_float(op == LEAST_F, numbers[a], cells[b], group)
            elif op in (LEAST_W, GREATEST_W):
                _extreme_wide(op == LEAST_W, cells, a, b, group, out, into, g)
            elif op in (ARG_GREATEST, ARG_GREATEST_W):
                place = _place_of_greatest(cells[b], cells[c], group)
                out[into, g] = cells[a, group[place]] if place >= 0 else 0
                if op == ARG_GREATEST_W:
                    out[into + 1, g] = cells[a + 1, group[place]] if place >= 0 else 0
            elif op == DIFFERENT:
                out[into, g] = _different(cells[a], cells[b], group)
            elif op == GREATEST_TEXT:
                out[into, g] = _greatest_text(texts, cells[a], cells[b], group)
            elif not _sum_wide(cells, a, group, out, into, g):
                return False
    return True


@compiled
def _count(holds: Places, group: Places) -> int:
    count = np.int64(0)
    for row in group:
        count += holds[row]
    return count


@compiled
def _sum_wide(cells: Cells, a: int, group: Places, out: Cells, into: int, g: int) -> bool:
    low = high = np.int64(0)
    for row in group:
        before = high
        low, high = wide.add(low, high, cells[a, row], cells[a + 1, row])
        if wide.overflows(before, cells[a + 1, row], high):
            return False
    out[into, g], out[into + 1, g] = low, high
    return True


@compiled
def _extreme(least: bool, values: Places, there: Places, group: Places) -> int:
    found, best = False, np.int64(0)
    for row in group:
        if there[row]:
            x = values[row]
            if not found or (x < best if least else x > best):
                found, best = True, x
    return best


@compiled
def _extreme_float(least: bool, values: Places, there: Places, group: Places) -> float:
    found, best = False, 0.0
    for row in group:
        if there[row]:
            x = values[row]
            if not found or (floats.less(x, best) if least else floats.less(best, x)):
                found, best = True, x
    return best


@compiled
def _extreme_wide(
    least: bool, cells: Cells, a: int, b: int, group: Places, out: Cells, into: int, g: int
) -> None:
    found, low, high = False, np.int64(0), np.int64(0)
    for row in group:
        if cells[b, row]:
            x0, x1 = cells[a, row], cells[a + 1, row]
            if not found or (
                wide.less(x0, x1, low, high) if least else wide.less(low, high, x0, x1)
            ):
                found, low, high = True, x0, x1
    out[into, g], out[into + 1, g] = low, high


@compiled
def _greatest_text(texts: Texts, values: Places, there: Places, group: Places) -> int:
    best = np.int64(0)  # the code of none
    for row in group:
        if there[row] and (best == 0 or is_after(texts, values[row], best)):
            best = values[row]
    return best


@compiled
def _place_of_greatest(keys: Places, there: Places, group: Places) -> int:
    """The first in the group of those with the greatest key; -1 if none is there."""
    best = -1
    for place in range(len(group)):
        if there[group[place]] and (best < 0 or keys[group[place]] > keys[group[best]]):
            best = place
    return best


@compiled
def _different(values: Places, there: Places, group: Places) -> int:
    known, size = np.empty(len(group), np.int64), 0
    for row in group:
        if there[row]:
            known[size] = values[row]
            size += 1
    known = np.sort(known[:size])
    count = np.int64(0)
    for place in range(size):
        if place == 0 or known[place] != known[place - 1]:
            count += 1
    return count
