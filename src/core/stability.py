"""The population stability index of two counts over the same bins, and its value by chance."""

import math
from collections.abc import Sequence

_HALF = 0.5


def stability(before: Sequence[int], now: Sequence[int]) -> float | None:
    """Population stability index: sum of (q - p) ln(q / p), with half a row added to each bin, so
    that an empty one is rare and not impossible; None where one side is empty.

    >>> stability([50, 50], [50, 50])
    0.0
    """
    n, m = sum(before), sum(now)
    if not n or not m:
        return None
    more = _HALF * len(before)
    shares = [
        ((b + _HALF) / (n + more), (c + _HALF) / (m + more))
        for b, c in zip(before, now, strict=True)
    ]
    return sum((q - p) * math.log(q / p) for p, q in shares)


def expected_by_chance(before: Sequence[int], now: Sequence[int]) -> float | None:
    """Mean of the index for two samples of one distribution: (bins - 1)(1/n + 1/m) (Yurdakul,
    2018, Statistical Properties of Population Stability Index); None where one side is empty."""
    n, m = sum(before), sum(now)
    return (len(before) - 1) * (1 / n + 1 / m) if n and m else None
