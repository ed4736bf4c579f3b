"""A declared direction holds for every row: the chance of lying above each border never falls when
the feature rises (or never rises, where the direction is -1)."""

from dataclasses import replace

import numpy as np
import pytest

from src.models.choice import cost_of_directions
from src.models.fit import Machine, Recipe
from src.models.recipes import UNTUNED
from src.models.search import search
from src.models.train import TaskRows, train_task
from tests.support.models.synthetic_tasks import PARAMS, panel, policy_of, table

MACHINE = Machine(1, 1, 30, 5)
# of the features that drive the classes one is declared as it is, one against it
DECLARED = {"inflow_sum_30d": 1, "inflow_sum_32d": -1}


def trained(tmp_path, classes, forms):
    features, labels, spec = panel(classes=classes, customers=200)
    task = "churn" if classes == 2 else "value_tier"
    declared = type(spec)(
        f.model_copy(update={"direction": {task: DECLARED[f.name]}}) if f.name in DECLARED else f
        for f in spec.features
    )
    space = PARAMS.space.model_copy(update={"forms": forms})
    params = PARAMS.model_copy(update={"space": space})
    rows = TaskRows(features, labels, declared)
    return features, train_task(rows, policy_of(classes), params, 3, tmp_path / "study.db")


def wrong_steps(bundle, features, name, direction, rows=60, points=15):
    """The largest step of a cumulative chance against the direction, each row scanned alone."""
    known = features[name].dropna()
    grid = np.unique(np.concatenate([np.quantile(known, np.linspace(0, 1, points)), [-1e9, 1e9]]))
    base = features.iloc[:rows]
    ladder = [bundle.probabilities(base.assign(**{name: value})) for value in grid]
    above = np.stack(ladder)[:, :, ::-1].cumsum(axis=2)[:, :, :-1]
    return float((-direction * np.diff(above, axis=0)).max())


@pytest.mark.parametrize(
    ("classes", "forms"),
    [(2, ("latent",)), (4, ("cumulative",)), (4, ("latent",)), (3, ("multiclass", "cumulative"))],
)
def test_no_candidate_violates_a_declared_direction(classes, forms, tmp_path):
    features, result = trained(tmp_path, classes, forms)
    for bundle in result.candidates.values():
        scanned = [name for name in DECLARED if name in bundle.spec.names]
        assert scanned == ["inflow_sum_30d", "inflow_sum_32d"]
        for name in scanned:
            assert wrong_steps(bundle, features, name, DECLARED[name]) <= 1e-9
    model = result.candidates["lightgbm"]
    assert model.form in ("binary", *forms)
    assert model.form != "multiclass"


def test_the_scan_finds_what_an_unconstrained_model_does(tmp_path):
    features, labels, spec = panel(classes=2, customers=200)
    rows = TaskRows(features, labels, spec)
    result = train_task(rows, policy_of(2), PARAMS, 3, tmp_path / "study.db")
    for name in ("lightgbm", "logistic", "one_rule"):
        assert wrong_steps(result.candidates[name], features, "inflow_sum_32d", -1) > 0.01


def test_the_cost_is_the_difference_in_out_of_fold_log_loss():
    rows = replace(table(rows=1500), directions=(0, 0, -1, 0, 0, 0, 0, 0))
    found = cost_of_directions(rows, np.arange(1500) % 2, Recipe(UNTUNED.growth), MACHINE)
    # the classes rise with the third feature: to hold the opposite must cost
    assert found["cost"] == found["log_loss_held"] - found["log_loss_free"] > 0.05
    assert found["features"] == 1
    assert cost_of_directions(rows.free(), np.arange(1500) % 2, UNTUNED, MACHINE) == {}


def test_a_form_without_order_is_tried_only_where_nothing_is_declared(tmp_path):
    params = PARAMS.model_copy(update={"trials": 8, "max_rounds": 5})
    free, places = table(classes=3), np.arange(600) % 2
    held = replace(free, directions=(1, 0, 0, 0, 0, 0, 0, 0))
    tried = {
        name: set(search("value_tier", t, places, params, 1, tmp_path / "s.db").trials["form"])
        for name, t in (("free", free), ("held", held))
    }
    assert tried["free"] == {"multiclass", "cumulative", "latent"}
    assert tried["held"] == {"cumulative", "latent"}
