"""Sets of neighbouring classes that hold the true one with a stated chance.

Split conformal prediction (Vovk, Gammerman and Shafer, 2005) with a threshold for each decided
class, so that the chance holds among the customers of whom the same is said (Vovk, 2012).
Thresholds by actual class were tried: they leave "stays" out of the sets of customers who churn
with a chance of 20%, for most of those who stay churn with less. No library makes sets of ordered
classes without gaps: mapie 1.6 has LAC, APS, RAPS and top-k, and would bring scikit-learn to the
endpoint.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from src.core.errors import ModelError
from src.core.files import read_json, write_json
from src.models.calibration import Floats
from src.models.conformal import quantile_with_guarantee
from src.models.decision import Costs, Indices, decide

FILE = "sets.json"
Members = npt.NDArray[np.bool_]


def strangeness(probabilities: Floats) -> Floats:
    """(n, k) how strange each class would be: 1 less the larger of the least probabilities that
    have to be passed on the way from it to both ends of the order.

    The classes with a strangeness up to any number are neighbours: those between the first and the
    last whose probability is at least 1 less that number.
    """
    upwards = np.maximum.accumulate(probabilities, axis=1)
    downwards = np.maximum.accumulate(probabilities[:, ::-1], axis=1)[:, ::-1]
    result: Floats = 1.0 - np.minimum(upwards, downwards)
    return result


@dataclass(frozen=True)
class PredictionSets:
    """coverage: the stated chance; thresholds: for each decided class, how strange others may be in
    a set with it; -1 where it is right often enough alone."""

    coverage: float
    thresholds: tuple[float, ...]

    def members(self, probabilities: Floats, decided: Indices) -> Members:
        """(n, k) whether each class is in the row's set: all that are not too strange, the decided
        one, and those between."""
        inside = strangeness(probabilities) <= np.asarray(self.thresholds)[decided, None]
        inside[np.arange(len(inside)), decided] = True
        after = np.logical_or.accumulate(inside, axis=1)
        before = np.logical_or.accumulate(inside[:, ::-1], axis=1)[:, ::-1]
        between: Members = after & before
        return between

    def to_files(self, folder: Path) -> None:
        """Write sets.json into `folder`."""
        write_json(folder / FILE, {"coverage": self.coverage, "thresholds": self.thresholds})

    @classmethod
    def from_files(cls, folder: Path) -> Self | None:
        """What `to_files` wrote; None where there is no sets.json. Raises ModelError."""
        if not (folder / FILE).is_file():
            return None
        content: Mapping[str, Any] = read_json(folder / FILE)
        try:
            thresholds = tuple(float(value) for value in content["thresholds"])
            return cls(float(content["coverage"]), thresholds)
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(
                f"{folder / FILE}: {error!r}; expected coverage and thresholds. "
                "Run `dvc repro` to train the model."
            ) from error


def fit_sets(
    probabilities: Floats, labels: Indices, coverage: float, costs: Costs = ()
) -> PredictionSets:
    """The thresholds of (n, k) probabilities of rows that neither model nor calibration saw.

    costs: those that will decide. With a class that was decided for too few rows for the guarantee
    every other class is in the set.
    """
    decided = decide(probabilities, costs)
    own = strangeness(probabilities)[np.arange(len(labels)), labels]
    own = np.where(labels == decided, -1.0, own)
    k = probabilities.shape[1]
    found = [quantile_with_guarantee(own[decided == c], coverage) for c in range(k)]
    return PredictionSets(coverage, tuple(min(value, 1.0) for value in found))
