"""From a predictor's margins to probabilities: monotone, stored as JSON, applied with numpy only.

Fitted by src/models/calibrate.py on out-of-fold margins.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def sigmoid(margin: Floats) -> Floats:
    """1 / (1 + exp(-margin)) without overflow, of any shape."""
    result: Floats = np.exp(-np.logaddexp(0.0, -margin))
    return result


def softmax(margins: Floats) -> Floats:
    """(n, k) margins as (n, k) probabilities, each row summing to 1, without overflow."""
    shifted = np.exp(margins - margins.max(axis=1, keepdims=True))
    result: Floats = shifted / shifted.sum(axis=1, keepdims=True)
    return result


def link(margins: Floats) -> Floats:
    """Margins as probabilities: (n, 1) gives (n, 2) by the sigmoid, (n, k) gives (n, k)."""
    if margins.shape[1] == 1:
        return np.hstack([sigmoid(-margins), sigmoid(margins)])
    return softmax(margins)


class Calibration(Protocol):
    """Turns (n, m) margins into (n, k) probabilities."""

    kind: ClassVar[str]

    @property
    def margins(self) -> int:
        """How many margins it takes, m."""
        ...

    @property
    def classes(self) -> int:
        """How many classes it tells apart, k."""
        ...

    def probabilities(self, margins: Floats) -> Floats:
        """(n, k) probabilities, each row summing to 1."""
        ...

    def to_json(self) -> dict[str, Any]:
        """Plain JSON that `calibration_from_json` reads back to the bit."""
        ...


@dataclass(frozen=True)
class Scaling:
    """link(weights * margins + offsets), one weight and one offset per margin.

    A single margin makes this Platt scaling (Platt, 1999); equal weights and no offsets make it
    temperature scaling, free ones vector scaling (Guo et al., 2017). Weights are positive, so a
    class's probability always rises with its own margin.
    """

    weights: tuple[float, ...]
    offsets: tuple[float, ...]
    kind: ClassVar[str] = "scaling"

    @property
    def margins(self) -> int:
        """As many as there are weights."""
        return len(self.weights)

    @property
    def classes(self) -> int:
        """Two of one margin, else as many as margins."""
        return 2 if len(self.weights) == 1 else len(self.weights)

    def probabilities(self, margins: Floats) -> Floats:
        """(n, k) probabilities of (n, m) margins."""
        return link(margins * np.asarray(self.weights) + np.asarray(self.offsets))

    def to_json(self) -> dict[str, Any]:
        """The kind, the weights and the offsets."""
        return {"kind": self.kind, "weights": list(self.weights), "offsets": list(self.offsets)}


@dataclass(frozen=True)
class Isotonic:
    """Piecewise linear and never falling in a single margin (Zadrozny and Elkan, 2002).

    knots: ascending margins; levels: the probability of class 1 at each; flat beyond both ends.
    """

    knots: tuple[float, ...]
    levels: tuple[float, ...]
    kind: ClassVar[str] = "isotonic"
    margins: ClassVar[int] = 1
    classes: ClassVar[int] = 2

    def probabilities(self, margins: Floats) -> Floats:
        """(n, 2) probabilities of (n, 1) margins."""
        positive = np.interp(margins[:, 0], self.knots, self.levels)
        return np.column_stack([1.0 - positive, positive])

    def to_json(self) -> dict[str, Any]:
        """The kind, the knots and the levels."""
        return {"kind": self.kind, "knots": list(self.knots), "levels": list(self.levels)}


@dataclass(frozen=True)
class Beta:
    """sigmoid(rise * log(p) - fall * log(1 - p) + offset) of p = sigmoid(margin): Platt scaling
    with a weight for each side (Kull, Silva Filho and Flach, 2017). Neither weight is negative.
    """

    rise: float
    fall: float
    offset: float
    kind: ClassVar[str] = "beta"
    margins: ClassVar[int] = 1
    classes: ClassVar[int] = 2

    def probabilities(self, margins: Floats) -> Floats:
        """(n, 2) probabilities of (n, 1) margins."""
        m = margins[:, :1]
        return link(
            self.offset - self.rise * np.logaddexp(0.0, -m) + self.fall * np.logaddexp(0.0, m)
        )

    def to_json(self) -> dict[str, Any]:
        """The kind, the weights and the offset."""
        return {"kind": self.kind, "rise": self.rise, "fall": self.fall, "offset": self.offset}


def identity(margins: int) -> Scaling:
    """The calibration that changes nothing, for `margins` margins."""
    return Scaling((1.0,) * margins, (0.0,) * margins)
