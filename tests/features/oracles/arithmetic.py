"""Sums over numbers that are known already."""

import math
from collections.abc import Mapping, Sequence

from src.features.definitions.derived import Difference, Mix, Ratio
from tests.features.oracles.seen import NAN


def derived(d: Ratio | Difference | Mix, values: Mapping[str, float]) -> float:
    """A ratio, difference or mix of values already known."""
    if isinstance(d, Ratio):
        below = values[d.denominator]
        return values[d.numerator] / below * d.scale if below else NAN
    if isinstance(d, Difference):
        return values[d.left] - values[d.right]
    parts = [0.0 if math.isnan(values[name]) else max(values[name], 0.0) for name in d.parts]
    return sum(1 for part in parts if part > 0) if d.how == "used" else herfindahl(parts)


def herfindahl(parts: Sequence[float]) -> float:
    total = sum(parts)
    return sum((part / total) ** 2 for part in parts) if total else NAN


def slope(oldest_first: Sequence[float]) -> float:
    """Ordinary least squares against 0, 1, 2, …"""
    n = len(oldest_first)
    x_mean, y_mean = (n - 1) / 2, sum(oldest_first) / n
    above = sum((x - x_mean) * (y - y_mean) for x, y in enumerate(oldest_first))
    return above / sum((x - x_mean) ** 2 for x in range(n))
