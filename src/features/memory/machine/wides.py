"""Instructions on wide whole numbers: two columns each, the low half and the high one."""

from src.features.memory.machine import wide
from src.features.memory.machine.columns import Cells
from src.features.memory.machine.compiling import compiled

NAMES = (
    "add_w", "sub_w", "mul_w", "least_w", "greatest_w", "negative_w", "absolute_w", "choice_w",
    "lt_w", "le_w", "eq_w",
)  # fmt: skip
(ADD, SUB, MUL, LEAST, GREATEST, NEGATIVE, ABSOLUTE, CHOICE, LESS, LESS_OR_EQUAL, EQUAL) = range(11)


@compiled
def compute(op: int, cells: Cells, a: int, b: int, c: int, out: int) -> bool:
    """One of NAMES on the columns at places a and b in each row; choice: b where a holds, else c.

    False if a result does not fit.
    """
    low, high = cells[out], cells[out + 1 if op < LESS else out]
    for j in range(cells.shape[1]):
        if op == CHOICE:
            place = b if cells[a, j] else c
            low[j], high[j] = cells[place, j], cells[place + 1, j]
            continue
        a0, a1 = cells[a, j], cells[a + 1, j]
        if op in (NEGATIVE, ABSOLUTE):
            if op == ABSOLUTE and a1 >= 0:
                low[j], high[j] = a0, a1
            else:
                low[j], high[j] = wide.negative(a0, a1)
            continue
        b0, b1 = cells[b, j], cells[b + 1, j]
        if op == LESS:
            low[j] = wide.less(a0, a1, b0, b1)
        elif op == LESS_OR_EQUAL:
            low[j] = not wide.less(b0, b1, a0, a1)
        elif op == EQUAL:
            low[j] = a0 == b0 and a1 == b1
        elif op in (LEAST, GREATEST):
            if wide.less(a0, a1, b0, b1) == (op == LEAST):
                low[j], high[j] = a0, a1
            else:
                low[j], high[j] = b0, b1
        elif op == MUL:
            if wide.too_large(wide.to_float(a0, a1), wide.to_float(b0, b1)):
                return False
            low[j], high[j] = wide.multiply(a0, a1, b0, b1)
        else:
            if op == SUB:
                b0, b1 = wide.negative(b0, b1)
            low[j], high[j] = wide.add(a0, a1, b0, b1)
            if wide.overflows(a1, b1, high[j]):
                return False
    return True
