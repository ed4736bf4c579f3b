"""Instructions from one kind of number to another, and the logarithm: what may not fit."""

import math

from src.features.memory.machine import wide
from src.features.memory.machine.columns import Cells, Column
from src.features.memory.machine.compiling import compiled

NAMES = ("i_to_f", "i_to_w", "w_to_i", "w_to_f", "f_to_i", "f_to_w", "ln_f")
I_TO_F, I_TO_W, W_TO_I, W_TO_F, F_TO_I, F_TO_W, LOGARITHM = range(7)


@compiled
def compute(op: int, cells: Cells, floats: Column, a: int, b: int, out: int) -> bool:
    """One of NAMES of the column at place a; from a float only where the column b holds.

    floats: the cells seen as floats. False if a result does not fit or, of the logarithm, is none.
    """
    n = cells.shape[1]
    if op == I_TO_F:
        for j in range(n):
            floats[out, j] = cells[a, j]
    elif op == I_TO_W:
        for j in range(n):
            cells[out, j], cells[out + 1, j] = cells[a, j], cells[a, j] >> 63
    elif op == W_TO_F:
        for j in range(n):
            floats[out, j] = wide.to_float(cells[a, j], cells[a + 1, j])
    elif op == W_TO_I:
        for j in range(n):
            if cells[a + 1, j] != cells[a, j] >> 63:
                return False
            cells[out, j] = cells[a, j]
    else:
        return _of_floats(op, cells, floats, a, b, out)
    return True


@compiled
def _of_floats(op: int, cells: Cells, floats: Column, a: int, b: int, out: int) -> bool:
    for j in range(cells.shape[1]):
        there = cells[b, j] != 0
        if op == F_TO_I:
            number = floats[a, j] if there else 0.0
            if not abs(number) < 2.0**63:
                return False
            cells[out, j] = int(number)
        elif op == F_TO_W:
            number = floats[a, j] if there else 0.0
            if not abs(number) < 2.0**126:
                return False
            cells[out, j], cells[out + 1, j] = wide.from_float(number)
        else:
            number = floats[a, j] if there else 1.0
            if not number > 0.0:
                return False
            floats[out, j] = math.log(number)
    return True
