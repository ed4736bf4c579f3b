"""Exact Shapley values of a bundle's margins, held to their sum."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from src.core.errors import ModelError
from src.models.bundle import Bundle
from src.models.calibration import Floats
from src.models.forms import Form, spokesman

TOLERANCE = 1e-6


@dataclass(frozen=True)
class Explanation:
    """Why n rows got their margins: margins = base + values summed over the features.

    features: (f,) names; values: (n, m, f); base, margins: (n, m), all in log-odds before
    calibration; form: what the margins say of the k classes (src/models/forms.py). residual:
    largest |margin - base - sum of values|.
    """

    features: tuple[str, ...]
    values: Floats
    base: Floats
    margins: Floats
    residual: float
    form: Form
    classes: int

    def towards(self, predicted: npt.ArrayLike) -> Floats:
        """(n, f): each feature's contribution towards the class `predicted` (n,) of its row.

        multiclass: to the class's margin less the mean margin of all classes, which is
        log(p / geometric mean of p): softmax ignores what moves all classes alike, so a reason
        should as well. Else to the margin that speaks for the class, with its sign: of two classes
        the log-odds of one against the other, of ordered ones of lying so high, or no higher.
        """
        return self._speaking(self.values, predicted)

    def base_towards(self, predicted: npt.ArrayLike) -> Floats:
        """(n,): the base of what `towards` adds to."""
        return self._speaking(self.base[:, :, None], predicted)[:, 0]

    def _speaking(self, parts: Floats, predicted: npt.ArrayLike) -> Floats:
        """(n, d) of parts (n, m, d) of the margins: what speaks for each row's class."""
        chosen = np.asarray(predicted, dtype=np.int64)
        rows = np.arange(len(chosen))
        if self.form == "multiclass":
            relative: Floats = parts[rows, chosen, :] - parts.mean(axis=1)
            return relative
        margin, sign = spokesman(self.form, chosen, self.classes, self.margins - self.base)
        signed: Floats = parts[rows, margin, :] * sign[:, None]
        return signed

    def upwards(self) -> Floats:
        """(n, f): each feature's contribution towards the later classes, in log-odds.

        multiclass: the least-squares slope of the contributions over the classes' order, so that
        +0.5 lifts each class by half a log-odds against the one before. Else the mean over the
        margins, each of which is of lying above a border.
        """
        if self.form != "multiclass":
            mean: Floats = self.values.mean(axis=1)
            return mean
        rank = np.arange(self.values.shape[1], dtype=np.float64)
        rank -= rank.mean()
        slope: Floats = np.einsum("nkf,k->nf", self.values, rank / (rank @ rank))
        return slope

    def centred(self) -> Floats:
        """(n, m, f): the contributions, of multiclass less their mean over the classes."""
        if self.form != "multiclass":
            return self.values
        result: Floats = self.values - self.values.mean(axis=1, keepdims=True)
        return result


def explain(bundle: Bundle, X: pd.DataFrame, tolerance: float = TOLERANCE) -> Explanation:
    """The exact contributions of the features to the margins of the n rows of `X`.

    Raises ModelError with the largest residual if they don't add up within `tolerance`.
    """
    m, f = bundle.predictor.outputs, len(bundle.spec.names)
    # LightGBM divides by the number of rows.
    contributions = bundle.contributions(X) if len(X) else np.zeros((0, m, f + 1))
    margins = bundle.margins(X) if len(X) else np.zeros((0, m))
    gaps = np.abs(contributions.sum(axis=2) - margins)
    residual = float(gaps.max()) if gaps.size else 0.0
    if not residual <= tolerance:
        row = int(gaps.max(axis=1).argmax())  # the first NaN, if there is one
        raise ModelError(
            f"model of {bundle.task}, row {row} of {len(X)}: contributions miss the margin by "
            f"{residual:.3g}; expected at most {tolerance:g}. "
            "Such a score can't be explained: train the model anew with `dvc repro`."
        )
    return Explanation(
        features=tuple(bundle.spec.names),
        values=contributions[:, :, :-1],
        base=contributions[:, :, -1],
        margins=margins,
        residual=residual,
        form=bundle.form,
        classes=len(bundle.classes),
    )
