import json

import numpy as np
import pandas as pd
import pytest

from src.core.errors import ModelError
from src.core.params import EvaluateParams
from src.models.calibration import link, softmax
from src.models.evaluate import customer_draws, evaluate
from src.models.tables import by_month, confusion, deciles, reliability
from tests.support.models.synthetic_tasks import CLASSES

PARAMS = EvaluateParams(bootstrap=200, confidence=0.9)


def world(classes: int, customers: int = 200, strength: float = 2.0):
    """Test rows, what an informed and what an ignorant candidate say."""
    rng = np.random.default_rng(0)
    rows = pd.DataFrame(
        [(f"C{c}", t) for t in pd.date_range("2024-01-01", periods=2) for c in range(customers)],
        columns=["customer_id", "as_of"],
    )
    margins = strength * rng.normal(size=(len(rows), 1 if classes == 2 else classes))
    p = link(margins)
    labels = (rng.random(len(rows))[:, None] > np.cumsum(p, axis=1)).sum(axis=1)
    rows["label"] = labels.clip(max=classes - 1).astype(np.int64)
    base = np.tile(np.bincount(rows["label"], minlength=classes) / len(rows), (len(rows), 1))
    return rows, p, base


@pytest.mark.parametrize(
    ("classes", "lead"),
    [(2, "0.2759 (90% interval 0.2319 to 0.3155)"), (3, "0.3935 (90% interval 0.3262 to 0.4610)")],
)
def test_a_model_that_knows_more_wins(classes, lead):
    rows, p, base = world(classes)
    found = evaluate("churn", CLASSES[classes], rows, {"lightgbm": p, "base_rate": base}, PARAMS, 1)
    assert found["winner"] == "lightgbm"
    assert found["paired"]["base_rate"]["better"]
    assert found["paired"]["base_rate"]["low"] > 0
    assert found["reason"] == f"lightgbm is better in log_loss than base_rate by {lead}."
    for yardsticks in found["candidates"].values():
        for figure in yardsticks.values():
            assert figure["low"] <= figure["high"]
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize("classes", [2, 3])
def test_a_model_that_is_only_as_good_leaves_the_place_to_the_best_baseline(classes):
    rows, p, base = world(classes)
    candidates = {"lightgbm": p, "base_rate": base, "logistic": p.copy()}
    found = evaluate("churn", CLASSES[classes], rows, candidates, PARAMS, 1)
    assert found["winner"] == "logistic"
    assert found["reason"].startswith(
        "lightgbm is not significantly better in log_loss than logistic: "
    )
    assert found["reason"].endswith(" The best baseline, logistic, is chosen.")
    assert found["paired"]["logistic"]["value"] == 0


def test_the_paired_difference_is_narrower_than_the_single_intervals():
    rows, p, base = world(2)
    noisy = 0.9 * p + 0.1 * base
    found = evaluate("churn", CLASSES[2], rows, {"lightgbm": p, "x": noisy[:, ::1]}, PARAMS, 1)
    single = found["candidates"]["x"]["log_loss"]
    paired = found["paired"]["x"]
    assert paired["high"] - paired["low"] < single["high"] - single["low"]


def test_the_same_seed_gives_the_same_figures():
    rows, p, base = world(2)
    candidates = {"lightgbm": p, "base_rate": base}
    first, second, other = (
        evaluate("churn", CLASSES[2], rows, candidates, PARAMS, seed) for seed in (1, 1, 2)
    )
    assert first == second
    assert first != other


def test_draws_take_customers_whole_and_as_many_as_there_are():
    customers = pd.Series(["a", "b", "a", "c", "b"])
    weights = np.vstack(list(customer_draws(customers, 250, 3)))
    assert weights.shape == (250, 5)
    assert (weights[:, 0] == weights[:, 2]).all()
    assert (weights[:, 1] == weights[:, 4]).all()
    assert (weights[:, [0, 1, 3]].sum(axis=1) == 3).all()
    assert weights[:, 0].mean() == pytest.approx(1, abs=0.2)


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    hits = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        labels = (rng.random(300) < 0.3).astype(np.int64)
        rows = pd.DataFrame({"customer_id": np.arange(300), "as_of": 0, "label": labels})
        p = np.tile([0.7, 0.3], (300, 1))
        found = evaluate("churn", CLASSES[2], rows, {"lightgbm": p, "b": p}, PARAMS, seed)
        brier = found["candidates"]["b"]["brier"]
        hits += brier["low"] <= 0.21 <= brier["high"]
    assert 45 <= hits <= 60


def test_test_rows_without_positives_are_refused_with_the_counts():
    rows, p, base = world(2)
    none = rows.assign(label=0)
    with pytest.raises(ModelError, match=r"churn: test rows: the 400 rows .*churns: 0"):
        evaluate("churn", CLASSES[2], none, {"lightgbm": p, "base_rate": base}, PARAMS, 1)
    with pytest.raises(ModelError, match="expected lightgbm and at least one baseline"):
        evaluate("churn", CLASSES[2], rows, {"lightgbm": p}, PARAMS, 1)


def test_a_class_without_test_rows_is_no_obstacle_for_ordinal_tasks():
    rows, p, base = world(3)
    two = rows.assign(label=rows["label"].clip(upper=1))
    found = evaluate("value_tier", CLASSES[3], two, {"lightgbm": p, "b": base}, PARAMS, 1)
    assert found["class_shares"]["high"] == 0
    json.dumps(found, allow_nan=False)


def test_tables_account_for_every_row():
    rows, p, _ = world(3)
    labels = rows["label"].to_numpy()
    assert confusion(CLASSES[3], labels, p)["rows"].sum() == 400
    found = reliability(CLASSES[3], labels, p, bins=5)
    assert (found.groupby("class")["rows"].sum() == 400).all()
    inside = (found["low"] <= found["frequency"]) & (found["frequency"] <= found["high"])
    assert inside.all()
    tens = deciles(labels, p)
    assert tens["rows"].tolist() == [40] * 10
    assert tens["positives"].sum() == (labels == 2).sum()
    assert tens["captured"].iloc[-1] == pytest.approx(1)
    assert tens["lift"].iloc[0] == pytest.approx(tens["rate"].iloc[0] / (labels == 2).mean())
    months = by_month(rows["as_of"], CLASSES[3], labels, p)
    assert months["rows"].tolist() == [200, 200]
    halves = [slice(0, 200), slice(200, 400)]
    losses = [-np.log(p[half][np.arange(200), labels[half]]).mean() for half in halves]
    assert months["log_loss"].tolist() == pytest.approx(losses, rel=1e-12)


def test_a_month_of_one_class_has_no_figures():
    p = softmax(np.zeros((4, 2)))
    as_of = pd.Series([1, 1, 2, 2])
    months = by_month(as_of, CLASSES[2], np.array([0, 1, 0, 0]), p)
    assert np.isfinite(months["auroc"][0])
    assert np.isnan(months["auroc"][1])
