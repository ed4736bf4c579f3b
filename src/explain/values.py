"""Exact Shapley values of a bundle's margins, held to their sum."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from src.core.errors import ModelError
from src.models.bundle import Bundle
from src.models.calibration import Floats

TOLERANCE = 1e-6


@dataclass(frozen=True)
class Explanation:
    """Why n rows got their margins: margins = base + values summed over the features.

    features: (f,) names; values: (n, m, f); base, margins: (n, m), all in log-odds before
    calibration; m = 1 (of the last class) for two classes, else one margin per class.
    residual: largest |margin - base - sum of values|.
    """

    features: tuple[str, ...]
    values: Floats
    base: Floats
    margins: Floats
    residual: float

    def towards(self, predicted: npt.ArrayLike) -> Floats:
        """(n, f): each feature's contribution towards the class `predicted` (n,) of its row.

        Two classes: to the log-odds of that class against the other. More classes: to the class's
        margin less the mean margin of all classes, which is log(p / geometric mean of p): softmax
        ignores what moves all classes alike, so a reason should as well.
        """
        chosen = np.asarray(predicted, dtype=np.int64)
        if self.values.shape[1] == 1:
            signed: Floats = self.values[:, 0, :] * np.where(chosen == 0, -1.0, 1.0)[:, None]
            return signed
        own = self.values[np.arange(len(chosen)), chosen, :]
        relative: Floats = own - self.values.mean(axis=1)
        return relative

    def upwards(self) -> Floats:
        """(n, f): each feature's contribution towards the later classes, in log-odds per class.

        Two classes: to the last one. More: the least-squares slope of the contributions over the
        classes' order, so that +0.5 lifts each class by half a log-odds against the one before.
        """
        if self.values.shape[1] == 1:
            return self.values[:, 0, :]
        rank = np.arange(self.values.shape[1], dtype=np.float64)
        rank -= rank.mean()
        slope: Floats = np.einsum("nkf,k->nf", self.values, rank / (rank @ rank))
        return slope


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
    )
