"""Whole numbers of 128 bits in two's complement: (low, high), both int64, low without a sign.

After Warren, Hacker's Delight (2012), 2-16 and 8-2.
"""

from src.features.memory.machine.compiling import compiled

_HALF = 0xFFFFFFFF
_SIGN = -(2**63)
_TWO_64 = 2.0**64
_MOST = 2.0**126  # of a product, judged by floats


@compiled
def below(a: int, b: int) -> bool:
    """Whether a < b, both without a sign."""
    return (a ^ _SIGN) < (b ^ _SIGN)


@compiled
def less(a0: int, a1: int, b0: int, b1: int) -> bool:
    """Whether a < b."""
    return a1 < b1 or (a1 == b1 and below(a0, b0))


@compiled
def add(a0: int, a1: int, b0: int, b1: int) -> tuple[int, int]:
    """A + b, modulo 2**128."""
    low = a0 + b0
    return low, a1 + b1 + (1 if below(low, a0) else 0)


@compiled
def overflows(a1: int, b1: int, high: int) -> bool:
    """Whether a sum has another sign than both of its parts, by their high halves."""
    return ((a1 ^ high) & (b1 ^ high)) < 0


@compiled
def negative(a0: int, a1: int) -> tuple[int, int]:
    """-a."""
    return -a0, ~a1 + (1 if a0 == 0 else 0)


@compiled
def multiply(a0: int, a1: int, b0: int, b1: int) -> tuple[int, int]:
    """A * b, modulo 2**128: the low halves by schoolbook in digits of 32 bits."""
    x0, x1, y0, y1 = a0 & _HALF, (a0 >> 32) & _HALF, b0 & _HALF, (b0 >> 32) & _HALF
    first = x1 * y0 + ((x0 * y0 >> 32) & _HALF)
    second = x0 * y1 + (first & _HALF)
    high = x1 * y1 + ((first >> 32) & _HALF) + ((second >> 32) & _HALF)
    return a0 * b0, high + a0 * b1 + a1 * b0


@compiled
def too_large(a: float, b: float) -> bool:
    """Whether a product of about these two may not fit."""
    return abs(a * b) >= _MOST


@compiled
def unsigned(a: int) -> float:
    """The float nearest to a without a sign: of two digits, the sum of which is rounded once."""
    return ((a >> 32) & _HALF) * 4294967296.0 + (a & _HALF)


@compiled
def to_float(a0: int, a1: int) -> float:
    """As DuckDB makes a double of it: of its two halves."""
    if a1 == -1:
        return -unsigned(~a0) - 1.0
    return unsigned(a0) + a1 * _TWO_64


@compiled
def from_float(a: float) -> tuple[int, int]:
    """A float without fraction, of less than 2**126 either way."""
    if abs(a) < 2.0**62:
        whole = int(a)
        return whole, whole >> 63
    b = abs(a)
    high = int(b / _TWO_64)
    rest = b - high * _TWO_64
    upper = int(rest / 4294967296.0)
    low = (upper << 32) + int(rest - upper * 4294967296.0)
    if a < 0.0:
        return negative(low, high)
    return low, high
