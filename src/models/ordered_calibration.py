"""From margins to probabilities of ordered classes, and what `to_json` of any calibration wrote.

Fitted by src/models/calibrate.py on out-of-fold margins.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from src.core.errors import ModelError, nearest
from src.models.calibration import Beta, Calibration, Floats, Isotonic, Scaling, sigmoid

# What a class keeps at least of the probability of it and all later ones.
_KEPT = 1e-2


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


@dataclass(frozen=True)
class Borders:
    """P(y > j) by a map of its own for each border, made to fall with j.

    maps: one for each border, of two classes and one margin, never falling. shared: all of them
    read the one margin of the form latent; else each its own, of the form cumulative.
    """

    maps: tuple[Calibration, ...]
    shared: bool
    kind: ClassVar[str] = "borders"

    @property
    def margins(self) -> int:
        """One for each border, or one for all."""
        return 1 if self.shared else len(self.maps)

    @property
    def classes(self) -> int:
        """One more than borders."""
        return len(self.maps) + 1

    def probabilities(self, margins: Floats) -> Floats:
        """(n, k) probabilities of (n, m) margins."""
        columns = [0 if self.shared else j for j in range(len(self.maps))]
        above = [
            one.probabilities(margins[:, [column]])[:, 1]
            for one, column in zip(self.maps, columns, strict=True)
        ]
        return in_order(np.column_stack(above))

    def to_json(self) -> dict[str, Any]:
        """The kind, the maps and whether they share a margin."""
        maps = [one.to_json() for one in self.maps]
        return {"kind": self.kind, "maps": maps, "shared": self.shared}


def calibration_from_json(content: Mapping[str, Any]) -> Calibration:
    """The calibration that `to_json` described. Raises ModelError if it is none."""
    readers: dict[str, Callable[[Mapping[str, Any]], Calibration]] = {
        Scaling.kind: lambda c: Scaling(_numbers(c["weights"]), _numbers(c["offsets"])),
        Isotonic.kind: lambda c: Isotonic(_numbers(c["knots"]), _numbers(c["levels"])),
        Beta.kind: lambda c: Beta(float(c["rise"]), float(c["fall"]), float(c["offset"])),
        Cumulative.kind: lambda c: Cumulative(_numbers(c["weights"]), _numbers(c["offsets"])),
        CutPoints.kind: lambda c: CutPoints(float(c["weight"]), _numbers(c["cuts"])),
        Borders.kind: lambda c: Borders(
            tuple(map(calibration_from_json, c["maps"])), bool(c["shared"])
        ),
    }
    try:
        kind = str(content["kind"])
        if kind in readers:
            return readers[kind](content)
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(
            f"calibration.json: {error!r}; expected 'kind' with its lists of numbers. "
            "Run `dvc repro` to write the bundle anew."
        ) from error
    raise ModelError(f"calibration.json: unknown kind {kind!r}. {nearest(kind, readers)}")


def _numbers(values: Any) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
