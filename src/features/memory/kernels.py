"""What each operation computes, on many columns at once: a matrix has a column in each row.

Results equal DuckDB's to the bit.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from src.features.memory.faults import NeedsWide, OutOfBounds

Matrix = NDArray[Any]
_BOUND = 2.0**62  # of what is added and multiplied in 64 bits without looking at each result
_TWO_64 = 2.0**64


def checked(compute: Callable[..., Matrix], fault: type[Exception]) -> Callable[..., None]:
    """The computation in 64 bits, refused where a float of the same shows that it may overflow."""

    def kernel(a: Matrix, b: Matrix, out: Matrix) -> None:
        if out.dtype != object and out.size:
            rough = compute(np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64))
            if np.abs(rough).max() >= _BOUND:
                raise fault
        compute(a, b, out=out)

    return kernel


def _less(a: Matrix, b: Matrix, out: Matrix) -> None:
    """NaN is greater than any number and equal to itself."""
    np.logical_or(a < b, np.isnan(b) & ~np.isnan(a), out=out)


def _less_or_equal(a: Matrix, b: Matrix, out: Matrix) -> None:
    np.logical_or(a <= b, np.isnan(b), out=out)


def _equal(a: Matrix, b: Matrix, out: Matrix) -> None:
    np.logical_or(a == b, np.isnan(a) & np.isnan(b), out=out)


def _round(a: Matrix, out: Matrix) -> None:
    """Half away from zero."""
    whole = np.trunc(a)
    np.add(whole, np.copysign(np.abs(a - whole) >= 0.5, a), out=out)


def _whole(a: Matrix, valid: Matrix, out: Matrix) -> None:
    """A float without fraction as 64-bit integer."""
    there = np.where(valid, a, 0.0)
    if there.size and not np.abs(there).max() < _BOUND * 2:
        raise OutOfBounds
    out[...] = there


def _wide(a: Matrix, valid: Matrix, out: Matrix) -> None:
    """A float without fraction as a wide integer."""
    there = np.where(valid, a, 0.0)
    if out.dtype == object:
        if not np.isfinite(there).all():
            raise OutOfBounds
        out[...] = np.frompyfunc(int, 1, 1)(there)
        return
    if there.size and not np.abs(there).max() < _BOUND:
        raise NeedsWide
    out[...] = there


def _logarithm(a: Matrix, valid: Matrix, out: Matrix) -> None:
    """Of the C library, number by number: NumPy's own differs in the last bit."""
    there = np.where(valid, a, 1.0)
    if there.size and not (there > 0.0).all():
        raise OutOfBounds
    out[...] = _LOG(there)


_LOG = np.frompyfunc(math.log, 1, 1)


def _narrow(a: Matrix, out: Matrix) -> None:
    if a.dtype == object and any(abs(number) >= 2**63 for number in a.flat):
        raise OutOfBounds
    out[...] = a


def _float_of_wide(a: Matrix, out: Matrix) -> None:
    """As DuckDB makes a double of a 128-bit integer: of its two halves."""
    if a.dtype == object:
        out[...] = np.frompyfunc(float_of_wide, 1, 1)(a)
        return
    out[...] = a
    if out.size and np.abs(out).max() > 2.0**53:
        negative = a < 0
        np.copyto(out, -(~a).astype(np.float64) - 1.0, where=negative)


def float_of_wide(number: int) -> float:
    """A whole number of up to 128 bits as DuckDB's double."""
    upper, lower = number >> 64, number & (2**64 - 1)
    if upper == -1:
        return -float(2**64 - 1 - lower) - 1.0
    return float(lower) + float(upper) * _TWO_64


def _set(a: Matrix, out: Matrix) -> None:
    out[...] = a


def _choice(condition: Matrix, a: Matrix, b: Matrix, out: Matrix) -> None:
    out[...] = b
    np.copyto(out, a, where=condition)


def _assigned(compute: Callable[..., Any]) -> Callable[..., None]:
    def kernel(a: Matrix, b: Matrix, out: Matrix) -> None:
        out[...] = compute(a, b)

    return kernel


def _extreme(compute: Callable[..., Any]) -> Callable[..., None]:
    def kernel(a: Matrix, b: Matrix, out: Matrix) -> None:
        compute(a, b, out=out)

    return kernel


# Each takes the operands and then where the result goes, as NumPy's own functions do.
BATCHED: dict[str, Callable[..., Any]] = {
    "and": np.logical_and,
    "or": np.logical_or,
    "not": np.logical_not,
    "choice_f": _choice,
    "choice_i": _choice,
    "choice_w": _choice,
    "choice_b": _choice,
    "b_to_i": _set,
    "i_to_f": _set,
    "i_to_w": _set,
    "w_to_i": _narrow,
    "w_to_f": _float_of_wide,
    "f_to_i": _whole,
    "f_to_w": _wide,
    "add_f": np.add,
    "sub_f": np.subtract,
    "mul_f": np.multiply,
    "div_f": np.divide,
    "add_i": checked(np.add, OutOfBounds),
    "sub_i": checked(np.subtract, OutOfBounds),
    "mul_i": checked(np.multiply, OutOfBounds),
    "add_w": checked(np.add, NeedsWide),
    "sub_w": checked(np.subtract, NeedsWide),
    "mul_w": checked(np.multiply, NeedsWide),
    "later_i": np.add,
    "earlier_i": np.subtract,
    "lt_f": _less,
    "le_f": _less_or_equal,
    "eq_f": _equal,
    "lt_i": np.less,
    "le_i": np.less_equal,
    "eq_i": np.equal,
    "lt_w": _assigned(np.less),
    "le_w": _assigned(np.less_equal),
    "eq_w": _assigned(np.equal),
    "greatest_f": _extreme(np.maximum),
    "greatest_i": _extreme(np.maximum),
    "greatest_w": _extreme(np.maximum),
    "least_f": np.fmin,
    "least_i": _extreme(np.minimum),
    "least_w": _extreme(np.minimum),
    "negative_f": np.negative,
    "negative_i": np.negative,
    "negative_w": np.negative,
    "absolute_f": np.abs,
    "absolute_i": np.abs,
    "absolute_w": np.abs,
    "root_f": np.sqrt,
    "ln_f": _logarithm,
    "round_f": _round,
    "nearest_f": np.rint,
    "floor_f": np.floor,
}
