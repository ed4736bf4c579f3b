"""Instructions on floats."""

import math

import numpy as np

from src.features.memory.machine.columns import Column
from src.features.memory.machine.compiling import compiled

NAMES = (
    "add_f", "sub_f", "mul_f", "div_f", "least_f", "greatest_f", "negative_f", "absolute_f",
    "root_f", "round_f", "nearest_f", "floor_f",
)  # fmt: skip
(ADD, SUB, MUL, DIV, LEAST, GREATEST, NEGATIVE, ABSOLUTE, ROOT, ROUND, NEAREST, FLOOR) = range(12)
COMPARISONS = ("lt_f", "le_f", "eq_f")
LESS, LESS_OR_EQUAL, EQUAL = range(3)


@compiled
def compute(op: int, a: Column, b: Column, out: Column) -> None:
    """One of NAMES in each row. NaN is the greatest float."""
    n = len(out)
    if op == ADD:
        for j in range(n):
            out[j] = a[j] + b[j]
    elif op == SUB:
        for j in range(n):
            out[j] = a[j] - b[j]
    elif op == MUL:
        for j in range(n):
            out[j] = a[j] * b[j]
    elif op == DIV:
        for j in range(n):
            out[j] = a[j] / b[j]
    elif op == LEAST:
        for j in range(n):
            out[j] = b[j] if less(b[j], a[j]) else a[j]
    elif op == GREATEST:
        for j in range(n):
            out[j] = b[j] if less(a[j], b[j]) else a[j]
    elif op == NEGATIVE:
        for j in range(n):
            out[j] = -a[j]
    elif op == ABSOLUTE:
        for j in range(n):
            out[j] = abs(a[j])
    elif op == ROOT:
        for j in range(n):
            out[j] = math.sqrt(a[j])
    elif op == ROUND:
        for j in range(n):
            out[j] = half_away(a[j])
    elif op == NEAREST:
        for j in range(n):
            out[j] = np.rint(a[j])
    elif op == FLOOR:
        for j in range(n):
            out[j] = np.floor(a[j])


@compiled
def compare(op: int, a: Column, b: Column, out: Column) -> None:
    """One of COMPARISONS in each row. NaN is greater than any number and equal to itself."""
    n = len(out)
    if op == LESS:
        for j in range(n):
            out[j] = less(a[j], b[j])
    elif op == LESS_OR_EQUAL:
        for j in range(n):
            out[j] = not less(b[j], a[j])
    elif op == EQUAL:
        for j in range(n):
            out[j] = a[j] == b[j] or (a[j] != a[j] and b[j] != b[j])


@compiled
def less(a: float, b: float) -> bool:
    """Whether a < b, where NaN is greater than any number."""
    return a < b or (b != b and a == a)


@compiled
def half_away(a: float) -> float:
    """To the nearest whole number, a half away from zero."""
    whole = np.trunc(a)
    if abs(a - whole) >= 0.5:
        whole += math.copysign(1.0, a)
    return whole
