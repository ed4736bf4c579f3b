"""Choose and fit a calibration on out-of-fold margins."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from sklearn.isotonic import IsotonicRegression

from src.models.calibration import (
    Beta,
    Calibration,
    Floats,
    Isotonic,
    Scaling,
    identity,
    link,
    sigmoid,
)
from src.models.forms import Form, plain_form
from src.models.metrics import log_loss
from src.models.ordered_calibration import Borders, Cumulative, CutPoints

Labels = npt.NDArray[np.int64]
Indices = npt.NDArray[np.int64]
Fit = Callable[[Floats, Labels], Calibration]
# Beyond these a slope or offset says that the rows are separable, not how sure to be.
_LOG_WEIGHT, _OFFSET = 3.0, 10.0
_BLOCK = 20
_LEAST_GAP, _LEAST_CHANCE = 1e-3, 1e-12


def choose_calibration(
    margins: Floats,
    labels: Labels,
    places: Indices,
    form: Form | None = None,
    classes: int | None = None,
    directed: bool = False,
) -> tuple[Calibration, dict[str, float], Floats]:
    """The calibration with the lowest cross-validated log loss, fitted on all rows.

    margins: (n, m) out of fold; places: (n,) fold of each row, whole customers. form: of the
    model, the one without order if not given. classes: k, for the form latent, whose one margin
    doesn't tell. directed: margins of the classes may not be weighted apart, which would lose the
    direction of a feature. binary: none, Platt, beta or isotonic; multiclass: none, temperature or
    vector scaling; cumulative: none, or Platt, beta or isotonic at each border; latent: cut points,
    or beta or isotonic at each border. None of them turns a margin's order around.
    Returns it, the losses by name, and the (n, k) probabilities of each row by the chosen way
    fitted without its fold; of equals the simpler one.
    """
    outputs = margins.shape[1]
    options = _options(form or plain_form(2 if outputs == 1 else outputs), classes)
    if directed:
        options.pop("vector", None)
    unseen = {name: _unseen(fit, margins, labels, places) for name, fit in options.items()}
    losses = {name: log_loss(labels, p) for name, p in unseen.items()}
    best = min(losses, key=lambda name: losses[name])
    return options[best](margins, labels), losses, unseen[best]


def _options(form: Form, classes: int | None) -> dict[str, Fit]:
    if form == "latent":
        k = classes or 0
        return {
            "cut_points": lambda held, labels: fit_cut_points(held, labels, classes),
            "beta": lambda held, labels: fit_borders(fit_beta, held, labels, k),
            "isotonic": lambda held, labels: fit_borders(fit_isotonic, held, labels, k),
        }
    if form == "cumulative":
        return {
            "none": lambda held, _: as_they_are(held.shape[1]),
            "platt": fit_cumulative,
            "beta": lambda held, labels: fit_borders(fit_beta, held, labels),
            "isotonic": lambda held, labels: fit_borders(fit_isotonic, held, labels),
        }
    plain: dict[str, Fit] = {"none": lambda held, _: identity(held.shape[1])}
    if form == "binary":
        return plain | {"platt": fit_vector_scaling, "beta": fit_beta, "isotonic": fit_isotonic}
    return plain | {"temperature": fit_temperature, "vector": fit_vector_scaling}


def as_they_are(borders: int) -> Cumulative:
    """The calibration of cumulative margins that changes nothing but crossings."""
    return Cumulative((1.0,) * borders, (0.0,) * borders)


def fit_cumulative(margins: Floats, labels: Labels) -> Cumulative:
    """Platt scaling (Platt, 1999) of each border's margin against lying above it."""
    scaled = [
        fit_vector_scaling(margins[:, [j]], (labels > j).astype(np.int64))
        for j in range(margins.shape[1])
    ]
    return Cumulative(
        tuple(one.weights[0] for one in scaled), tuple(one.offsets[0] for one in scaled)
    )


def fit_cut_points(margins: Floats, labels: Labels, classes: int | None = None) -> CutPoints:
    """Weight and rising cuts of one score by maximum likelihood (McCullagh, 1980).

    classes: as many as the largest label says, if not given.
    """
    k = classes or int(labels.max()) + 1
    counts = np.bincount(labels, minlength=k) + 0.5
    below = counts.cumsum()[:-1] / counts.sum()
    first = np.log(below / (1.0 - below))
    start = np.concatenate([[0.0], first[:1], np.log(np.maximum(np.diff(first), _LEAST_GAP))])
    rows = np.arange(len(labels))

    def unpack(x: Floats) -> tuple[float, Floats]:
        return float(np.exp(x[0])), x[1] + np.concatenate([[0.0], np.exp(x[2:]).cumsum()])

    def loss(x: Floats) -> tuple[float, Floats]:
        weight, cuts = unpack(x)
        scaled = weight * margins[:, :1]
        chance = sigmoid(scaled - cuts)
        ends = np.hstack([np.ones((len(rows), 1)), chance, np.zeros((len(rows), 1))])
        own = np.maximum(ends[rows, labels] - ends[rows, labels + 1], _LEAST_CHANCE)
        slope = ends * (1.0 - ends)
        by_lower, by_upper = slope[rows, labels] / own, -slope[rows, labels + 1] / own
        # of the mean of -log(own), by each cut and by the weight
        sums = np.bincount(labels, by_lower, k + 1) + np.bincount(labels + 1, by_upper, k + 1)
        by_cut = sums[1:k] / len(rows)
        by_weight = -((by_lower + by_upper) * scaled[:, 0]).mean()
        gaps = by_cut[::-1].cumsum()[::-1][1:] * np.exp(x[2:])
        return float(-np.log(own).mean()), np.concatenate([[by_weight, by_cut.sum()], gaps])

    bounds = [(-_LOG_WEIGHT, _LOG_WEIGHT), (-3 * _OFFSET, 3 * _OFFSET)]
    bounds += [(float(np.log(_LEAST_GAP)), _LOG_WEIGHT)] * (k - 2)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    weight, cuts = unpack(found)
    return CutPoints(weight, tuple(cuts.tolist()))


def fit_vector_scaling(margins: Floats, labels: Labels) -> Scaling:
    """A positive weight and an offset per margin (Guo et al., 2017); of one margin Platt's."""
    m = margins.shape[1]
    found = _minimise(
        margins, labels, np.zeros(2 * m), lambda x: (x[:m], x[m:]), lambda w, o: [w, o]
    )
    return Scaling(tuple(np.exp(found[:m]).tolist()), tuple(found[m:].tolist()))


def fit_temperature(margins: Floats, labels: Labels) -> Scaling:
    """One positive weight for all margins and no offsets (Guo et al., 2017)."""
    m = margins.shape[1]
    found = _minimise(
        margins,
        labels,
        np.zeros(1),
        lambda x: (np.repeat(x, m), np.zeros(m)),
        lambda weights, _: [weights.sum(keepdims=True)],
    )
    return Scaling((float(np.exp(found[0])),) * m, (0.0,) * m)


def fit_beta(margins: Floats, labels: Labels) -> Beta:
    """Beta calibration of one margin by maximum likelihood (Kull et al., 2017)."""
    m = margins[:, 0]
    design = np.column_stack([-np.logaddexp(0.0, -m), np.logaddexp(0.0, m), np.ones(len(m))])
    happened = labels.astype(np.float64)

    def loss(x: Floats) -> tuple[float, Floats]:
        chance = sigmoid(design @ x)
        value = log_loss(labels, np.column_stack([1.0 - chance, chance]))
        return value, (chance - happened) @ design / len(m)

    most = float(np.exp(_LOG_WEIGHT))
    bounds = [(0.0, most), (0.0, most), (-_OFFSET, _OFFSET)]
    found = minimize(loss, np.array([1.0, 1.0, 0.0]), jac=True, method="L-BFGS-B", bounds=bounds)
    rise, fall, offset = found.x.tolist()
    return Beta(rise, fall, offset)


def fit_borders(fit: Fit, margins: Floats, labels: Labels, classes: int = 0) -> Borders:
    """A binary calibration of each border's margin against lying above it; of one margin for all
    borders if the number of classes is given."""
    borders = classes - 1 if classes else margins.shape[1]
    columns = [0 if classes else j for j in range(borders)]
    maps = [
        fit(margins[:, [column]], (labels > j).astype(np.int64)) for j, column in enumerate(columns)
    ]
    return Borders(tuple(maps), shared=bool(classes))


def fit_isotonic(margins: Floats, labels: Labels) -> Isotonic:
    """Isotonic regression, its blocks joined by straight lines so that the order is kept.

    Each block counts as its mean margin with its smoothed rate of positives; blocks of fewer
    than 20 rows are joined to the next first.
    """
    order = np.argsort(margins[:, 0], kind="stable")
    score, outcome = margins[order, 0], labels[order].astype(np.float64)
    level = IsotonicRegression(y_min=0.0, y_max=1.0).fit_transform(score, outcome)
    starts = np.flatnonzero(np.diff(level, prepend=-1.0))
    block = np.searchsorted(starts, np.arange(len(score)), side="right") - 1
    coarse = np.unique((np.cumsum(np.bincount(block)) // _BLOCK)[block], return_inverse=True)[1]
    size = np.bincount(coarse)
    knots = np.bincount(coarse, score) / size
    rate = outcome.mean()
    levels = np.maximum.accumulate((np.bincount(coarse, outcome) + rate) / (size + 1.0))
    return Isotonic(tuple(knots.tolist()), tuple(levels.tolist()))


def _unseen(fit: Fit, margins: Floats, labels: Labels, places: Indices) -> Floats:
    """(n, k) probabilities of each fold by a calibration of the others."""
    parts = [
        (held, fit(margins[~held], labels[~held]).probabilities(margins[held]))
        for held in (places == place for place in np.unique(places))
    ]
    result = np.empty((len(labels), parts[0][1].shape[1]))
    for held, probabilities in parts:
        result[held] = probabilities
    return result


def _minimise(
    margins: Floats,
    labels: Labels,
    start: Floats,
    unpack: Callable[[Floats], tuple[Floats, Floats]],
    pack: Callable[[Floats, Floats], list[Floats]],
) -> Floats:
    """Minimise the log loss of link(exp(log_weights) * margins + offsets) over `unpack`'s x."""
    m = margins.shape[1]
    happened = np.eye(2 if m == 1 else m)[labels][:, -m:]

    def loss(x: Floats) -> tuple[float, Floats]:
        log_weights, offsets = unpack(x)
        scaled = margins * np.exp(log_weights)
        probabilities = link(scaled + offsets)
        excess = (probabilities[:, -m:] - happened) / len(labels)
        gradient = pack((excess * scaled).sum(axis=0), excess.sum(axis=0))
        return log_loss(labels, probabilities), np.concatenate(gradient)

    bounds = [(-_LOG_WEIGHT, _LOG_WEIGHT)] * min(m, len(start)) + [(-_OFFSET, _OFFSET)] * (
        len(start) - min(m, len(start))
    )
    found: Floats = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    return found
