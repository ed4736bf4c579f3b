"""Customers in groups, and candidates that treat the groups alike or not."""

import numpy as np
import pandas as pd

from src.core.params import EvaluateParams
from src.core.params.fairness import FairnessGates, FairnessLimits, FairnessParams

NO_LIMITS = FairnessLimits(
    selection_rate=None,
    true_positive_rate=None,
    false_positive_rate=None,
    calibration_gap=None,
    proxy_auroc=None,
)


def limits(**of_attribute):
    """Gates without any limit but those named, such as gender={"brier": 0.1}."""
    every = dict.fromkeys(("gender", "age", "region"), NO_LIMITS)
    changed = {k: NO_LIMITS.model_copy(update=v) for k, v in of_attribute.items()}
    return FairnessGates(**(every | changed))


PARAMS = FairnessParams(min_customers=50, min_cases=20, proxy_rounds=30, gates=limits())
INTERVALS = EvaluateParams(bootstrap=200, confidence=0.95)


def judged_rows(groups, per_group=200, snapshots=2, classes=2, seed=0):
    """Test rows of customers in groups, and honest probabilities of their labels."""
    rng = np.random.default_rng(seed)
    names = [f"{g}-{i}" for g in groups for i in range(per_group)]
    of_group = np.repeat(np.array(groups, dtype=object), per_group)
    times = pd.date_range("2025-01-01", periods=snapshots, freq="MS")
    rows = pd.DataFrame(
        {
            "customer_id": np.tile(names, snapshots),
            "as_of": np.repeat(times.to_numpy(), len(names)),
            "gender": np.tile(of_group, snapshots),
        }
    )
    latent = np.tile(rng.normal(size=len(names)), snapshots)
    margins = np.outer(latent * 1.5 - 0.5, np.arange(classes))
    p = np.exp(margins) / np.exp(margins).sum(axis=1, keepdims=True)
    drawn = (rng.random(len(rows))[:, None] > np.cumsum(p, axis=1)).sum(axis=1)
    rows["label"] = drawn.clip(max=classes - 1).astype(np.int64)
    return rows, p


def customers(rows=600, seed=0):
    """One row of each customer: gender leaks through x0, region is independent of all."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(rows, 6)), columns=[f"x{i}" for i in range(6)])
    X["gender"] = np.where(X["x0"] + 0.5 * rng.normal(size=rows) > 0, "f", "m")
    X["region"] = rng.choice(["east", "north", "west"], rows)
    names = [f"c{i:05d}" for i in range(rows)]
    return X.assign(customer_id=names, arrival=names)
