"""The two simplest models: the base rate, and a rule on one feature."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from src.core.errors import ModelError
from src.core.files import read_json, write_json
from src.models.calibration import Floats

FILE = "model.json"


@dataclass(frozen=True)
class BaseRate:
    """The same margins for everyone: the log-odds of the development rows' class shares."""

    features: tuple[str, ...]
    base: tuple[float, ...]
    kind: ClassVar[str] = "base_rate"

    @property
    def outputs(self) -> int:
        """1 for two classes, else the number of classes."""
        return len(self.base)

    def margins(self, X: Floats) -> Floats:
        """(n, m), all rows alike."""
        return np.tile(np.asarray(self.base), (len(X), 1))

    def contributions(self, X: Floats) -> Floats:
        """(n, m, f + 1): nothing but the base."""
        result = np.zeros((len(X), self.outputs, len(self.features) + 1))
        result[:, :, -1] = self.base
        return result

    def to_files(self, folder: Path) -> None:
        """Write model.json into `folder`."""
        content = {"kind": self.kind, "features": self.features, "base": self.base}
        write_json(folder / FILE, content)

    @classmethod
    def from_files(cls, folder: Path) -> Self:
        """Read model.json of `folder`. Raises ModelError if it is not of this kind."""
        content = read_model_json(folder, cls.kind, ("features", "base"))
        return cls(tuple(content["features"]), tuple(content["base"]))


@dataclass(frozen=True)
class Rule:
    """One feature in bins, each with its own margins.

    edges: ascending; bin i holds edges[i-1] <= value < edges[i]. levels: one row of m margins per
    bin, the last row for values that are unknown. base: the mean of the margins over the
    development rows, so that the feature's contribution is its Shapley value.
    """

    features: tuple[str, ...]
    feature: str
    edges: tuple[float, ...]
    levels: tuple[tuple[float, ...], ...]
    base: tuple[float, ...]
    kind: ClassVar[str] = "rule"

    @property
    def outputs(self) -> int:
        """1 for two classes, else the number of classes."""
        return len(self.base)

    def margins(self, X: Floats) -> Floats:
        """(n, m): the margins of the bin that each row's value falls into."""
        column = X[:, self.features.index(self.feature)]
        found = bins_of(column, np.asarray(self.edges))
        result: Floats = np.asarray(self.levels)[found]
        return result

    def contributions(self, X: Floats) -> Floats:
        """(n, m, f + 1): what the bin differs from the base, and the base."""
        result = np.zeros((len(X), self.outputs, len(self.features) + 1))
        result[:, :, self.features.index(self.feature)] = self.margins(X) - np.asarray(self.base)
        result[:, :, -1] = self.base
        return result

    def to_files(self, folder: Path) -> None:
        """Write model.json into `folder`."""
        content = {
            "kind": self.kind,
            "features": self.features,
            "feature": self.feature,
            "edges": self.edges,
            "levels": self.levels,
            "base": self.base,
        }
        write_json(folder / FILE, content)

    @classmethod
    def from_files(cls, folder: Path) -> Self:
        """Read model.json of `folder`. Raises ModelError if it is not of this kind."""
        content = read_model_json(
            folder, cls.kind, ("features", "feature", "edges", "levels", "base")
        )
        return cls(
            tuple(content["features"]),
            content["feature"],
            tuple(content["edges"]),
            tuple(tuple(row) for row in content["levels"]),
            tuple(content["base"]),
        )


def bins_of(column: Floats, edges: Floats) -> Any:
    """(n,) index of the bin of each value; len(edges) + 1 where the value is NaN."""
    return np.where(np.isnan(column), len(edges) + 1, np.searchsorted(edges, column, side="right"))


def read_model_json(folder: Path, kind: str, keys: tuple[str, ...]) -> dict[str, Any]:
    """model.json of `folder`, of `kind` and with all `keys`. Raises ModelError."""
    path = folder / FILE
    if not path.is_file():
        raise ModelError(f"{path}: no such file. Run `dvc repro` to train the model.")
    content = read_json(path)
    missing = [key for key in ("kind", *keys) if key not in content]
    if missing or content["kind"] != kind:
        raise ModelError(
            f"{path}: found kind {content.get('kind')!r} without {missing}; "
            f"expected {kind!r} with {list(keys)}. Run `dvc repro` to train the model."
        )
    return dict(content)
