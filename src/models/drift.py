"""Drift of one month against the training window: stability index and Kolmogorov-Smirnov.

Own code, for the window is kept as counts: evidently wants the training rows themselves, which may
not lie beside a model that is served; nannyml wants LightGBM below 4.6.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from src.core.stability import expected_by_chance, stability
from src.models.reference import Histogram


@dataclass(frozen=True)
class Drift:
    """How far counts moved.

    psi: population stability index, unknown values as a bin of their own. excess: what of it goes
    beyond its mean for two samples of one distribution. ks: largest gap of the two cumulative
    shares of known values, at the window's edges. unknown: share now less share then.
    """

    psi: float
    excess: float
    ks: float
    unknown: float


def drift_of(then: Histogram, now: Histogram) -> Drift:
    """The drift between two histograms over the same edges."""
    before, after = [*then.counts, then.unknown], [*now.counts, now.unknown]
    psi, excess = shift(before, after)
    shares = (_cumulative(then.counts), _cumulative(now.counts))
    both_known = min(sum(then.counts), sum(now.counts)) > 0
    ks = float(np.abs(shares[0] - shares[1]).max()) if both_known else 0.0
    unknown = now.unknown / max(sum(after), 1) - then.unknown / max(sum(before), 1)
    return Drift(psi, excess, ks, unknown)


def shift(before: Sequence[int], now: Sequence[int]) -> tuple[float, float]:
    """The stability index of counts and what goes beyond chance; bins empty on both sides apart."""
    used = [(b, n) for b, n in zip(before, now, strict=True) if b or n]
    old, new = [b for b, _ in used], [n for _, n in used]
    index, chance = stability(old, new), expected_by_chance(old, new)
    if index is None or chance is None:
        return 0.0, 0.0
    return index, max(0.0, index - chance)


def _cumulative(counts: Sequence[int]) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    result: np.ndarray[tuple[int], np.dtype[np.float64]] = np.cumsum(counts) / max(sum(counts), 1)
    return result
