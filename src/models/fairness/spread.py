"""How far groups lie apart, with an interval that holds for all pairs of them at once."""

from collections.abc import Mapping

import numpy as np

from src.models.calibration import Floats

Interval = dict[str, float | None]


def spread(values: Floats, draws: Floats, confidence: float) -> Interval:
    """value, low, high of the largest difference between any two of the g groups.

    values: (g,) of the groups, g > 1; draws: (d, g) of the same by bootstrap. The largest of many
    noisy differences is never 0, so its percentiles would accuse groups that fare alike. Therefore
    the intervals of all pairs are taken at once: each difference less and plus q of its standard
    errors, q the quantile at `confidence` of the largest studentised deviation of a draw over the
    pairs (Tukey, 1953, by bootstrap as in Efron and Tibshirani, 1993). The largest difference lies
    above the highest of their lower ends and below the highest of the upper. low is at least 0.
    """
    first, second = np.triu_indices(len(values), 1)
    differences = np.abs(values[first] - values[second])
    value = float(differences.max())
    known = draws[np.isfinite(draws).all(axis=1)]
    if len(known) < 2:
        return {"value": value, "low": None, "high": None}
    drawn = known[:, first] - known[:, second]
    errors = drawn.std(axis=0, ddof=1)
    off = np.abs(drawn - (values[first] - values[second]))
    studentised = np.divide(off, errors, out=np.zeros_like(off), where=errors > 0)
    reach = np.quantile(studentised.max(axis=1), confidence) * errors
    low = float(np.clip(differences - reach, 0.0, None).max())
    return {"value": value, "low": low, "high": float((differences + reach).max())}


def ratio(values: Floats, draws: Floats, confidence: float) -> Interval:
    """value, low, high of the smallest ratio between any two groups: their spread in logarithms.

    values and draws as in `spread`, not negative. An interval is left out where a group's value is
    0; draws with a 0 are.
    """
    if not values.max() > 0:
        return {"value": None, "low": None, "high": None}
    value = float(values.min() / values.max())
    if value == 0:
        return {"value": value, "low": None, "high": None}
    with np.errstate(divide="ignore"):
        found: Mapping[str, float | None] = spread(np.log(values), np.log(draws), confidence)
    low, high = found["high"], found["low"]
    return {
        "value": value,
        "low": None if low is None else float(np.exp(-low)),
        "high": None if high is None else float(np.exp(-high)),
    }
