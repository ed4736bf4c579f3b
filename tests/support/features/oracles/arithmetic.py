"""Sums over numbers that are known already."""

import math
from collections.abc import Mapping, Sequence

from src.features.definitions.derived import Above, Derived, Difference, Ratio, Stage
from tests.support.features.oracles.seen import NAN


def derived(d: Derived, values: Mapping[str, float]) -> float:
    """A figure of values already known."""
    if isinstance(d, Ratio):
        below = values[d.denominator]
        return values[d.numerator] / below * d.scale if below else NAN
    if isinstance(d, Difference):
        return values[d.left] - values[d.right]
    if isinstance(d, Above):
        if math.isnan(values[d.level]):
            return NAN
        above = [values[name] for grade, name in d.parts.items() if grade > values[d.level]]
        return sum(0.0 if math.isnan(value) else value for value in above)
    if isinstance(d, Stage):
        for each in d.classes:
            ranges = [(values[name], *bounds) for name, bounds in each.when.items()]
            if all(lies_in(*of_one) for of_one in ranges):
                return each.code
        return NAN
    parts = [0.0 if math.isnan(values[name]) else max(values[name], 0.0) for name in d.parts]
    if d.how == "used":
        return sum(1 for part in parts if part > 0)
    return entropy(parts) if d.how == "entropy" else herfindahl(parts)


def lies_in(value: float, low: float | None, below: float | None) -> bool:
    if math.isnan(value):
        return False
    return (low is None or value >= low) and (below is None or value < below)


def entropy(parts: Sequence[float]) -> float:
    total = sum(parts)
    shares = [part / total for part in parts if part] if total else []
    return -sum(share * math.log(share) for share in shares) if total else NAN


def deviation(values: Sequence[float]) -> float:
    """Of a population."""
    mean = sum(values) / len(values)
    return math.sqrt(sum((value - mean) ** 2 for value in values) / len(values))


def herfindahl(parts: Sequence[float]) -> float:
    total = sum(parts)
    return sum((part / total) ** 2 for part in parts) if total else NAN


def slope(oldest_first: Sequence[float]) -> float:
    """Ordinary least squares against 0, 1, 2, …"""
    n = len(oldest_first)
    x_mean, y_mean = (n - 1) / 2, sum(oldest_first) / n
    above = sum((x - x_mean) * (y - y_mean) for x, y in enumerate(oldest_first))
    return above / sum((x - x_mean) ** 2 for x in range(n))
