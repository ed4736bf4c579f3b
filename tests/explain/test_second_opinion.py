"""shap's own algorithm agrees with LightGBM's."""

import subprocess
import sys

import numpy as np
import pytest

from src.explain.second_opinion import second_opinion
from src.explain.values import explain


@pytest.mark.parametrize("task", ["churn", "risk_appetite"])
def test_shaps_own_algorithm_agrees_with_lightgbms(task, churn, risk, X):
    bundle = churn if task == "churn" else risk
    ours = explain(bundle, X.head(120)).values
    theirs = second_opinion(bundle.predictor, bundle.matrix(X.head(120)))
    assert theirs.shape == ours.shape
    np.testing.assert_allclose(theirs, ours, rtol=0, atol=1e-9)


def test_the_second_opinion_does_not_ask_lightgbm(churn, X, monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("shap handed the model back to LightGBM")

    monkeypatch.setattr("lightgbm.Booster.predict", refuse)
    second_opinion(churn.predictor, churn.matrix(X.head(5)))


def test_the_serving_path_draws_no_report():
    code = (
        "import sys; import src.explain.reasons, src.explain.values;"
        "unwanted = {'shap', 'jinja2', 'mlflow', 'optuna', 'matplotlib', 'src.reports'};"
        "found = unwanted & set(sys.modules);"
        "assert not found, found"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
