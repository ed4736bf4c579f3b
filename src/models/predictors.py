"""What every kind of model offers once it is fitted, and how it is read back from its file.

The baselines implement the same protocol as the boosted trees: a baseline that is not beaten is
what gets served.
"""

from pathlib import Path
from typing import ClassVar, Protocol

from src.core.errors import ModelError, nearest
from src.models.boosted import LightGBM
from src.models.calibration import Floats
from src.models.logistic import Logistic
from src.models.rule import BaseRate, Rule


class Predictor(Protocol):
    """A fitted model over a matrix X (n, f) of float64, NaN where unknown.

    There is one margin (log-odds of class 1) for two classes, else one per class.
    """

    kind: ClassVar[str]

    @property
    def features(self) -> tuple[str, ...]:
        """The f columns of X, in order."""
        ...

    @property
    def outputs(self) -> int:
        """The number m of margins."""
        ...

    def margins(self, X: Floats) -> Floats:
        """(n, m): log-odds, or scores whose softmax are the probabilities."""
        ...

    def contributions(self, X: Floats) -> Floats:
        """(n, m, f + 1): each feature's share of the margin, last the base; sums to it exactly."""
        ...

    def to_files(self, folder: Path) -> None:
        """Write the model into `folder` as text or JSON, the same bytes each time."""
        ...


def load_predictor(kind: str, folder: Path) -> Predictor:
    """The predictor of `kind` that `to_files` wrote to `folder`. Raises ModelError."""
    if kind == LightGBM.kind:
        return LightGBM.from_files(folder)
    if kind == Logistic.kind:
        return Logistic.from_files(folder)
    if kind == Rule.kind:
        return Rule.from_files(folder)
    if kind == BaseRate.kind:
        return BaseRate.from_files(folder)
    known = (LightGBM.kind, Logistic.kind, Rule.kind, BaseRate.kind)
    raise ModelError(f"{folder}: unknown kind of model {kind!r}. {nearest(kind, known)}")
