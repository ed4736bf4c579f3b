"""Instructions on whole numbers of 64 bits: times in microseconds and codes of texts as well."""

from src.features.memory.machine.columns import Column
from src.features.memory.machine.compiling import compiled

NAMES = (
    "add_i", "sub_i", "mul_i", "later_i", "earlier_i", "least_i", "greatest_i", "negative_i",
    "absolute_i", "lt_i", "le_i", "eq_i", "and", "or", "not", "choice",
)  # fmt: skip
(
    ADD, SUB, MUL, LATER, EARLIER, LEAST, GREATEST, NEGATIVE,
    ABSOLUTE, LESS, LESS_OR_EQUAL, EQUAL, AND, OR, NOT, CHOICE,
) = range(16)  # fmt: skip
_MOST = 2.0**62  # of a product, judged by floats


@compiled
def compute(op: int, a: Column, b: Column, c: Column, out: Column) -> bool:
    """One of NAMES in each row; choice: b where a holds, else c, of any kind of 64 bits.

    False if a result does not fit.
    """
    n = len(out)
    if op == AND:
        for j in range(n):
            out[j] = a[j] & b[j]
    elif op == OR:
        for j in range(n):
            out[j] = a[j] | b[j]
    elif op == NOT:
        for j in range(n):
            out[j] = a[j] ^ 1
    elif op == CHOICE:
        for j in range(n):
            out[j] = b[j] if a[j] else c[j]
    elif op == LESS:
        for j in range(n):
            out[j] = a[j] < b[j]
    elif op == LESS_OR_EQUAL:
        for j in range(n):
            out[j] = a[j] <= b[j]
    elif op == EQUAL:
        for j in range(n):
            out[j] = a[j] == b[j]
    elif op == LATER:
        for j in range(n):
            out[j] = a[j] + b[j]
    elif op == EARLIER:
        for j in range(n):
            out[j] = a[j] - b[j]
    elif op == LEAST:
        for j in range(n):
            out[j] = min(a[j], b[j])
    elif op == GREATEST:
        for j in range(n):
            out[j] = max(a[j], b[j])
    elif op == NEGATIVE:
        for j in range(n):
            out[j] = -a[j]
    elif op == ABSOLUTE:
        for j in range(n):
            out[j] = abs(a[j])
    else:
        return _within_bounds(op, a, b, out)
    return True


@compiled
def _within_bounds(op: int, a: Column, b: Column, out: Column) -> bool:
    beyond = 0
    if op == ADD:
        for j in range(len(out)):
            out[j] = a[j] + b[j]
            beyond |= (a[j] ^ out[j]) & (b[j] ^ out[j])
        return beyond >= 0
    if op == SUB:
        for j in range(len(out)):
            out[j] = a[j] - b[j]
            beyond |= (a[j] ^ b[j]) & (a[j] ^ out[j])
        return beyond >= 0
    for j in range(len(out)):
        if abs(float(a[j]) * float(b[j])) >= _MOST:
            return False
        out[j] = a[j] * b[j]
    return True
