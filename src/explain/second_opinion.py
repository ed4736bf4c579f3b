"""SHAP values by shap's own algorithm, to check those of LightGBM; the one place for shap."""

import lightgbm as lgb
import numpy as np
import shap

from src.core.errors import ModelError
from src.models.boosted import LightGBM
from src.models.calibration import Floats

_TREE_PARTS = (
    "children_left",
    "children_right",
    "children_default",
    "features",
    "thresholds",
    "threshold_types",
    "values",
    "node_sample_weight",
)


def second_opinion(predictor: LightGBM, X: Floats) -> Floats:
    """(n, m, f) tree SHAP values by shap's own implementation instead of LightGBM's.

    shap would hand a LightGBM model back to LightGBM: marking the parsed trees as its own makes
    it run its own algorithm; one class's trees at a time, since it knows a single output only.
    """
    booster = lgb.Booster(model_str=predictor.text)
    explainer = shap.TreeExplainer(booster, feature_perturbation="tree_path_dependent")
    trees = explainer.model
    if trees.model_type != "lightgbm":
        raise ModelError(f"shap read the trees as {trees.model_type!r}; expected 'lightgbm'.")
    trees.model_type = "internal"
    whole = {part: getattr(trees, part) for part in _TREE_PARTS}
    results = []
    for output in range(predictor.outputs):
        for part, array in whole.items():
            setattr(trees, part, array[output :: predictor.outputs])
        results.append(np.asarray(explainer.shap_values(X, check_additivity=False)))
    stacked: Floats = np.stack(results, axis=1)
    return stacked
