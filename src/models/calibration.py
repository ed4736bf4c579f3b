"""From a predictor's margins to probabilities: monotone, stored as JSON, applied with numpy only.

Fitted by src/models/calibrate.py on out-of-fold margins.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt

from src.core.errors import ModelError, nearest

Floats = npt.NDArray[np.float64]
# What a class keeps at least of the probability of it and all later ones.
_KEPT = 1e-2


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


def in_order(exceeding: Floats) -> Floats:
    """(n, k - 1) chances P(y > j) as (n, k) probabilities, crossing ones pulled down.

    P(y > j) is at most what it was for j - 1, less a hundredth, so that no class is impossible. A
    feature that lifts every P(y > j) still lifts each of them.
    """
    held = exceeding.copy()
    for j in range(1, held.shape[1]):
        held[:, j] = np.minimum(held[:, j], (1.0 - _KEPT) * held[:, j - 1])
    sure, never = np.ones((len(held), 1)), np.zeros((len(held), 1))
    bounded = np.hstack([sure, held, never])
    result: Floats = bounded[:, :-1] - bounded[:, 1:]
    return result


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
class Cumulative:
    """P(y > j) = sigmoid(weights[j] * margins[:, j] + offsets[j]), made to fall with j.

    One positive weight and one offset per border between classes in their order (Frank and Hall,
    2001): Platt scaling of each.
    """

    weights: tuple[float, ...]
    offsets: tuple[float, ...]
    kind: ClassVar[str] = "cumulative"

    @property
    def margins(self) -> int:
        """One for each border."""
        return len(self.weights)

    @property
    def classes(self) -> int:
        """One more than borders."""
        return len(self.weights) + 1

    def probabilities(self, margins: Floats) -> Floats:
        """(n, k) probabilities of (n, k - 1) margins."""
        return in_order(sigmoid(margins * np.asarray(self.weights) + np.asarray(self.offsets)))

    def to_json(self) -> dict[str, Any]:
        """The kind, the weights and the offsets."""
        return {"kind": self.kind, "weights": list(self.weights), "offsets": list(self.offsets)}


@dataclass(frozen=True)
class CutPoints:
    """P(y > j) = sigmoid(weight * margin - cuts[j]): one score, cut in places (McCullagh, 1980).

    The weight is positive and the cuts rise.
    """

    weight: float
    cuts: tuple[float, ...]
    kind: ClassVar[str] = "cut_points"
    margins: ClassVar[int] = 1

    @property
    def classes(self) -> int:
        """One more than cuts."""
        return len(self.cuts) + 1

    def probabilities(self, margins: Floats) -> Floats:
        """(n, k) probabilities of (n, 1) margins."""
        return in_order(sigmoid(self.weight * margins[:, :1] - np.asarray(self.cuts)))

    def to_json(self) -> dict[str, Any]:
        """The kind, the weight and the cuts."""
        return {"kind": self.kind, "weight": self.weight, "cuts": list(self.cuts)}


def identity(margins: int) -> Scaling:
    """The calibration that changes nothing, for `margins` margins."""
    return Scaling((1.0,) * margins, (0.0,) * margins)


def calibration_from_json(content: Mapping[str, Any]) -> Calibration:
    """The calibration that `to_json` described. Raises ModelError if it is none."""
    try:
        if content["kind"] == Scaling.kind:
            return Scaling(_numbers(content["weights"]), _numbers(content["offsets"]))
        if content["kind"] == Isotonic.kind:
            return Isotonic(_numbers(content["knots"]), _numbers(content["levels"]))
        if content["kind"] == Cumulative.kind:
            return Cumulative(_numbers(content["weights"]), _numbers(content["offsets"]))
        if content["kind"] == CutPoints.kind:
            return CutPoints(float(content["weight"]), _numbers(content["cuts"]))
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(
            f"calibration.json: {error!r}; expected 'kind' with its lists of numbers. "
            "Run `dvc repro` to write the bundle anew."
        ) from error
    kinds = (Scaling.kind, Isotonic.kind, Cumulative.kind, CutPoints.kind)
    raise ModelError(
        f"calibration.json: unknown kind {content['kind']!r}. "
        f"{nearest(str(content['kind']), kinds)}"
    )


def _numbers(values: Any) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
