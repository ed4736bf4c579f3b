import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from src.core.errors import ModelError
from src.core.params import EvaluateParams
from src.models.calibration import softmax
from src.models.conformal import quantile_with_guarantee
from src.models.decision import decide
from src.models.prediction_sets import PredictionSets, fit_sets, strangeness
from src.models.set_figures import judge_sets


def ordered(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities of four classes, the last one rare, and labels drawn from them after a shift
    that makes the probabilities too sure."""
    rng = np.random.default_rng(seed)
    score = rng.normal(0, 2, size=(rows, 1))
    true = softmax(-0.5 * (score - np.array([-2.0, 0.0, 2.0, 6.0])) ** 2)
    labels = (rng.random(rows)[:, None] > true.cumsum(axis=1)).sum(axis=1).clip(max=3)
    return softmax(1.8 * np.log(np.maximum(true, 1e-9))), labels


COSTS = ((0.0, 1.0, 2.0, 3.0), (2.0, 0.0, 1.0, 2.0), (4.0, 2.0, 0.0, 1.0), (6.0, 4.0, 2.0, 0.0))


@pytest.mark.parametrize("costs", [(), COSTS])
def test_sets_hold_the_class_as_often_as_stated_whatever_was_decided(costs):
    sets = fit_sets(*ordered(8000, 0), 0.9, costs)
    p, labels = ordered(30_000, 1)
    decided = decide(p, costs)
    held = sets.members(p, decided)[np.arange(len(p)), labels]
    right = decided == labels
    for c in range(4):
        said = decided == c
        # never much less than stated; more only where the decision alone is right more often
        assert held[said].mean() > 0.88
        assert held[said].mean() < max(0.93, right[said].mean() + 1e-9)


def test_a_decision_that_is_right_often_enough_stands_alone_and_a_doubtful_one_does_not():
    rng = np.random.default_rng(0)
    churning = rng.beta(0.3, 6, size=20_000)
    p, labels = np.column_stack([1 - churning, churning]), (rng.random(20_000) < churning) * 1
    costs = ((0.0, 1.0), (5.0, 0.0))
    sets = fit_sets(p, labels, 0.9, costs)
    size = sets.members(p, decide(p, costs)).sum(axis=1)
    called = decide(p, costs) == 1
    assert (size[~called] == 1).all()
    assert size[called].mean() > 1.8


chances = st.lists(st.floats(0.001, 1.0), min_size=4, max_size=4)


@settings(max_examples=60, deadline=None)
@given(st.lists(chances, min_size=1, max_size=10), chances, st.integers(0, 3))
def test_a_set_has_no_gap_and_holds_the_decided_class(rows, thresholds, decided):
    p = np.array(rows) / np.sum(rows, axis=1, keepdims=True)
    chosen = np.full(len(p), decided)
    members = PredictionSets(0.9, tuple(thresholds)).members(p, chosen)
    assert members[:, decided].all()
    for row in members:
        inside = np.flatnonzero(row)
        assert len(inside) == inside[-1] - inside[0] + 1


@settings(max_examples=60, deadline=None)
@given(chances, st.floats(0.0, 1.0))
def test_the_strangeness_is_that_of_the_least_span_which_reaches_the_class(row, level):
    p = np.array(row) / np.sum(row)
    likely = np.flatnonzero(p >= 1.0 - level)
    span = range(likely[0], likely[-1] + 1) if len(likely) else range(0)
    inside = np.flatnonzero(strangeness(p[None])[0] <= level)
    assert set(inside) == set(span)


def test_the_quantile_is_the_one_that_the_guarantee_asks_for():
    scores = np.arange(1.0, 20.0)  # 19 of them
    assert quantile_with_guarantee(scores, 0.9) == 18.0
    assert quantile_with_guarantee(scores, 0.95) == 19.0
    assert quantile_with_guarantee(scores, 0.96) == np.inf


def test_what_was_decided_for_too_few_rows_to_tell_comes_with_every_class():
    p, labels = ordered(500, 3)
    decided = p.argmax(axis=1)
    kept = np.setdiff1d(np.arange(500), np.flatnonzero(decided == 2)[3:])
    sets = fit_sets(p[kept], labels[kept], 0.9)
    assert sets.members(p, decided)[decided == 2].all()


def test_sets_come_back_from_their_file_and_damaged_ones_are_refused(tmp_path):
    assert PredictionSets.from_files(tmp_path) is None
    sets = fit_sets(*ordered(500, 4), 0.8)
    sets.to_files(tmp_path)
    assert PredictionSets.from_files(tmp_path) == sets
    (tmp_path / "sets.json").write_text('{"coverage": 0.9}')
    with pytest.raises(ModelError, match=r"KeyError\('thresholds'\)"):
        PredictionSets.from_files(tmp_path)


def test_figures_tell_coverage_and_size_of_all_and_of_each_segment():
    p, labels = ordered(3000, 5)
    sets = fit_sets(*ordered(6000, 0), 0.9)
    decided = p.argmax(axis=1)
    members = sets.members(p, decided)
    rows = pd.DataFrame(
        {
            "customer_id": [f"C{place // 3}" for place in range(3000)],
            "as_of": np.tile(pd.to_datetime(["2025-01-01", "2025-02-01", "2025-03-01"]), 1000),
            "label": labels,
        }
    )
    age = np.where(np.arange(3000) < 2900, np.arange(3000.0), np.nan)
    found = judge_sets(
        sets,
        members,
        decided,
        rows,
        "abcd",
        {"age_years": age},
        EvaluateParams(bootstrap=50, confidence=0.9),
        1,
    )
    held = members[np.arange(3000), labels]
    assert found["covered"]["value"] == held.mean()
    assert found["covered"]["low"] < held.mean() < found["covered"]["high"]
    parts = {(part["segment"], part["value"]): part for part in found["segments"]}
    assert parts["actual", "b"]["covered"]["value"] == held[labels == 1].mean()
    assert parts["as_of", "2025-02-01"]["rows"] == 1000
    assert parts["age_years", "unknown"]["rows"] == 100
    assert parts["decided", "a"]["several"] == (members[decided == 0].sum(axis=1) > 1).mean()


def test_of_a_test_with_few_rows_the_whole_is_told_and_no_segment():
    p, labels = ordered(20, 5)
    sets = fit_sets(*ordered(6000, 0), 0.9)
    decided = p.argmax(axis=1)
    rows = pd.DataFrame({"customer_id": [f"C{place}" for place in range(20)], "label": labels})
    rows["as_of"] = pd.Timestamp("2025-01-01")
    judge = EvaluateParams(bootstrap=50, confidence=0.9)
    found = judge_sets(sets, sets.members(p, decided), decided, rows, "abcd", {}, judge, 1)
    assert found["rows"] == 20
    assert found["segments"] == []
