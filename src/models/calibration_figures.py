"""The calibration error of each class, beside what chance alone would make of it.

Each bin's frequency is of finitely many customers, so that even perfect probabilities show a gap:
with few customers the measured error is mostly that (Bröcker and Smith, 2007).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from src.core.params import EvaluateParams
from src.models.calibration import Floats
from src.models.metrics import Labels
from src.models.resampled import equal_mass_bins

_DRAWS_AT_ONCE = 100


def calibration_by_class(
    customers: pd.Series,
    classes: Sequence[str],
    labels: Labels,
    probabilities: Floats,
    params: EvaluateParams,
    seed: int,
) -> list[dict[str, Any]]:
    """One entry per class, of two classes the last alone.

    error: the gap of confidence and frequency over equal-mass bins, as in `calibration_error`.
    if_calibrated, at_most: what it would be on average, and at most with `params.confidence`, were
    the probabilities right: the residuals of each customer change sign together at random (Liu,
    1988), so that rows of one customer count as the one story that they tell. surely: whether the
    error is beyond that. debiased: the error with the variance of each bin's gap taken off its
    square (Kumar, Liang and Ma, 2019).
    """
    codes, names = pd.factorize(customers)
    found = []
    for index, name in enumerate(classes):
        if len(classes) == 2 and index == 0:
            continue
        residual = (labels == index) - probabilities[:, index]
        places = equal_mass_bins(probabilities[:, index])
        sums = np.zeros((len(names), int(places.max()) + 1))
        np.add.at(sums, (codes, places), residual)
        gaps, noise = np.abs(sums.sum(axis=0)), np.sqrt((sums**2).sum(axis=0))
        drawn = _by_chance(sums, params.bootstrap, seed) / len(labels)
        most = float(np.quantile(drawn, params.confidence))
        error = float(gaps.sum() / len(labels))
        found.append(
            {
                "class": name,
                "error": error,
                "if_calibrated": float(drawn.mean()),
                "at_most": most,
                "surely": error > most,
                "debiased": float(np.sqrt(np.maximum(gaps**2 - noise**2, 0.0)).sum() / len(labels)),
            }
        )
    return found


def _by_chance(sums: Floats, draws: int, seed: int) -> Floats:
    """(draws,) sums over the bins of |gap|, each customer's residuals with a random sign."""
    rng = np.random.default_rng(seed)
    parts = []
    for start in range(0, draws, _DRAWS_AT_ONCE):
        size = (min(_DRAWS_AT_ONCE, draws - start), len(sums))
        signs = 2.0 * rng.integers(0, 2, size=size) - 1.0
        parts.append(np.abs(signs @ sums).sum(axis=1))
    return np.concatenate(parts)
