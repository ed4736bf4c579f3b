"""Carries out the steps of a scope: instructions on its columns."""

import numpy as np

from src.features.memory.machine import along, casts, floats, integers, wides
from src.features.memory.machine.columns import Cells
from src.features.memory.machine.compiling import compiled
from src.features.memory.machine.texts import Texts, has_part

(SET, LOOKUP, ALONG, ORDER, FLOATS, COMPARISONS, INTEGERS, WIDES, CASTS, PART) = range(10)
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
    "has_part": (PART, 0),
}


@compiled
def carry_out(code: Cells, orders: Cells, sets: Cells, texts: Texts, cells: Cells) -> bool:
    """Each step of code: (family, number, place of the result, up to three places or numbers).

    set: the number in each row. lookup: whether the code of column a is in row b of `sets`, whose
    last column is for all codes beyond. has_part: whether text a, at separators b, has part c.
    order: by the a-th to b-th of `orders`, places and whether they are descending, of which c make
    groups. False if a result does not fit.
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
            along.order(cells, orders[0, a:b], orders[1, a:b], c, out)
        elif family == PART:
            for j in range(cells.shape[1]):
                cells[out, j] = has_part(texts, cells[a, j], b, c)
        else:
            fits = along.compute(op, cells, a, b, c, out)
        if not fits:
            return False
    return True
