"""Declared directions are measured on the model, not taken on trust."""

import lightgbm as lgb
import pandas as pd
import pytest

from src.explain.constraints import observed_directions
from src.models.boosted import LightGBM
from tests.support.models.known_causes import (
    EQUITY_SHARE,
    OUT_30,
    OUT_90,
    RECENCY,
    SPEC,
    bundle,
    outcomes,
    rule,
)


def test_only_declared_features_are_measured(churn, risk, X):
    assert [d.name for d in observed_directions(churn, X)] == [OUT_90, OUT_30, RECENCY]
    assert [d.name for d in observed_directions(risk, X)] == [EQUITY_SHARE]


def test_an_unconstrained_model_shows_its_steps_against_the_declaration(churn, X):
    found = {d.name: d for d in observed_directions(churn, X)}
    assert [name for name, d in found.items() if not d.holds] == [OUT_90, OUT_30, RECENCY]
    assert all(0 < d.against <= 1 and d.largest > 0 for d in found.values())


def test_a_constrained_model_holds_at_every_step(X):
    constraints = [SPEC[name].direction.get("churn", 0) for name in SPEC.names]
    params = {
        "objective": "binary",
        "monotone_constraints": constraints,
        "verbose": -1,
        "num_threads": 1,
    }
    booster = lgb.train(params, lgb.Dataset(X, outcomes(X, "churn")), 30)
    constrained = bundle(LightGBM(booster.model_to_string()), "churn")
    found = observed_directions(constrained, X)
    assert [(d.name, d.holds, d.against) for d in found] == [
        (name, True, 0) for name in (OUT_90, OUT_30, RECENCY)
    ]


def test_a_rule_against_the_declaration_is_caught(X):
    falling = rule("churn")
    levels = ((2.0,), (1.0,), (0.0,), (0.0,))
    turned = bundle(
        type(falling.predictor)(SPEC.names, RECENCY, (10.0, 40.0), levels, (1.0,)), "churn"
    )
    found = {d.name: d for d in observed_directions(turned, X)}
    assert not found[RECENCY].holds
    assert found[OUT_90].holds


def test_a_feature_without_any_value_is_left_out(churn, X):
    empty = X.assign(**{OUT_90: float("nan")})
    assert OUT_90 not in [d.name for d in observed_directions(churn, empty)]


@pytest.mark.parametrize("value", [0.0, 5.0])
def test_a_feature_of_one_value_has_no_steps(churn, X, value):
    flat = pd.DataFrame(X).assign(**{OUT_90: value})
    found = {d.name: d for d in observed_directions(churn, flat)}
    assert found[OUT_90].steps == 0
    assert found[OUT_90].holds
