"""What is compared between groups: who is selected, how rightly, and how far chances are off.

The event is an outcome above the lowest class. Selected are the rows whose decided class, that of
least expected cost, lies above the lowest. Each measure is the mean of one figure over the rows
that it is among.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from src.models.calibration import Floats
from src.models.decision import Costs, decide
from src.models.metrics import Labels

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Placed:
    """What a candidate did with n rows, (n,) each.

    selected, actual: whether the row was selected, and whether the event came. probability: of the
    event. too_high, too_low: the decided class lies above or below the one that came.
    """

    selected: Mask
    actual: Mask
    probability: Floats
    too_high: Mask
    too_low: Mask

    def of(self, rows: Mask) -> Self:
        """The same of those rows."""
        return type(self)(*(getattr(self, column.name)[rows] for column in fields(self)))


@dataclass(frozen=True)
class Measure:
    """The mean of `over` in the rows that are `among`: what points.py takes from fairlearn, in a
    form that is quick to resample. is_rate: not negative, so that a ratio of two has a meaning."""

    name: str
    over: Callable[[Placed], npt.NDArray[Any]]
    among: Callable[[Placed], Mask]
    is_rate: bool = True


def placed(labels: Labels, probabilities: Floats, costs: Costs = ()) -> Placed:
    """labels: (n,) class indices; probabilities: (n, k), classes in order; costs: of decisions."""
    decided = decide(probabilities, costs)
    return Placed(
        selected=decided > 0,
        actual=labels > 0,
        probability=1.0 - probabilities[:, 0],
        too_high=decided > labels,
        too_low=decided < labels,
    )


def measures_of(classes: int) -> tuple[Measure, ...]:
    """The measures of a task with that many classes."""
    return _COMMON if classes == 2 else (*_COMMON, *_ORDINAL)


def _all(p: Placed) -> Mask:
    return np.ones(len(p.actual), dtype=np.bool_)


_COMMON = (
    Measure("selection_rate", lambda p: p.selected, _all),
    Measure("true_positive_rate", lambda p: p.selected, lambda p: p.actual),
    Measure("false_positive_rate", lambda p: p.selected, lambda p: ~p.actual),
    Measure("calibration_gap", lambda p: p.probability - p.actual, _all, is_rate=False),
    Measure("brier", lambda p: (p.probability - p.actual) ** 2, _all),
)
_ORDINAL = (
    Measure("placed_too_high", lambda p: p.too_high, _all),
    Measure("placed_too_low", lambda p: p.too_low, _all),
)
