"""Choose and fit a calibration on out-of-fold margins."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from sklearn.isotonic import IsotonicRegression

from src.models.calibration import Calibration, Floats, Isotonic, Scaling, identity, link
from src.models.metrics import log_loss

Labels = npt.NDArray[np.int64]
Indices = npt.NDArray[np.int64]
Fit = Callable[[Floats, Labels], Calibration]
# Beyond these a slope or offset says that the rows are separable, not how sure to be.
_LOG_WEIGHT, _OFFSET = 3.0, 10.0
_BLOCK = 20


def choose_calibration(
    margins: Floats, labels: Labels, places: Indices
) -> tuple[Calibration, dict[str, float]]:
    """The calibration with the lowest cross-validated log loss, fitted on all rows.

    margins: (n, m) out of fold; places: (n,) fold of each row, whole customers. Two classes:
    none, Platt or isotonic; more: none, temperature or vector scaling. Returns it and the losses
    by name; of equals the simpler one.
    """
    outputs = margins.shape[1]
    options: dict[str, Fit] = {"none": lambda held, _: identity(held.shape[1])}
    if outputs == 1:
        options |= {"platt": fit_vector_scaling, "isotonic": fit_isotonic}
    else:
        options |= {"temperature": fit_temperature, "vector": fit_vector_scaling}
    losses = {name: _held_out(fit, margins, labels, places) for name, fit in options.items()}
    best = min(losses, key=lambda name: losses[name])
    return options[best](margins, labels), losses


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


def _held_out(fit: Fit, margins: Floats, labels: Labels, places: Indices) -> float:
    outputs = margins.shape[1]
    probabilities = np.empty((len(labels), 2 if outputs == 1 else outputs))
    for place in np.unique(places):
        held = places == place
        calibration = fit(margins[~held], labels[~held])
        probabilities[held] = calibration.probabilities(margins[held])
    return log_loss(labels, probabilities)


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
