"""Carries out a scope's instructions, and moves columns from one scope's rows to another's."""

import numpy as np

from src.features.memory.machine import along, casts, floats, integers, wides
from src.features.memory.machine.columns import Cells, Places
from src.features.memory.machine.compiling import compiled

(SET, LOOKUP, ALONG, ORDER, FLOATS, COMPARISONS, INTEGERS, WIDES, CASTS) = range(9)
_FAMILIES = {
    ALONG: along.NAMES,
    FLOATS: floats.NAMES,
    COMPARISONS: floats.COMPARISONS,
    INTEGERS: integers.NAMES,
    WIDES: wides.NAMES,
    CASTS: casts.NAMES,
}
# Each instruction's family and its number in it.
INSTRUCTIONS: dict[str, tuple[int, int]] = {
    "set": (SET, 0),
    "lookup": (LOOKUP, 0),
    **{name: (kind, n) for kind, names in _FAMILIES.items() for n, name in enumerate(names)},
    "order": (ORDER, 0),
}


@compiled
def carry_out(code: Cells, lists: Cells, sets: Cells, cells: Cells) -> bool:
    """Each step of code: (family, number, place of the result, up to three places or numbers).

    set: the number in each row. lookup: whether the code of column a is in row b of `sets`, whose
    last column is for all codes beyond. order: by the a-th to b-th of `lists`, places and
    whether they are descending, of which c make groups. False if a result does not fit.
    """
    numbers = cells.view(np.float64)
    for step in range(len(code)):
        family, op, out, a, b, c = code[step]
        fits = True
        if family == INTEGERS:
            fits = integers.compute(op, cells[a], cells[b], cells[c], cells[out])
        elif family == FLOATS:
            floats.compute(op, numbers[a], numbers[b], numbers[out])
        elif family == COMPARISONS:
            floats.compare(op, numbers[a], numbers[b], cells[out])
        elif family == WIDES:
            fits = wides.compute(op, cells, a, b, c, out)
        elif family == CASTS:
            fits = casts.compute(op, cells, numbers, a, b, out)
        elif family == LOOKUP:
            last = sets.shape[1] - 1
            for j in range(cells.shape[1]):
                cells[out, j] = sets[b, min(cells[a, j], last)]
        elif family == SET:
            for j in range(cells.shape[1]):
                cells[out, j] = a
        elif family == ORDER:
            along.order(cells, lists[0, a:b], lists[1, a:b], c, out)
        else:
            fits = along.compute(op, cells, a, b, c, out)
        if not fits:
            return False
    return True


@compiled
def copied(source: Cells, places: Places, cells: Cells, into: Places, begin: int) -> None:
    """Columns of the source, from row `begin` on."""
    n = source.shape[1]
    for k in range(len(places)):
        for j in range(n):
            cells[into[k], begin + j] = source[places[k], j]


@compiled
def gathered(source: Cells, places: Places, rows: Places, cells: Cells, into: Places) -> None:
    """The rows of the source's columns; 0 for one of number -1."""
    for k in range(len(places)):
        for j in range(len(rows)):
            cells[into[k], j] = source[places[k], rows[j]] if rows[j] >= 0 else 0


@compiled
def flagged(rows: Places, cells: Cells, into: int) -> None:
    """Whether there is a row: none has number -1."""
    for j in range(len(rows)):
        cells[into, j] = rows[j] >= 0
