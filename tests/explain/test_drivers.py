"""Drivers find the true causes, their direction and their groups, and stay additive."""

import numpy as np
import pandas as pd
import pytest

from src.explain.drivers import (
    feature_drivers,
    group_contributions,
    group_drivers,
    spearman,
    stability,
)
from src.explain.values import explain
from tests.support.models.known_causes import (
    AGE,
    DEPENDANTS,
    EQUITY_SHARE,
    OUT_90,
    RECENCY,
    SPEC,
    base_rate,
)


def test_the_true_causes_lead(churn, risk, X):
    names = [d.name for d in feature_drivers(explain(churn, X), X, SPEC, "churn")]
    assert set(names[:3]) == {OUT_90, RECENCY, AGE}
    names = [d.name for d in feature_drivers(explain(risk, X), X, SPEC, "risk_appetite")]
    assert names[:2] == [EQUITY_SHARE, AGE]


def test_trends_are_those_of_the_world(churn, risk, X):
    found = {d.name: d for d in feature_drivers(explain(churn, X), X, SPEC, "churn")}
    assert found[OUT_90].trend > 0.8
    assert found[OUT_90].declared == 1
    found = {d.name: d for d in feature_drivers(explain(risk, X), X, SPEC, "risk_appetite")}
    assert found[EQUITY_SHARE].trend > 0.8
    assert found[AGE].trend < -0.8


def test_shares_add_up_to_one_and_fall(model, X):
    drivers = feature_drivers(explain(model, X), X, SPEC, model.task)
    groups = group_drivers(explain(model, X), SPEC)
    for found in (drivers, groups):
        assert [d.share for d in found] == sorted((d.share for d in found), reverse=True)
        assert sum(d.share for d in found) == pytest.approx(1.0) or not found


def test_the_base_rate_has_no_drivers(X, task):
    explanation = explain(base_rate(task), X)
    assert feature_drivers(explanation, X, SPEC, task) == []
    assert group_drivers(explanation, SPEC) == []


def test_groups_add_up_to_their_features(model, X):
    explanation = explain(model, X)
    groups, summed = group_contributions(explanation, SPEC)
    assert groups == ("activity", "flows", "holdings", "profile")
    np.testing.assert_allclose(summed.sum(axis=2), explanation.centred().sum(axis=2), atol=1e-9)
    profile = [SPEC.names.index(AGE), SPEC.names.index(DEPENDANTS)]
    expected = explanation.centred()[:, :, profile].sum(axis=2)
    np.testing.assert_allclose(summed[:, :, 3], expected, atol=1e-12)


def test_the_unknown_share_is_that_of_the_rows(churn, X):
    for driver in feature_drivers(explain(churn, X), X, SPEC, "churn"):
        assert driver.unknown == X[driver.name].isna().mean()


def test_a_model_that_does_not_change_is_stable(churn, X):
    periods = pd.Series(pd.to_datetime(["2025-01-01", "2025-02-01"] * (len(X) // 2)))
    found = stability(explain(churn, X), periods)
    assert list(found) == ["2025-01-01", "2025-02-01"]
    assert min(found.values()) > 0.8


def test_rank_correlation_is_one_for_any_rising_relation_and_ignores_unknowns():
    values = np.array([1.0, 2.0, np.nan, 4.0, 5.0])
    assert spearman(values, values**3) == pytest.approx(1.0)
    assert spearman(values, -values) == pytest.approx(-1.0)
    assert np.isnan(spearman(values, np.ones(5)))
    assert np.isnan(spearman(values[:2], values[:2]))
