"""Contributions add up to the margins, for every kind of model, or there is no explanation."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from src.core.errors import ModelError
from src.explain.values import explain
from tests.support.models.known_causes import SPEC, ordered_risk


@dataclass(frozen=True)
class Leaky:
    """A predictor whose contributions miss the margin of one row."""

    inner: object
    gap: float
    kind = "lightgbm"

    @property
    def features(self):
        return self.inner.features

    @property
    def outputs(self):
        return self.inner.outputs

    def margins(self, X):
        return self.inner.margins(X)

    def contributions(self, X):
        result = self.inner.contributions(X)
        result[3, 0, 0] += self.gap
        return result


def test_contributions_and_base_add_up_to_the_margins(model, X):
    explanation = explain(model, X)
    total = explanation.values.sum(axis=2) + explanation.base
    np.testing.assert_allclose(total, model.margins(X), rtol=0, atol=1e-6)
    assert explanation.residual == np.abs(total - explanation.margins).max() or (
        explanation.residual <= 1e-6
    )


def test_shapes_are_rows_margins_features(model, X):
    explanation = explain(model, X.head(7))
    m = 1 if len(model.classes) == 2 else len(model.classes)
    assert explanation.values.shape == (7, m, len(SPEC))
    assert explanation.base.shape == explanation.margins.shape == (7, m)
    assert explanation.features == SPEC.names


def test_a_batch_equals_its_single_rows(model, X):
    batch = explain(model, X.head(20))
    for i in range(20):
        single = explain(model, X.iloc[[i]])
        np.testing.assert_array_equal(batch.values[i], single.values[0])


def test_no_rows_give_an_empty_explanation(model, X):
    assert explain(model, X.head(0)).values.shape[0] == 0


@pytest.mark.parametrize("gap", [1e-5, -0.3, float("nan"), float("inf")])
def test_contributions_that_miss_the_margin_are_refused(churn, X, gap):
    leaky = replace(churn, predictor=Leaky(churn.predictor, gap))
    with pytest.raises(ModelError, match=r"row 3 of 800: contributions miss the margin by"):
        explain(leaky, X)


def test_the_error_tells_the_largest_residual(churn, X):
    leaky = replace(churn, predictor=Leaky(churn.predictor, 0.25))
    with pytest.raises(ModelError, match=r"miss the margin by 0\.25; expected at most 1e-06"):
        explain(leaky, X)


def test_for_two_classes_towards_one_is_away_from_the_other(churn, X):
    explanation = explain(churn, X)
    stays = explanation.towards(np.zeros(len(X), dtype=int))
    churns = explanation.towards(np.ones(len(X), dtype=int))
    np.testing.assert_array_equal(stays, -churns)
    np.testing.assert_allclose(
        churns.sum(axis=1) + explanation.base[:, 0], explanation.margins[:, 0], atol=1e-6
    )


def test_for_more_classes_contributions_are_to_the_margin_relative_to_the_mean(risk, X):
    explanation = explain(risk, X)
    for k in range(3):
        towards = explanation.towards(np.full(len(X), k)).sum(axis=1)
        base = explanation.base[:, k] - explanation.base.mean(axis=1)
        p = risk.probabilities(X)
        expected = np.log(p[:, k]) - np.log(p).mean(axis=1)
        np.testing.assert_allclose(towards + base, expected, atol=1e-6)


def test_what_moves_all_classes_alike_is_no_reason_for_any(risk, X):
    explanation = explain(risk, X)
    shifted = replace(explanation, values=explanation.values + 7.0)
    predicted = risk.probabilities(X).argmax(axis=1)
    np.testing.assert_allclose(
        shifted.towards(predicted), explanation.towards(predicted), atol=1e-9
    )
    np.testing.assert_allclose(shifted.upwards(), explanation.upwards(), atol=1e-9)


def test_upwards_points_to_the_later_classes(risk, X):
    upwards = explain(risk, X).upwards()
    share = X["equity_holding_share"].to_numpy()
    known = ~np.isnan(share)
    column = SPEC.names.index("equity_holding_share")
    assert np.corrcoef(share[known], upwards[known, column])[0, 1] > 0.8


@pytest.mark.parametrize("form", ["cumulative", "latent"])
def test_of_ordered_classes_reasons_say_why_so_high_or_why_no_higher(form, X):
    ordered = ordered_risk(X, form)
    explanation = explain(ordered, X)
    assert explanation.form == form
    assert (
        explanation.values.shape[1] == len(ordered.margin_names) == {"cumulative": 2}.get(form, 1)
    )
    lowest, highest = (explanation.towards(np.full(len(X), k)).sum(axis=1) for k in (0, 2))
    lift = explanation.margins - explanation.base
    np.testing.assert_allclose(lowest, -lift[:, 0], atol=1e-6)
    np.testing.assert_allclose(highest, lift[:, -1], atol=1e-6)
    middle = explanation.towards(np.ones(len(X), dtype=int)).sum(axis=1)
    border = np.where(lift.mean(axis=1) >= 0, lift[:, 0], -lift[:, -1])
    np.testing.assert_allclose(middle, border, atol=1e-6)


@pytest.mark.parametrize("form", ["cumulative", "latent"])
def test_of_ordered_classes_upwards_points_to_the_later_ones(form, X):
    upwards = explain(ordered_risk(X, form), X).upwards()
    share = X["equity_holding_share"].to_numpy()
    known = ~np.isnan(share)
    column = SPEC.names.index("equity_holding_share")
    assert np.corrcoef(share[known], upwards[known, column])[0, 1] > 0.8
