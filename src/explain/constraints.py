"""Declared directions held against the model: does more of a feature ever move it the other way?"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from src.core.taxonomy import Wording
from src.models.bundle import Bundle
from src.models.calibration import Floats

# A step against the declared direction below this (in classes) is rounding.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class ObservedDirection:
    """One feature with a declared direction, moved alone over its range for each sampled row.

    declared: -1 or 1. against: share of the steps that went the other way. largest: the largest
    such step, in expected class index (for two classes: probability of the last one).
    """

    name: str
    wording: Wording
    declared: int
    steps: int
    against: float
    largest: float

    @property
    def holds(self) -> bool:
        """True if no step went against the declaration."""
        return self.largest <= _ROUNDING


def observed_directions(
    bundle: Bundle, X: pd.DataFrame, rows: int = 60, points: int = 9
) -> list[ObservedDirection]:
    """Each feature of the bundle with a declared direction, measured on the first `rows` of X.

    The feature takes `points` quantiles of its known values in X, all others keep the row's own
    values (individual conditional expectation, Goldstein et al., 2015).
    """
    declared = _declared(bundle)
    base = X.iloc[:rows]
    return [
        _observe(bundle, base, X[name].dropna().to_numpy(np.float64), name, direction, points)
        for name, direction in declared.items()
        if not X[name].dropna().empty
    ]


def _declared(bundle: Bundle) -> Mapping[str, int]:
    directions = {f.name: f.direction.get(bundle.task, 0) for f in bundle.spec.features}
    return {name: direction for name, direction in directions.items() if direction}


def _observe(
    bundle: Bundle, base: pd.DataFrame, known: Floats, name: str, direction: int, points: int
) -> ObservedDirection:
    grid = np.unique(np.quantile(known, np.linspace(0, 1, points)))
    moved = pd.concat([base.assign(**{name: value}) for value in grid], ignore_index=True)
    expected = bundle.probabilities(moved) @ np.arange(len(bundle.classes))
    steps = np.diff(expected.reshape(len(grid), len(base)), axis=0) * direction
    wrong = np.maximum(-steps, 0.0)
    return ObservedDirection(
        name=name,
        wording=bundle.spec[name].wording,
        declared=direction,
        steps=int(steps.size),
        against=float((wrong > _ROUNDING).mean()) if steps.size else 0.0,
        largest=float(wrong.max()) if steps.size else 0.0,
    )
