"""Yardsticks of probabilities against outcomes, by scikit-learn where it has them.

labels: (n,) class indices from 0. probabilities: (n, k), rows summing to 1, classes in order.
Each yardstick here has a resampled twin in src/models/resampled.py, held to it by a test.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
from sklearn import metrics as sk

from src.models import resampled
from src.models.calibration import Floats
from src.models.decision import Costs, costs_of

Labels = npt.NDArray[np.int64]
Yardstick = Callable[[Labels, Floats], float]

TOP_SHARE = 0.1


def log_loss(labels: Labels, probabilities: Floats) -> float:
    """Mean negative log-likelihood (Good, 1952); strictly proper, lower is better."""
    classes = np.arange(probabilities.shape[1])
    return float(sk.log_loss(labels, probabilities, labels=classes))


def quadratic_kappa(labels: Labels, probabilities: Floats) -> float:
    """Agreement of the likeliest class beyond chance, squared distances (Cohen, 1968); <= 1."""
    predicted = probabilities.argmax(axis=1)
    classes = np.arange(probabilities.shape[1])
    return float(sk.cohen_kappa_score(labels, predicted, labels=classes, weights="quadratic"))


def macro_f1(labels: Labels, probabilities: Floats) -> float:
    """Unweighted mean of the F1 of the classes that occur or are predicted (van Rijsbergen)."""
    predicted = probabilities.argmax(axis=1)
    return float(sk.f1_score(labels, predicted, average="macro", zero_division=0.0))


def ranked_probability_score(labels: Labels, probabilities: Floats) -> float:
    """Mean squared gap of cumulative probabilities over k - 1 (Epstein, 1969); lower is better."""
    ones = np.ones((1, len(labels)))
    return float(resampled.ranked_probability_score(labels, probabilities, ones)[0])


def cost(labels: Labels, probabilities: Floats, costs: Costs = ()) -> float:
    """Mean cost of the decisions of least expected cost (Elkan, 2001); lower is better."""
    return float(costs_of(labels, probabilities, costs).mean())


def auroc(labels: Labels, probabilities: Floats) -> float:
    """Chance that a random positive outranks a random negative (Hanley and McNeil, 1982)."""
    return float(sk.roc_auc_score(labels, probabilities[:, 1]))


def average_precision(labels: Labels, probabilities: Floats) -> float:
    """Precision averaged over the steps in recall (Zhu, 2004); the base rate is chance level."""
    return float(sk.average_precision_score(labels, probabilities[:, 1]))


def brier(labels: Labels, probabilities: Floats) -> float:
    """Mean squared error of the positive class's probability (Brier, 1950); lower is better."""
    return float(sk.brier_score_loss(labels, probabilities[:, 1]))


def lift(labels: Labels, probabilities: Floats, share: float = TOP_SHARE) -> float:
    """Rate of positives among the top `share` of scores over the overall rate (Ling and Li, 1998).

    Rows tied at the border count by the fraction of them that fits.
    """
    return float(resampled.lift(labels, probabilities, np.ones((1, len(labels))), share)[0])


def calibration_error(labels: Labels, probabilities: Floats, bins: int | None = None) -> float:
    """Mean gap of confidence and frequency over equal-mass bins (Naeini et al., 2015).

    For more than two classes the largest of the classes' errors. Equal scores share a bin.
    bins: as many as leave 200 rows in each, at least 5 and at most 15, if not given: the fewer the
    rows in a bin, the more of its gap is the noise of its frequency.
    """
    ones = np.ones((1, len(labels)))
    return float(resampled.calibration_error(labels, probabilities, ones, bins)[0])


@dataclass(frozen=True)
class Figure:
    """One yardstick: the library's value for the point, the vectorised twin for the bootstrap."""

    name: str
    point: Yardstick
    resample: Callable[[Labels, Floats, Floats], Floats]
    higher_is_better: bool


ORDINAL = (
    Figure("log_loss", log_loss, resampled.log_loss, False),
    Figure("quadratic_kappa", quadratic_kappa, resampled.quadratic_kappa, True),
    Figure("macro_f1", macro_f1, resampled.macro_f1, True),
    Figure(
        "ranked_probability_score",
        ranked_probability_score,
        resampled.ranked_probability_score,
        False,
    ),
    Figure("calibration_error", calibration_error, resampled.calibration_error, False),
)
BINARY = (
    Figure("auroc", auroc, resampled.auroc, True),
    Figure("average_precision", average_precision, resampled.average_precision, True),
    Figure("lift_top_10", lift, resampled.lift, True),
    Figure("brier", brier, resampled.brier, False),
    Figure("log_loss", log_loss, resampled.log_loss, False),
    Figure("calibration_error", calibration_error, resampled.calibration_error, False),
)


def figures_of(classes: int, costs: Costs = ()) -> tuple[Figure, ...]:
    """The yardsticks of a task with that many classes, the last the cost of its decisions."""
    paid = Figure("cost", partial(cost, costs=costs), partial(resampled.cost, costs=costs), False)
    return (*(BINARY if classes == 2 else ORDINAL), paid)


PRIMARY = "log_loss"
WHY_PRIMARY = (
    "it is proper: only better probabilities improve it, and these are what is served and what the "
    "search minimises; rankings and kappa see less of the same rows, so that they need many more "
    "of them to tell two candidates apart"
)


def deciding_figure(classes: int) -> Figure:
    """The yardstick that decides between candidates of a task with that many classes."""
    return next(figure for figure in figures_of(classes) if figure.name == PRIMARY)
