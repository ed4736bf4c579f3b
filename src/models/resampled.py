"""The same yardsticks for many bootstrap draws at once.

weights: (d, n), how often each of n rows is in each of d draws; every function gives (d,), NaN
where a draw leaves the yardstick undefined. Rows are only sorted or binned once, on all rows.
"""

import numpy as np
import numpy.typing as npt

from src.models.calibration import Floats
from src.models.decision import Costs, costs_of

Labels = npt.NDArray[np.int64]
_EPSILON = float(np.finfo(np.float64).eps)


def log_loss(labels: Labels, probabilities: Floats, weights: Floats) -> Floats:
    """Weighted mean of -log of the probability of what happened."""
    chosen = probabilities[np.arange(len(labels)), labels]
    return _mean(-np.log(np.clip(chosen, _EPSILON, 1.0 - _EPSILON)), weights)


def brier(labels: Labels, probabilities: Floats, weights: Floats) -> Floats:
    """Weighted mean squared error of the positive class's probability."""
    return _mean((probabilities[:, 1] - labels) ** 2, weights)


def ranked_probability_score(labels: Labels, probabilities: Floats, weights: Floats) -> Floats:
    """Weighted mean squared gap of cumulative probabilities, over k - 1."""
    steps = probabilities.shape[1] - 1
    happened = labels[:, None] <= np.arange(steps)
    gaps = np.cumsum(probabilities, axis=1)[:, :-1] - happened
    return _mean((gaps**2).sum(axis=1) / steps, weights)


def quadratic_kappa(labels: Labels, probabilities: Floats, weights: Floats) -> Floats:
    """Weighted quadratic kappa of the likeliest class."""
    counts = _confusion(labels, probabilities, weights)
    k = counts.shape[1]
    distance = (np.arange(k)[:, None] - np.arange(k)) ** 2
    total = counts.sum(axis=(1, 2))
    rows, columns = counts.sum(axis=2), counts.sum(axis=1)
    chance = np.einsum("di,dj,ij->d", rows, columns, distance) / total
    seen = np.einsum("dij,ij->d", counts, distance)
    return 1.0 - _ratio(seen, chance)


def macro_f1(labels: Labels, probabilities: Floats, weights: Floats) -> Floats:
    """Weighted macro-F1 over the classes that occur or are predicted in the draw."""
    counts = _confusion(labels, probabilities, weights)
    hits = np.einsum("dii->di", counts)
    either = counts.sum(axis=2) + counts.sum(axis=1)
    scores = np.divide(2.0 * hits, either, out=np.zeros_like(hits), where=either > 0)
    return _ratio(scores.sum(axis=1), (either > 0).sum(axis=1))


def cost(labels: Labels, probabilities: Floats, weights: Floats, costs: Costs = ()) -> Floats:
    """Weighted mean of what the decisions of least expected cost cost."""
    return _mean(costs_of(labels, probabilities, costs), weights)


def auroc(labels: Labels, probabilities: Floats, weights: Floats) -> Floats:
    """Weighted area under the ROC curve, ties counted half."""
    positive, negative = _by_falling_score(labels, probabilities[:, 1], weights)
    below = negative.sum(axis=1, keepdims=True) - np.cumsum(negative, axis=1) + negative / 2.0
    won = (positive * below).sum(axis=1)
    return _ratio(won, positive.sum(axis=1) * negative.sum(axis=1))


def average_precision(labels: Labels, probabilities: Floats, weights: Floats) -> Floats:
    """Weighted precision averaged over the steps in recall."""
    positive, negative = _by_falling_score(labels, probabilities[:, 1], weights)
    found = np.cumsum(positive, axis=1)
    precision = _ratio(found, found + np.cumsum(negative, axis=1), otherwise=0.0)
    return _ratio((positive * precision).sum(axis=1), positive.sum(axis=1))


def lift(labels: Labels, probabilities: Floats, weights: Floats, share: float = 0.1) -> Floats:
    """Weighted rate of positives among the top `share` over the overall rate."""
    positive, negative = _by_falling_score(labels, probabilities[:, 1], weights)
    size = positive + negative
    total = size.sum(axis=1, keepdims=True)
    before = np.cumsum(size, axis=1) - size
    room = np.clip(share * total - before, 0.0, size)
    taken = _ratio(room, size, otherwise=0.0)
    rate = (positive * taken).sum(axis=1) / (share * total[:, 0])
    return _ratio(rate, positive.sum(axis=1) / total[:, 0])


def calibration_error(
    labels: Labels, probabilities: Floats, weights: Floats, bins: int | None = None
) -> Floats:
    """Weighted gap of confidence and frequency; of more than two classes the largest."""
    k = probabilities.shape[1]
    columns = [1] if k == 2 else range(k)
    errors = [
        _class_error((labels == c).astype(np.float64), probabilities[:, c], weights, bins)
        for c in columns
    ]
    result: Floats = np.max(errors, axis=0)
    return result


def equal_mass_bins(scores: Floats, bins: int | None = None) -> Labels:
    """(n,) bin of each score, borders at the quantiles; equal scores share a bin.

    bins: if not given, so many that each holds 200 rows, at least 5 and at most 15.
    """
    if bins is None:
        bins = int(np.clip(len(scores) // 200, 5, 15))
    borders = np.unique(np.quantile(scores, np.linspace(0, 1, bins + 1)[1:-1]))
    return np.searchsorted(borders, scores, side="right")


def _class_error(outcome: Floats, scores: Floats, weights: Floats, bins: int | None) -> Floats:
    places = equal_mass_bins(scores, bins)
    member = np.eye(places.max() + 1)[places]
    gaps = weights @ ((outcome - scores)[:, None] * member)
    return _ratio(np.abs(gaps).sum(axis=1), weights.sum(axis=1))


def _confusion(labels: Labels, probabilities: Floats, weights: Floats) -> Floats:
    """(d, k, k) weight of each pair of true and likeliest class."""
    k = probabilities.shape[1]
    pair = labels * k + probabilities.argmax(axis=1)
    counts: Floats = (weights @ np.eye(k * k)[pair]).reshape(-1, k, k)
    return counts


def _by_falling_score(labels: Labels, scores: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """(d, g) weight of positives and of negatives per distinct score, highest score first."""
    order = np.argsort(-scores, kind="stable")
    starts = np.flatnonzero(np.diff(scores[order], prepend=np.inf))
    positive = labels[order] == 1
    ranked = weights[:, order]
    return (
        np.add.reduceat(ranked * positive, starts, axis=1),
        np.add.reduceat(ranked * ~positive, starts, axis=1),
    )


def _mean(values: Floats, weights: Floats) -> Floats:
    return _ratio(weights @ values, weights.sum(axis=1))


def _ratio(over: Floats, under: Floats, otherwise: float = np.nan) -> Floats:
    result: Floats = np.divide(over, under, out=np.full(over.shape, otherwise), where=under > 0)
    return result
