import numpy as np
import pandas as pd
import pytest

from src.core.params import EvaluateParams
from src.models.amounts import judge_amounts, normalised_gini, tenths


def table(rows=2000, seed=0):
    rng = np.random.default_rng(seed)
    today = rng.lognormal(10, 1.5, rows)
    actual = today * rng.lognormal(0, 0.4, rows)
    ends = {"low": today * np.exp(-0.66), "high": today * np.exp(0.66)}  # 90% of the growth
    names = [f"C{place // 4}" for place in range(rows)]
    return pd.DataFrame(
        {"customer_id": names, "actual": actual, "today": today, "expected": today * 1.08, **ends}
    )


def gini_by_pairs(actual, predicted):
    """Mean over pairs of the difference in amount towards the higher prediction; ties none."""
    sign = np.sign(np.subtract.outer(predicted, predicted))
    return float((sign * np.subtract.outer(actual, actual)).sum())


def test_normalised_gini_equals_the_count_over_all_pairs():
    rng = np.random.default_rng(3)
    actual, predicted = rng.lognormal(size=60), rng.integers(0, 9, 60).astype(float)
    weights = rng.integers(0, 4, (3, 60)).astype(float)
    for row, found in zip(weights, normalised_gini(actual, predicted, weights), strict=True):
        drawn = np.repeat(np.arange(60), row.astype(int))
        a, p = actual[drawn], predicted[drawn]
        assert found == pytest.approx(gini_by_pairs(a, p) / gini_by_pairs(a, a))
    one = np.ones((1, 60))
    assert normalised_gini(actual, actual, one)[0] == pytest.approx(1.0)
    assert normalised_gini(actual, -actual, one)[0] == pytest.approx(-1.0)


def test_the_figures_tell_order_level_and_coverage_with_intervals():
    found = judge_amounts(table(), 0.9, EvaluateParams(bootstrap=100, confidence=0.95), 1)
    assert found["gini"]["low"] < found["gini"]["value"] < found["gini"]["high"]
    # the expected amount orders as today's does
    assert found["lead"]["value"] == pytest.approx(0.0, abs=1e-12)
    assert found["covered"]["value"] == pytest.approx(0.9, abs=0.03)
    assert found["total"] == pytest.approx(1.0, abs=0.1)


def test_tenths_fall_in_the_expected_amount_and_hold_all_rows_and_amounts():
    found = tenths(table())
    assert found["rows"].tolist() == [200] * 10
    assert (found["expected"].diff().dropna() < 0).all()
    assert found["share"].sum() == pytest.approx(1.0)
    assert found["covered"].mean() == pytest.approx(0.9, abs=0.03)
