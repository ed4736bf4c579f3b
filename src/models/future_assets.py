"""Expected customer asset size at the end of the horizon, with an interval: beside the tier.

All three parts are boosted trees that start from what the customer holds today: the trees say how
that grows or shrinks. Fitted by src/models/fit_future_assets.py.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from src.core.errors import ModelError
from src.core.files import read_json, write_json
from src.features.spec import FeatureSpec
from src.models.boosted import LightGBM
from src.models.calibration import Floats

FILE = "assets.json"
TODAY = "holding_value"
_PARTS = ("expected", "low", "high")
_REMEDY = "Run `dvc repro` to train the model."


@dataclass(frozen=True)
class FutureAssets:
    """E[assets] = (today + scale) * exp(expected); ends = scale * sinh(asinh(today / scale) + end).

    spec: the features; `today` among them is the asset size at as_of. scale: units of the base
    currency, below which amounts count as small. widened: for each group of customers by what they
    hold today, divided by `borders`, what is added to the ends on the asinh scale, so that the
    interval holds `coverage` of the group (Romano, Patterson and Candès, 2019).
    """

    spec: FeatureSpec
    scale: float
    coverage: float
    borders: tuple[float, ...]
    widened: tuple[tuple[float, float], ...]
    expected: LightGBM
    low: LightGBM
    high: LightGBM

    def amounts(self, X: pd.DataFrame) -> Floats:
        """(n, 3) expected amount and the interval's ends, in units of the base currency."""
        if not len(X):
            return np.zeros((0, 3))
        matrix = X[list(self.spec.names)].to_numpy(dtype=np.float64, na_value=np.nan)
        today = np.nan_to_num(matrix[:, self.spec.names.index(TODAY)])
        grown = np.exp(self.expected.margins(matrix)[:, 0])
        expected = np.maximum((np.maximum(today, 0.0) + self.scale) * grown - self.scale, 0.0)
        start = np.arcsinh(today / self.scale)
        low, high = (
            self.scale * np.sinh(start + end.margins(matrix)[:, 0] + by)
            for end, by in zip((self.low, self.high), self._widened(today).T, strict=True)
        )
        # a mean of heavy tails may lie beyond a quantile
        return np.column_stack([expected, np.minimum(low, expected), np.maximum(high, expected)])

    def _widened(self, today: Floats) -> Floats:
        """(n, 2) what is added to the ends of each row's interval."""
        result: Floats = np.asarray(self.widened)[group_of(today, self.borders)]
        return result

    def to_files(self, folder: Path) -> None:
        """Write assets.json and the three texts into `folder`."""
        content = {
            "scale": self.scale,
            "coverage": self.coverage,
            "borders": self.borders,
            "widened": self.widened,
            "features": self.spec.to_json(),
        }
        write_json(folder / FILE, content)
        for part in _PARTS:
            _text(folder, part).write_text(getattr(self, part).text, encoding="utf-8")

    @classmethod
    def from_files(cls, folder: Path) -> Self | None:
        """What `to_files` wrote; None where there is no assets.json. Raises ModelError."""
        if not (folder / FILE).is_file():
            return None
        content: dict[str, Any] = read_json(folder / FILE)
        texts = {part: _text(folder, part) for part in _PARTS}
        for path in texts.values():
            if not path.is_file():
                raise ModelError(f"{path}: no such file, beside {FILE}. {_REMEDY}")
        try:
            return cls(
                FeatureSpec.from_json(content["features"]),
                float(content["scale"]),
                float(content["coverage"]),
                tuple(float(border) for border in content["borders"]),
                tuple((float(low), float(high)) for low, high in content["widened"]),
                **{part: LightGBM(path.read_text("utf-8")) for part, path in texts.items()},
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(
                f"{folder / FILE}: {error!r}; expected scale, coverage, borders, widened and "
                f"features. {_REMEDY}"
            ) from error


def group_of(today: Floats, borders: tuple[float, ...]) -> npt.NDArray[np.int64]:
    """(n,) number of the group that holds what a customer holds today."""
    return np.searchsorted(np.asarray(borders), today, side="right").astype(np.int64)


def _text(folder: Path, part: str) -> Path:
    return folder / f"assets_{part}.txt"
