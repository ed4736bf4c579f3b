"""Logistic regression on prepared features: arithmetic on a JSON file, without scikit-learn."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from src.core.files import write_json
from src.models.calibration import Floats
from src.models.rule import FILE, read_model_json

_PARTS = ("logged", "lower", "upper", "fill", "centre", "scale")


@dataclass(frozen=True)
class Preparation:
    """How each of f raw features becomes a standardised number; every field has shape (f,).

    Order: clip to [lower, upper] (winsorise), signed log where `logged`, put `fill` where
    unknown, subtract `centre`, divide by `scale`.
    """

    logged: npt.NDArray[np.bool_]
    lower: Floats
    upper: Floats
    fill: Floats
    centre: Floats
    scale: Floats

    def apply(self, X: Floats) -> Floats:
        """(n, f) raw values, NaN where unknown, as (n, f) standardised ones without NaN."""
        values = np.clip(X, self.lower, self.upper)
        values = np.where(self.logged, signed_log(values), values)
        values = np.where(np.isnan(values), self.fill, values)
        result: Floats = (values - self.centre) / self.scale
        return result

    def to_json(self) -> dict[str, Any]:
        """Lists of plain numbers."""
        return {name: getattr(self, name).tolist() for name in _PARTS}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """What `to_json` described."""
        logged, *others = (np.asarray(content[name]) for name in _PARTS)
        return cls(logged.astype(bool), *(other.astype(np.float64) for other in others))


@dataclass(frozen=True)
class Logistic:
    """margins = intercept + coefficients · standardised X + missing · unknown(X).

    coefficients and missing: (m, f), intercept: (m,), unknown_rate: (f,) the share of unknown
    values in the development rows, around which the effect of being unknown is centred. Both
    effects of a feature count as its contribution, so that the base is the mean margin.
    """

    features: tuple[str, ...]
    preparation: Preparation
    coefficients: Floats
    missing: Floats
    unknown_rate: Floats
    intercept: Floats
    kind: ClassVar[str] = "logistic"

    @property
    def outputs(self) -> int:
        """1 for two classes, else the number of classes."""
        return len(self.intercept)

    def margins(self, X: Floats) -> Floats:
        """(n, m) linear scores, summed row by row: BLAS rounds by the number of rows."""
        unknown = np.ascontiguousarray(np.isnan(X) - self.unknown_rate)
        prepared = np.ascontiguousarray(self.preparation.apply(X))
        effects = zip(self.coefficients, self.missing, strict=True)
        scores = [(prepared * own + unknown * gone).sum(axis=1) for own, gone in effects]
        result: Floats = self.intercept + np.stack(scores, axis=1)
        return result

    def contributions(self, X: Floats) -> Floats:
        """(n, m, f + 1): linear SHAP values for independent features, last the intercept."""
        unknown = np.isnan(X) - self.unknown_rate
        prepared = self.preparation.apply(X)
        result = np.empty((len(X), self.outputs, len(self.features) + 1))
        for m in range(self.outputs):
            result[:, m, :-1] = prepared * self.coefficients[m] + unknown * self.missing[m]
        result[:, :, -1] = self.intercept
        return result

    def to_files(self, folder: Path) -> None:
        """Write model.json into `folder`."""
        content = {
            "kind": self.kind,
            "features": self.features,
            "preparation": self.preparation.to_json(),
            "coefficients": self.coefficients.tolist(),
            "missing": self.missing.tolist(),
            "unknown_rate": self.unknown_rate.tolist(),
            "intercept": self.intercept.tolist(),
        }
        write_json(folder / FILE, content)

    @classmethod
    def from_files(cls, folder: Path) -> Self:
        """Read model.json of `folder`. Raises ModelError if it is not of this kind."""
        arrays = ("coefficients", "missing", "unknown_rate", "intercept")
        content = read_model_json(folder, cls.kind, ("features", "preparation", *arrays))
        return cls(
            tuple(content["features"]),
            Preparation.from_json(content["preparation"]),
            *(np.asarray(content[name], dtype=np.float64) for name in arrays),
        )


def signed_log(values: Floats) -> Floats:
    """sign(x) · log(1 + |x|): tames amounts of money and keeps their sign; NaN stays NaN."""
    result: Floats = np.sign(values) * np.log1p(np.abs(values))
    return result
