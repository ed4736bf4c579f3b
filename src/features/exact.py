"""Whole numbers summed exactly, and then made floats as the engine makes them of 128 bits."""

import numpy as np
from numpy.typing import NDArray

from src.features.sorted_rows import Ints

Floats = NDArray[np.float64]
# Below, a sum fits into 64 bits, the rounding of its estimate included.
NARROW = 2.0**62
_LOW_BITS = 2**64 - 1


def as_float(whole: Ints) -> Floats:
    """Of a number below 0 by its complement."""
    below = -((-(whole + 1)).astype(np.float64)) - 1.0
    return np.where(whole < 0, below, whole.astype(np.float64))


def wide_float(whole: int) -> float:
    """Half by half, of a number of 128 bits; -1 in the upper half as `as_float`."""
    if whole >> 64 == -1:
        return -float(-(whole + 1)) - 1.0
    return float(whole & _LOW_BITS) + float(whole >> 64) * 2.0**64


def group_sums(values: Ints, begins: Ints, factors: Ints | None = None) -> Floats:
    """The sums of the groups that begin at `begins`, of values or of each times its factor."""
    if not len(begins):
        return np.zeros(0)
    factors = np.ones(1, dtype=np.int64) if factors is None else factors
    if float(np.abs(values).max()) * float(np.abs(factors).max()) * len(values) < NARROW:
        return as_float(np.add.reduceat(values * factors, begins))
    factors = np.broadcast_to(factors, values.shape)
    rough = np.abs(values.astype(np.float64) * factors)
    narrow = rough < NARROW
    products = np.where(narrow, values, 0) * np.where(narrow, factors, 0)
    sums = as_float(np.add.reduceat(products, begins))
    ends = np.append(begins[1:], len(values))
    for place in np.flatnonzero(np.add.reduceat(rough, begins) >= NARROW):
        group = slice(begins[place], ends[place])
        pairs = zip(values[group].tolist(), factors[group].tolist(), strict=True)
        sums[place] = wide_float(sum(value * factor for value, factor in pairs))
    return sums
