"""The measures of each group by fairlearn: MetricFrame with its own rates (Weerts et al., 2023)."""

from collections.abc import Callable
from typing import Any

import pandas as pd
from fairlearn.metrics import (
    MetricFrame,
    false_positive_rate,
    selection_rate,
    true_positive_rate,
)

from src.models.calibration import Floats
from src.models.fairness.measures import Mask, Measure, Placed


def metric_frame(measure: Measure, done: Placed, groups: "pd.Series[str]") -> MetricFrame:
    """The measure by group of n rows: by_group, overall, difference() and ratio()."""
    metric, samples = _METRICS[measure.name]
    return MetricFrame(
        metrics={measure.name: metric},
        y_true=done.actual.astype(int),
        y_pred=done.selected.astype(int),
        sensitive_features=groups.to_numpy(),
        sample_params={measure.name: {key: getattr(done, key) for key in samples}},
    )


def _calibration_gap(actual: Mask, _: Mask, probability: Floats) -> float:
    return float((probability - actual).mean())


def _brier(actual: Mask, _: Mask, probability: Floats) -> float:
    return float(((probability - actual) ** 2).mean())


def _placed_too_high(_: Mask, __: Mask, too_high: Mask) -> float:
    return float(too_high.mean())


def _placed_too_low(_: Mask, __: Mask, too_low: Mask) -> float:
    return float(too_low.mean())


# What MetricFrame calls, and which columns of the rows it takes besides.
_METRICS: dict[str, tuple[Callable[..., Any], tuple[str, ...]]] = {
    "selection_rate": (selection_rate, ()),
    "true_positive_rate": (true_positive_rate, ()),
    "false_positive_rate": (false_positive_rate, ()),
    "calibration_gap": (_calibration_gap, ("probability",)),
    "brier": (_brier, ("probability",)),
    "placed_too_high": (_placed_too_high, ("too_high",)),
    "placed_too_low": (_placed_too_low, ("too_low",)),
}
