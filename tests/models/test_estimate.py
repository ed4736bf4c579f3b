"""Without outcomes, calibrated probabilities tell what the yardsticks will be."""

import numpy as np
import pandas as pd
import pytest

from src.core.params import EvaluateParams
from src.models.calibration import link
from src.models.estimate import estimated_figures
from src.models.metrics import figures_of

PARAMS = EvaluateParams(bootstrap=60, confidence=0.95)


def month(classes: int, rows: int = 6000, seed: int = 0):
    rng = np.random.default_rng(seed)
    p = link(1.5 * rng.normal(size=(rows, 1 if classes == 2 else classes)))
    drawn = (rng.random(rows)[:, None] > np.cumsum(p, axis=1)).sum(axis=1)
    return pd.Series(np.arange(rows) // 2), p, drawn.clip(max=classes - 1)


@pytest.mark.parametrize("classes", [2, 4])
def test_calibrated_probabilities_estimate_what_then_comes(classes):
    customers, p, labels = month(classes)
    found = estimated_figures(customers, p, PARAMS, 0)
    realised = {figure.name: figure.point(labels, p) for figure in figures_of(classes)}
    assert set(found) == set(realised) - {"calibration_error"}
    for name, estimate in found.items():
        scale = 0.15 if name == "lift_top_10" else 0.025
        assert estimate["value"] == pytest.approx(realised[name], abs=scale), name
        assert estimate["low"] <= estimate["value"] <= estimate["high"]


def test_a_month_of_harder_customers_is_estimated_to_be_worse():
    customers, p, _ = month(2)
    blurred = 0.5 * p + 0.25
    easy = estimated_figures(customers, p, PARAMS, 0)
    hard = estimated_figures(customers, blurred, PARAMS, 0)
    assert hard["log_loss"]["low"] > easy["log_loss"]["high"]
    assert hard["auroc"]["value"] == pytest.approx(easy["auroc"]["value"], abs=0.2)
