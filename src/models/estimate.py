"""How good a model is on rows whose outcome is not known yet, by its own calibrated word.

Confidence-based performance estimation (as nannyml names it): each row counts once per class, with
that class's probability as weight, so that every yardstick takes its expected place. It holds as
far as the calibration does; it can't see that the meaning of the features changed.
"""

import numpy as np
import pandas as pd

from src.core.params import EvaluateParams
from src.models.calibration import Floats
from src.models.evaluate import customer_draws, interval
from src.models.metrics import Labels, figures_of

# By the estimate's own assumption it is 0.
_ASSUMED = "calibration_error"


def estimated_figures(
    customers: pd.Series, probabilities: Floats, params: EvaluateParams, seed: int
) -> dict[str, dict[str, float | None]]:
    """Each yardstick's estimate on n rows, with an interval by bootstrap over customers."""
    n, k = probabilities.shape
    labels: Labels = np.tile(np.arange(k), n)
    repeated = np.repeat(probabilities, k, axis=0)
    share = probabilities.ravel()
    points = expected_figures(probabilities)
    draws = list(customer_draws(customers, params.bootstrap, seed))
    found = {}
    for figure in figures_of(k):
        if figure.name not in points:
            continue
        drawn = [figure.resample(labels, repeated, _of_rows(w, k) * share) for w in draws]
        found[figure.name] = interval(points[figure.name], np.concatenate(drawn), params.confidence)
    return found


def expected_figures(probabilities: Floats) -> dict[str, float]:
    """Each yardstick's estimate on n rows, without an interval."""
    n, k = probabilities.shape
    labels: Labels = np.tile(np.arange(k), n)
    repeated, share = np.repeat(probabilities, k, axis=0), probabilities.ravel()[None]
    return {
        figure.name: float(figure.resample(labels, repeated, share)[0])
        for figure in figures_of(k)
        if figure.name != _ASSUMED
    }


def _of_rows(weights: Floats, classes: int) -> Floats:
    """(d, n) weights of rows as (d, n·k) of rows and classes."""
    return np.repeat(weights, classes, axis=1)
