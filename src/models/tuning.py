"""Whether the search was worth it: the tuned model against the untuned one on the test rows."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from src.core.params import EvaluateParams
from src.models.calibration import Floats
from src.models.evaluate import customer_draws
from src.models.metrics import PRIMARY, figures_of


def tuning_gain(
    rows: pd.DataFrame, tuned: Floats, untuned: Floats, params: EvaluateParams, seed: int
) -> Mapping[str, Any]:
    """By how much the tuned model is better on the deciding yardstick, as a paired interval.

    rows: the n test rows (customer_id, as_of, label). tuned, untuned: (n, k) probabilities.
    Returns yardstick, tuned, untuned, value (positive is better), low, high, better: whether the
    whole percentile interval over draws of whole customers lies above 0 (Efron and Tibshirani,
    1993).
    """
    labels = rows["label"].to_numpy(dtype=np.int64)
    figure = next(f for f in figures_of(tuned.shape[1]) if f.name == PRIMARY)
    sign = 1.0 if figure.higher_is_better else -1.0
    leads = np.concatenate(
        [
            figure.resample(labels, tuned, weights) - figure.resample(labels, untuned, weights)
            for weights in customer_draws(rows["customer_id"], params.bootstrap, seed)
        ]
    )
    low, high = np.percentile(
        sign * leads, (50 * (1 - params.confidence), 50 * (1 + params.confidence))
    )
    points = {name: figure.point(labels, p) for name, p in (("tuned", tuned), ("un", untuned))}
    return {
        "yardstick": figure.name,
        "tuned": points["tuned"],
        "untuned": points["un"],
        "value": sign * (points["tuned"] - points["un"]),
        "low": float(low),
        "high": float(high),
        "better": bool(low > 0),
    }
