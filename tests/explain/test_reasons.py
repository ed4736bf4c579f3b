"""Reasons name what the model used, differ from each other, and never name what policy forbids."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from src.core.taxonomy import Wording
from src.explain.reasons import batch_reasons, top_reasons, without_reasons
from src.explain.values import explain
from tests.support.models.known_causes import (
    AGE,
    COUNT,
    DEPENDANTS,
    EQUITY_SHARE,
    OUT_30,
    OUT_90,
    RECENCY,
    SPEC,
    base_rate,
    rule,
)


def predicted(bundle, X):
    return bundle.probabilities(X).argmax(axis=1)


def test_reasons_name_the_true_causes(churn, risk, X):
    leaving = X.fillna(X.median()).head(1).assign(**{OUT_90: 5e5, OUT_30: 1.6e5, RECENCY: 120.0})
    [reasons] = batch_reasons(churn, leaving, [1], 2)
    assert [reason.feature for reason in reasons] == [RECENCY, OUT_90]
    assert all(reason.direction == "raises" for reason in reasons)

    daring = X.fillna(X.median()).head(1).assign(**{EQUITY_SHARE: 0.97})
    [reasons] = batch_reasons(risk, daring, [2], 1)
    assert reasons[0].feature == EQUITY_SHARE
    assert reasons[0].direction == "raises"


def test_the_first_reason_is_a_true_cause_for_nearly_every_customer(risk, X):
    firsts = [reasons[0].feature for reasons in batch_reasons(risk, X, predicted(risk, X), 1)]
    assert np.mean([name == EQUITY_SHARE for name in firsts]) > 0.9


def test_sensitive_features_are_never_named_though_the_model_uses_them(churn, risk, X):
    for bundle in (churn, risk):
        explanation = explain(bundle, X)
        column = SPEC.names.index(AGE)
        assert np.abs(explanation.values[:, :, column]).max() > 0.1
        for reasons in batch_reasons(bundle, X, predicted(bundle, X), len(SPEC)):
            assert AGE not in {reason.feature for reason in reasons}


def test_only_factors_that_contributed_are_named(model, X):
    explanation = explain(model, X)
    classes = predicted(model, X)
    towards = explanation.towards(classes)
    for i, reasons in enumerate(batch_reasons(model, X, classes, len(SPEC))):
        for reason in reasons:
            exact = towards[i, SPEC.names.index(reason.feature)]
            assert reason.contribution == exact != 0
            assert reason.direction == ("raises" if exact > 0 else "lowers")
            assert reason.share == pytest.approx(abs(exact) / np.abs(towards[i]).sum())


def test_values_are_the_customers_own(churn, X):
    for i, reasons in enumerate(batch_reasons(churn, X, predicted(churn, X), 3)):
        for reason in reasons:
            np.testing.assert_equal(reason.value, X[reason.feature].iloc[i])


def test_no_two_reasons_come_from_one_group_while_another_weighs_in(churn):
    row = np.arange(7.0)
    shares = np.array([0.5, 0.4, 0.3, 0.2, 0.1, 0.0, 0.0])
    names = [r.feature for r in top_reasons(churn, row, shares, 3)]
    assert names == [OUT_90, RECENCY, EQUITY_SHARE]


def test_too_few_groups_are_filled_up_by_weight(churn):
    row = np.arange(7.0)
    shares = np.array([0.5, 0.4, 0.3, 0.0, 0.0, 0.0, 0.0])
    assert [r.feature for r in top_reasons(churn, row, shares, 3)] == [OUT_90, OUT_30, RECENCY]


def test_a_slight_factor_does_not_displace_a_weighty_one(churn):
    row = np.arange(7.0)
    shares = np.array([0.5, 0.4, 0.3, 0.0, 0.0, 0.0, 0.001])
    names = [r.feature for r in top_reasons(churn, row, shares, 3)]
    assert DEPENDANTS not in names


def test_fewer_factors_than_asked_for_give_fewer_reasons(X):
    one_rule = rule("churn")
    for reasons in batch_reasons(one_rule, X, predicted(one_rule, X), 3):
        assert [reason.feature for reason in reasons] == [RECENCY]
        assert reasons[0].share == 1.0


def test_the_base_rate_has_no_individual_reasons_and_says_so(X, task):
    flat = base_rate(task)
    assert batch_reasons(flat, X.head(3), predicted(flat, X.head(3)), 3) == [[], [], []]
    assert without_reasons(flat) == Wording(
        zh="没有个体化原因:模型即总体基准概率,对所有客户相同。",
        en="No individual reasons: the model is the base rate, the same for every customer.",
    )


def test_a_model_that_says_nothing_of_a_customer_says_so(churn):
    assert top_reasons(churn, np.zeros(7), np.zeros(7), 3) == []
    assert without_reasons(churn) == Wording(
        zh="没有突出原因:该客户的各项因素均未使结果偏离平均水平。",
        en="No reason stands out: nothing known of this customer moves the score from the average.",
    )


def test_the_words_hold_factor_value_direction_class_and_weight_in_both_languages(churn):
    row = np.array([1234567.0, 1.0, 12.0, 0.25, float("nan"), 50.0, 2.0])
    shares = np.array([0.5, 0.0, -0.3, 0.0, 0.2, 0.0, 0.0])
    first, second = top_reasons(churn, row, shares, 2, "churns", "CNY")
    assert first.en == (
        "Money out, 90 days: CNY 1,234,567; this raises the probability of “Churns” "
        "(50% of all influences)"
    )
    assert first.zh == "近90天流出:1,234,567 元,提高“流失”的可能性(占全部影响的 50%)"
    assert second.en == (
        "Days since the last movement: 12 days; this lowers the probability of “Churns” "
        "(30% of all influences)"
    )
    assert second.zh == "距上次交易天数:12 天,降低“流失”的可能性(占全部影响的 30%)"


def test_an_unknown_value_is_called_unknown(churn):
    row = np.full(7, np.nan)
    shares = np.array([0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0])
    [reason] = top_reasons(churn, row, shares, 1, "churns")
    assert reason.feature == COUNT
    assert reason.en == (
        "Count: unknown; this raises the probability of “Churns” (100% of all influences)"
    )
    assert reason.zh == "笔数:未知,提高“流失”的可能性(占全部影响的 100%)"


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.floats(-5, 5, allow_subnormal=False), min_size=7, max_size=7),
    st.integers(0, 7),
)
def test_reasons_are_distinct_allowed_and_by_falling_weight(shares, count):
    bundle = rule("churn")
    reasons = top_reasons(bundle, np.zeros(7), np.array(shares), count)
    names = [reason.feature for reason in reasons]
    weights = [abs(reason.contribution) for reason in reasons]
    assert len(names) == len(set(names)) <= count
    assert weights == sorted(weights, reverse=True)
    assert AGE not in names
