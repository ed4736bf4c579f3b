"""Gates of fairness: what breaks one, what is none, and what dvc compares."""

import pytest

from src.models.bundle import Bundle
from src.models.calibration import identity
from src.models.fairness.gates import fairness_gates
from src.models.fairness.headline import headline
from src.models.gates import decide
from src.models.rule import BaseRate
from tests.support.models.grouped_customers import limits
from tests.support.models.known_causes import SPEC, base_rate, boosted, customers

BASE = base_rate("churn")


@pytest.fixture(scope="module")
def model():
    return boosted(customers(200), "churn", rounds=2)


def found(low=0.12, proxy=0.8, candidates=("lightgbm",)):
    """What the stage found: gender differs in selection, its proxies are strong."""
    entry = {"difference": {"value": 0.2, "low": low, "high": 0.3}}
    few = {"reason": "too few"}
    of_gender = {"selection_rate": entry, "true_positive_rate": few}
    gender = {
        "disparities": {"candidates": dict.fromkeys(candidates, of_gender)},
        "proxies": {"auroc": {"value": 0.82, "low": proxy, "high": 0.85}},
    }
    none = {"disparities": {"reason": "unknown"}, "proxies": {"reason": "unknown"}}
    return {"attributes": {"gender": gender, "age": none, "region": none}}


def judged(bundle, gates, candidate="lightgbm", **changes):
    made = fairness_gates(bundle, candidate, found(**changes), gates)
    return {gate.name: gate.held for gate in made}


def test_a_disparity_breaks_its_gate_where_its_interval_begins_above_the_limit(model):
    gates = limits(gender={"selection_rate": 0.1})
    assert judged(model, gates)["gender_selection_rate"] is False
    assert judged(model, gates, low=0.09)["gender_selection_rate"] is True


def test_a_limit_of_none_and_what_was_not_measured_are_no_gates(model):
    assert set(judged(model, limits())) == {"sensitive_features"}
    every = limits(gender={"true_positive_rate": 0.1}, age={"selection_rate": 0.1})
    assert set(judged(model, every)) == {"sensitive_features"}


def test_a_proxy_breaks_the_gate_of_those_that_read_the_features(model):
    gates = limits(gender={"proxy_auroc": 0.75})
    assert judged(model, gates)["gender_proxy_auroc"] is False
    assert judged(model, gates, proxy=0.7)["gender_proxy_auroc"] is True
    assert "gender_proxy_auroc" not in judged(BASE, gates, "base_rate")


def test_a_model_that_is_given_a_sensitive_attribute_breaks_a_gate(model):
    assert judged(model, limits())["sensitive_features"] is False  # the world's models know the age
    spec = SPEC.select([f.name for f in SPEC.features if not f.sensitive])
    innocent = Bundle(
        "churn", BASE.classes, BASE.wordings, spec, BaseRate(spec.names, (0.0,)), identity(1), {}
    )
    assert judged(innocent, limits(), "base_rate")["sensitive_features"] is True


def test_a_broken_gate_holds_the_model_back_for_the_best_baseline(model):
    gates = limits(gender={"selection_rate": 0.1})
    figure = {"auroc": {"value": 0.8, "low": 0.7, "high": 0.9}}
    metrics = {
        "class_shares": {"stays": 0.9, "churns": 0.1},
        "primary": {"name": "auroc"},
        "candidates": {"lightgbm": figure, "base_rate": figure},
        "paired": {"base_rate": {}},
        "winner": "lightgbm",
        "reason": "It is better.",
    }
    of_model = [
        g
        for g in fairness_gates(model, "lightgbm", found(), gates)
        if g.name != "sensitive_features"
    ]
    decision = decide(metrics, {"lightgbm": of_model, "base_rate": []})
    assert decision["served"] == "base_rate"
    assert "gender_selection_rate 0.12 above 0.1" in decision["reason"]


def test_what_dvc_compares_is_what_was_measured():
    assert headline(found(), "lightgbm") == {
        "gender": {"selection_rate_difference": 0.2, "proxy_auroc": 0.82},
        "age": {},
        "region": {},
    }
