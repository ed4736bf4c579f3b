"""Boosted trees: a LightGBM text model."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Self

import lightgbm as lgb
import numpy as np

from src.core.errors import ModelError
from src.core.files import replacing_file
from src.models.calibration import Floats

FILE = "model.txt"
# Below this many rows, starting threads costs more than they save.
_ROWS_PER_THREAD = 512


@dataclass(frozen=True)
class LightGBM:
    """A booster as its own text, and always predicted from that text.

    Training, batch and endpoint thus share one model to the bit.
    """

    text: str
    threads: int = 0  # for large batches; 0 is all cores
    _booster: Any = field(init=False, repr=False, compare=False)
    kind: ClassVar[str] = "lightgbm"

    def __post_init__(self) -> None:
        try:
            booster = lgb.Booster(model_str=self.text)
        except lgb.basic.LightGBMError as error:
            raise ModelError(
                f"{FILE}: not a LightGBM text model: {error}. Run `dvc repro` to train it anew."
            ) from error
        object.__setattr__(self, "_booster", booster)

    @property
    def features(self) -> tuple[str, ...]:
        """The columns of X, in order."""
        return tuple(self._booster.feature_name())

    @property
    def outputs(self) -> int:
        """1 for two classes, else the number of classes."""
        return int(self._booster.num_model_per_iteration())

    def margins(self, X: Floats) -> Floats:
        """(n, m) raw scores, summed over the trees."""
        raw = self._booster.predict(X, raw_score=True, num_threads=self._threads(X))
        return np.asarray(raw, dtype=np.float64).reshape(len(X), self.outputs)

    def contributions(self, X: Floats) -> Floats:
        """(n, m, f + 1) exact tree SHAP values, last the expectation (Lundberg et al., 2020)."""
        flat = self._booster.predict(X, pred_contrib=True, num_threads=self._threads(X))
        shape = (len(X), self.outputs, len(self.features) + 1)
        return np.asarray(flat, dtype=np.float64).reshape(shape)

    def to_files(self, folder: Path) -> None:
        """Write model.txt into `folder`."""
        with replacing_file(folder / FILE) as aside:
            aside.write_text(self.text, encoding="utf-8")

    @classmethod
    def from_files(cls, folder: Path) -> Self:
        """Read model.txt of `folder`. Raises ModelError if it is missing or damaged."""
        path = folder / FILE
        if not path.is_file():
            raise ModelError(f"{path}: no such file. Run `dvc repro` to train the model.")
        return cls(path.read_text(encoding="utf-8"))

    def _threads(self, X: Floats) -> int:
        return self.threads if len(X) >= _ROWS_PER_THREAD else 1
