import numpy as np
import pandas as pd
import pytest

from src.core.params import EvaluateParams
from src.models.metrics import log_loss
from src.models.tuning import tuning_gain

PARAMS = EvaluateParams(bootstrap=200, confidence=0.95)


def world(rows=600, seed=0):
    """Test rows and the probabilities that drew their labels."""
    rng = np.random.default_rng(seed)
    p = rng.uniform(0.05, 0.95, rows)
    labels = (rng.random(rows) < p).astype(np.int64)
    frame = pd.DataFrame({"customer_id": np.arange(rows) // 3, "label": labels})
    return frame, np.column_stack([1 - p, p])


def test_a_model_that_knows_more_is_surely_better_by_its_lead_in_log_loss():
    rows, true = world()
    flat = np.full_like(true, 0.5)
    found = tuning_gain(rows, true, flat, PARAMS, 1)
    assert found["better"]
    assert found["low"] <= found["value"] <= found["high"]
    assert found["value"] == pytest.approx(
        log_loss(rows["label"], flat) - log_loss(rows["label"], true)
    )
    assert tuning_gain(rows, flat, true, PARAMS, 1)["high"] < 0


def test_equal_models_are_not_better_than_each_other():
    rows, true = world()
    found = tuning_gain(rows, true, true, PARAMS, 1)
    assert not found["better"]
    assert (found["value"], found["low"], found["high"]) == (0, 0, 0)
