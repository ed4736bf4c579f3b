"""What drives a model over all customers: by feature and by business group, with direction."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from src.core.taxonomy import Wording
from src.explain.values import Explanation
from src.features.spec import FeatureSpec
from src.models.calibration import Floats


@dataclass(frozen=True)
class FeatureDriver:
    """One feature's part in a model.

    importance: mean |contribution| over rows and classes, in log-odds. share: of the sum over all
    features. trend: Spearman correlation, over rows, of the value with its contribution towards
    the later classes, in [-1, 1], NaN where either doesn't vary. declared: the business's
    direction (-1, 0, 1). unknown: share of rows without a value.
    """

    name: str
    group: str
    wording: Wording
    importance: float
    share: float
    trend: float
    declared: int
    unknown: float


@dataclass(frozen=True)
class GroupDriver:
    """One business group's part: mean |sum of its features' contributions|, share of the sum."""

    group: str
    features: int
    importance: float
    share: float


def feature_drivers(
    explanation: Explanation, X: pd.DataFrame, spec: FeatureSpec, task: str
) -> list[FeatureDriver]:
    """The features with any contribution over the n rows of `X`, the weightiest first."""
    importance = np.abs(explanation.centred()).mean(axis=(0, 1))
    total = importance.sum() or 1.0
    upwards = explanation.upwards()
    drivers = [
        FeatureDriver(
            name=name,
            group=spec[name].group,
            wording=spec[name].wording,
            importance=float(importance[i]),
            share=float(importance[i] / total),
            trend=spearman(X[name].to_numpy(np.float64), upwards[:, i]),
            declared=int(spec[name].direction.get(task, 0)),
            unknown=float(X[name].isna().mean()),
        )
        for i, name in enumerate(explanation.features)
        if importance[i] > 0
    ]
    return sorted(drivers, key=lambda driver: (-driver.importance, driver.name))


def group_drivers(explanation: Explanation, spec: FeatureSpec) -> list[GroupDriver]:
    """The business groups with any contribution, the weightiest first."""
    groups, summed = group_contributions(explanation, spec)
    importance = np.abs(summed).mean(axis=(0, 1))
    total = importance.sum() or 1.0
    sizes = [sum(spec[name].group == group for name in explanation.features) for group in groups]
    drivers = [
        GroupDriver(group, size, float(weight), float(weight / total))
        for group, size, weight in zip(groups, sizes, importance, strict=True)
        if weight > 0
    ]
    return sorted(drivers, key=lambda driver: (-driver.importance, driver.group))


def group_contributions(
    explanation: Explanation, spec: FeatureSpec
) -> tuple[tuple[str, ...], Floats]:
    """The g business groups in alphabetical order, and their contributions (n, m, g).

    Sums of the features' contributions, so they are additive to the same margins; more than two
    classes are centred as in Explanation.centred.
    """
    groups = tuple(sorted({spec[name].group for name in explanation.features}))
    member = np.array([[spec[name].group == g for g in groups] for name in explanation.features])
    result: Floats = explanation.centred() @ member.astype(np.float64)
    return groups, result


def stability(explanation: Explanation, periods: pd.Series) -> dict[str, float]:
    """How alike the drivers of each period are to those of all rows: Spearman over the features.

    periods: (n,) the snapshot of each row. Returns {period as ISO date: correlation in [-1, 1]}.
    """
    weights = np.abs(explanation.centred()).mean(axis=1)
    overall = weights.mean(axis=0)
    used = overall > 0
    return {
        pd.Timestamp(period).date().isoformat(): spearman(
            weights[(periods == period).to_numpy()].mean(axis=0)[used], overall[used]
        )
        for period in sorted(periods.unique())
    }


def spearman(left: Floats, right: Floats) -> float:
    """Rank correlation where both are known; NaN with fewer than 3 pairs or without variation."""
    known = ~(np.isnan(left) | np.isnan(right))
    if known.sum() < 3:
        return float("nan")
    a, b = (pd.Series(side[known]).rank().to_numpy() for side in (left, right))
    if a.std() == 0 or b.std() == 0:
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])
