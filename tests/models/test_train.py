from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from src.core.errors import ModelError
from src.core.params import EvaluateParams
from src.models.candidates import load_candidates, read_predictions, save_candidates
from src.models.evaluate import evaluate
from src.models.train import TaskRows, train_task
from tests.support.models.synthetic_tasks import CLASSES, PARAMS, panel, policy_of

NAMES = ["lightgbm", "base_rate", "one_rule", "logistic"]


def train(study, classes=2, change=None, params=PARAMS, costs=(), **sizes):
    features, labels, spec = panel(classes=classes, **sizes)
    if change:
        features, labels = change(features, labels)
    rows = TaskRows(features, labels, spec, {"features": "0123"})
    return train_task(rows, replace(policy_of(classes), costs=costs), params, 3, study)


def all_bytes(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("classes", [2, 4])
def test_two_runs_give_the_same_bytes(classes, tmp_path):
    for name in ("one", "two"):
        save_candidates(train(tmp_path / f"{name}.db", classes), tmp_path / name)
    assert all_bytes(tmp_path / "one") == all_bytes(tmp_path / "two")


@pytest.mark.parametrize("classes", [2, 4])
def test_candidates_read_back_predict_what_training_predicted(classes, tmp_path):
    trained = train(tmp_path / "study.db", classes)
    save_candidates(trained, tmp_path / "out")
    bundles = load_candidates(tmp_path / "out")
    assert list(trained.candidates) == NAMES
    assert set(bundles) == set(NAMES)
    rows, probabilities = read_predictions(tmp_path / "out", CLASSES[classes])
    features, _, _ = panel(classes=classes)
    X = rows.merge(features, on=["customer_id", "as_of"])
    for name, bundle in bundles.items():
        assert np.array_equal(bundle.probabilities(X), probabilities[name])
        assert bundle.card["provenance"] == {"data": {"features": "0123"}}
        assert bundle.version == trained.candidates[name].version
    judged = evaluate(
        trained.task,
        CLASSES[classes],
        rows,
        probabilities,
        EvaluateParams(bootstrap=50, confidence=0.9),
        1,
    )
    assert (
        judged["candidates"]["lightgbm"]["log_loss"]["value"]
        < (judged["candidates"]["base_rate"]["log_loss"]["value"])
    )


def test_rows_outside_development_change_no_model(tmp_path):
    def poisoned(features, labels):
        trained = train(tmp_path / "look.db")
        late = features["as_of"] > pd.Timestamp(trained.split.last_development)
        held = features["customer_id"].isin(set(trained.test["customer_id"]))
        changed = features.copy()
        changed.loc[late | held, changed.columns[2:]] = 1e12
        return changed, labels.assign(
            label=np.where(late | held, 1 - labels["label"], labels["label"])
        )

    plain = train(tmp_path / "one.db")
    other = train(tmp_path / "two.db", change=poisoned)
    for name in NAMES:
        assert plain.candidates[name].version == other.candidates[name].version


def test_constant_features_are_left_out_and_named(tmp_path):
    def constant(features, labels):
        return features.assign(inflow_sum_30d=7.0, inflow_sum_31d=np.nan), labels

    bundle = train(tmp_path / "study.db", change=constant).candidates["lightgbm"]
    assert bundle.card["features_unused"] == ["inflow_sum_30d", "inflow_sum_31d"]
    assert "inflow_sum_30d" not in bundle.spec.names


def test_a_target_of_one_class_and_labels_without_features_are_refused(tmp_path):
    with pytest.raises(ModelError, match=r"churn: development rows: .* too few classes"):
        train(tmp_path / "s.db", change=lambda f, y: (f, y.assign(label=0)))
    with pytest.raises(ModelError, match=r"labels have no features, such as customer 'C00000'"):
        train(tmp_path / "s.db", change=lambda f, y: (f[f["customer_id"] != "C00000"], y))
    with pytest.raises(ModelError, match=r"inflow_sum_33d of the spec are missing"):
        train(tmp_path / "s.db", change=lambda f, y: (f.drop(columns="inflow_sum_33d"), y))


def test_folders_without_candidates_are_refused(tmp_path):
    with pytest.raises(ModelError, match=r"baselines: no such folder"):
        load_candidates(tmp_path)


def test_the_card_says_on_how_many_rows_each_step_worked(tmp_path):
    few = PARAMS.model_copy(update={"max_rows": 200})
    found = {
        name: bundle.card["rows"]
        for name, bundle in train(tmp_path / "study.db", params=few).candidates.items()
    }
    development = found["base_rate"]["fit"]
    assert development > 400
    assert {rows["development"] for rows in found.values()} == {development}
    assert 100 < found["lightgbm"]["search"] <= 200
    assert 200 < found["lightgbm"]["calibration"] <= 400
    assert found["lightgbm"]["fit"] == development
    assert found["logistic"]["search"] == found["lightgbm"]["search"]
    assert found["logistic"]["fit"] == found["lightgbm"]["calibration"]


def test_costs_play_no_part_in_training(tmp_path):
    dear = ((0.0, 1.0), (50.0, 0.0))
    free, priced = (
        train(tmp_path / f"{len(costs)}.db", costs=costs).candidates for costs in ((), dear)
    )
    for name in NAMES:
        # they move the decision, and so the sets, which hold the decided class
        alike = replace(priced[name], sets=free[name].sets)
        assert alike.fingerprint == free[name].fingerprint, name
    assert priced["lightgbm"].costs == dear
