"""A bundle as MLflow loads it: `mlflow.pyfunc.load_model("models:/kehu_churn@champion")`.

MLflow imports this module (the loader_module of the MLmodel file) and calls `_load_pyfunc` with the
bundle's folder. It imports no MLflow itself. The model carries the code that it needs, and loads
where the libraries of its requirements.txt are installed. By name it loads in the project's folder,
or from anywhere with MLFLOW_TRACKING_URI at a server that holds the files; by the path of its
folder it loads from anywhere.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from src.models.bundle import Bundle, load_bundle


@dataclass(frozen=True)
class BundleModel:
    """What MLflow wraps."""

    bundle: Bundle

    def predict(
        self,
        model_input: pd.DataFrame,
        params: dict[str, Any] | None = None,  # noqa: ARG002
    ) -> pd.DataFrame:
        """The calibrated probabilities, one column for each class, lowest first.

        model_input: a row for each customer, with a column for each feature of the bundle's spec;
        more columns do no harm. Raises ModelError if a feature is missing.
        """
        probabilities = self.bundle.probabilities(model_input)
        return pd.DataFrame(probabilities, model_input.index, list(self.bundle.classes))


def _load_pyfunc(data_path: str) -> BundleModel:
    return BundleModel(load_bundle(Path(data_path)))
