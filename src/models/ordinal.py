"""What LightGBM minimises where classes are ordered: gradients, loss, and where scores begin."""

from dataclasses import dataclass

import lightgbm as lgb
import numpy as np
import numpy.typing as npt

from src.models.calibration import Calibration, Floats, sigmoid
from src.models.forms import Form
from src.models.ordered_calibration import Cumulative, CutPoints

Labels = npt.NDArray[np.int64]
LOSS = "ordinal_logloss"
_LEAST = 1e-12


@dataclass(frozen=True)
class Ordinal:
    """The log loss of k ordered classes over one score, or over k - 1 margins of P(y > j).

    start: (k - 1,) log-odds of lying above each border among the training rows, added to the
    margins of `cumulative` and the negated cut points of `latent`.
    """

    form: Form
    start: Floats

    @property
    def outputs(self) -> int:
        """How many scores the trees give."""
        return 1 if self.form == "latent" else len(self.start)

    @property
    def offset(self) -> Floats:
        """(m,) what is added to the trees' scores to give margins."""
        return np.zeros(1) if self.form == "latent" else self.start

    @property
    def link(self) -> Calibration:
        """Margins as probabilities before calibration."""
        if self.form == "latent":
            return CutPoints(1.0, tuple((-self.start).tolist()))
        return Cumulative((1.0,) * len(self.start), (0.0,) * len(self.start))

    def gradients(self, scores: Floats, data: lgb.Dataset) -> tuple[Floats, Floats]:
        """First and second derivatives of the loss by the trees' scores, as LightGBM asks."""
        labels = np.asarray(data.get_label()).astype(np.int64)
        exceeding = sigmoid(scores.reshape(len(labels), -1) + self.start)
        if self.form == "cumulative":
            happened = labels[:, None] > np.arange(len(self.start))
            return exceeding - happened, exceeding * (1.0 - exceeding)
        rows, borders = np.arange(len(labels)), len(self.start)
        bounded = np.hstack([np.ones((len(labels), 1)), exceeding, np.zeros((len(labels), 1))])
        above, beyond = bounded[rows, labels], bounded[rows, np.minimum(labels + 1, borders + 1)]
        # log(above - beyond) of logistic curves: their difference leaves a sum
        return above + beyond - 1.0, above * (1.0 - above) + beyond * (1.0 - beyond)

    def loss(self, scores: Floats, data: lgb.Dataset) -> tuple[str, float, bool]:
        """The name, the mean negative log-likelihood, and that lower is better."""
        labels = np.asarray(data.get_label()).astype(np.int64)
        p = self.link.probabilities(scores.reshape(len(labels), -1) + self.offset)
        found = np.maximum(p[np.arange(len(labels)), labels], _LEAST)
        return LOSS, float(-np.log(found).mean()), False


def ordinal(form: Form, labels: Labels, classes: int) -> Ordinal:
    """The loss of a form for these training rows, half a row added to each class."""
    counts = np.bincount(labels, minlength=classes) + 0.5
    above = counts[::-1].cumsum()[::-1][1:] / counts.sum()
    return Ordinal(form, np.log(above / (1.0 - above)))


def baked(booster: lgb.Booster, offset: Floats) -> lgb.Booster:
    """The booster with the offset in its first round's leaves, so that its text alone gives the
    margins and their contributions. Changes the booster."""
    first = booster.dump_model(num_iteration=1)["tree_info"]
    for tree, (info, start) in enumerate(zip(first, offset, strict=True)):
        if start:
            for leaf in range(info["num_leaves"]):
                booster.set_leaf_output(tree, leaf, booster.get_leaf_output(tree, leaf) + start)
    return booster
