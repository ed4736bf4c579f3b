"""A month like the training window holds the gates; each kind of drift breaks its own."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

from src.core.errors import ModelError
from src.core.params import EvaluateParams
from src.core.params.operation import MonitorParams
from src.models.calibration import Scaling
from src.models.reference import build_reference, reference_from_json
from src.models.splits import split_rows
from src.models.watch import watch
from tests.models.test_bundle import bundle_of
from tests.support.models.synthetic_tasks import panel

EVALUATE = EvaluateParams(bootstrap=50, confidence=0.95)
PARAMS = MonitorParams(
    max_population_change=0.2,
    max_population_psi=0.25,
    max_feature_psi=0.25,
    max_drifted_features=0.2,
    ignored=[],
    max_score_psi=0.25,
    max_score_ks=0.2,
    max_expected_loss_rise=0.25,
    max_outcome_psi=0.25,
    max_calibration_error=0.05,
    min_matured_rows=50,
)


@pytest.fixture(scope="module")
def world():
    features, labels, _ = panel(customers=600, snapshots=9, features=8)
    age = 20 + features["customer_id"].str[1:].astype(int) % 50
    features = features.assign(arrival=features["customer_id"], age_years=age.astype(float))
    split = split_rows(labels, 60, 0.3, 2, 1)
    card = {"split": split.facts() | {"seed": 1, "test_share": 0.3}}
    bundle = dataclasses.replace(bundle_of("lightgbm", 2), card=card)
    made = build_reference(bundle, features, labels, {"log_loss": 0.5}, ["age_years"])
    stored = json.loads(json.dumps(made.to_json(), sort_keys=True))  # as the file keeps it
    return features, labels, bundle, reference_from_json(stored, "churn.json")


def look(world, change=lambda rows: rows, labels=None, bundle=None, before=None):
    features, _, own, reference = world
    month = features["as_of"].max()
    rows = change(features[features["as_of"] == month].reset_index(drop=True))
    none = pd.DataFrame({"customer_id": [], "arrival": [], "label": []})
    before = rows["customer_id"] if before is None else before
    given = none if labels is None else labels
    return watch(bundle or own, reference, rows, before, given, PARAMS, EVALUATE)


def broken(found):
    return {gate.name for gate in found.broken}


def test_a_month_like_the_window_holds_every_gate_and_the_reference_comes_back(world):
    found = look(world)
    assert not found.broken
    assert found.matured.rows == 0
    json.dumps(found.to_json(), allow_nan=False)
    reference = world[3]
    again = json.loads(json.dumps(reference.to_json()))
    assert reference_from_json(again, "x.json") == reference
    assert "C00001" not in json.dumps(again)
    with pytest.raises(ModelError, match=r"x\.json: KeyError\('population'\)"):
        reference_from_json({}, "x.json")


def test_features_that_moved_are_told_and_break_their_gate(world):
    names = list(world[2].spec.names)[:3]

    def moved(rows):
        return rows.assign(**{name: rows[name] * 3 + 5 for name in names})

    found = look(world, moved)
    assert broken(found) == {"drifted_features", "score_psi", "score_ks"}
    worst = sorted(found.features, key=lambda name: -found.features[name].excess)
    assert set(worst[:3]) == set(names)


def test_a_month_with_half_the_customers_breaks_the_population_gate(world):
    everyone = world[0]["customer_id"].drop_duplicates()
    found = look(world, lambda rows: rows.iloc[:300], before=everyone)
    assert broken(found) == {"population_change"}
    assert (found.population.newcomers, found.population.leavers) == (0, 300)


def test_a_month_of_older_customers_is_told_by_what_they_are_and_counts_against_the_window(world):
    found = look(world, lambda rows: rows.assign(age_years=rows["age_years"] + 15))
    assert broken(found) == {"population_psi"}
    assert found.population.composition["age_years"].psi > 0.25
    assert found.population.usual == found.population.customers == 600
    ignoring = PARAMS.model_copy(update={"ignored": ["age_years"]})
    assert found.population.shift(ignoring.ignored) == 0.0
    assert not look(world, lambda rows: rows.drop(columns="age_years")).population.composition


def test_matured_labels_are_judged_and_a_lost_calibration_is_seen(world):
    features, labels, bundle, _ = world
    month = labels["as_of"].max()
    came = labels[labels["as_of"] == month]
    rng = np.random.default_rng(0)
    rows = features[features["as_of"] == month]
    said = bundle.probabilities(rows)[:, 1]
    as_said = came.assign(label=(rng.random(len(came)) < said).astype(int))
    fair = look(world, labels=as_said)
    assert fair.matured.rows == 600
    assert broken(fair) == set()
    lost = dataclasses.replace(bundle, calibration=Scaling((0.9,), (1.8,)))
    wrong = look(world, labels=as_said, bundle=lost)
    assert broken(wrong) == {"calibration_error", "score_psi", "score_ks"}
    shares = world[3].outcomes
    base = shares["churns"] / sum(shares.values())
    usual = came.assign(label=(rng.random(len(came)) < base).astype(int))
    assert "outcome_psi" not in broken(look(world, labels=usual))
    others = as_said.assign(label=1)
    others.iloc[0, others.columns.get_loc("label")] = 0
    assert "outcome_psi" in broken(look(world, labels=others))


def test_of_a_month_that_the_model_learned_from_only_unseen_customers_are_judged(world):
    features, labels, bundle, reference = world
    month = features["as_of"].min()
    rows = features[features["as_of"] == month].reset_index(drop=True)
    came = labels[labels["as_of"] == month].drop(columns="as_of")
    found = watch(bundle, reference, rows, None, came, PARAMS, EVALUATE)
    unseen = set(labels[split_rows(labels, 60, 0.3, 2, 1).test]["customer_id"])
    assert found.matured.rows == rows["customer_id"].isin(unseen).sum() == 190
