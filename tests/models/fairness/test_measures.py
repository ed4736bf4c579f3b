"""Each measure as fairlearn has it and in the form that is resampled."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import brier_score_loss

from src.models.fairness.measures import measures_of, placed
from src.models.fairness.points import metric_frame
from tests.support.models.grouped_customers import judged_rows

MEASURES = [(k, m) for k in (2, 4) for m in measures_of(k)]


@pytest.mark.parametrize(("classes", "measure"), MEASURES, ids=lambda x: getattr(x, "name", x))
def test_what_is_resampled_is_what_fairlearn_computes(classes, measure):
    rows, p = judged_rows(["f", "m", "x"], classes=classes)
    done = placed(rows["label"].to_numpy(), p)
    frame = metric_frame(measure, done, rows["gender"])
    among, over = measure.among(done), measure.over(done)
    assert among.sum() > 0
    for group, found in frame.by_group[measure.name].items():
        of_group = (rows["gender"] == group).to_numpy() & among
        assert found == pytest.approx(over[of_group].mean(), abs=1e-12)


def test_the_brier_score_is_that_of_scikit_learn():
    rows, p = judged_rows(["f", "m"])
    done = placed(rows["label"].to_numpy(), p)
    brier = next(m for m in measures_of(2) if m.name == "brier")
    expected = brier_score_loss(rows["label"], p[:, 1])
    assert brier.over(done).mean() == pytest.approx(expected)


def test_who_is_selected_follows_the_costs_of_the_decisions():
    p = np.array([[0.9, 0.1], [0.8, 0.2], [0.4, 0.6]])
    labels = np.zeros(3, dtype=np.int64)
    assert placed(labels, p).selected.tolist() == [False, False, True]
    assert placed(labels, p, ((0, 1), (5, 0))).selected.tolist() == [False, True, True]


def test_of_more_classes_whoever_is_placed_above_the_lowest_is_selected():
    p = np.array([[0.6, 0.3, 0.1], [0.3, 0.4, 0.3], [0.1, 0.2, 0.7]])
    done = placed(np.array([1, 1, 1]), p)
    assert done.selected.tolist() == [False, True, True]
    assert done.too_low.tolist() == [True, False, False]
    assert done.too_high.tolist() == [False, False, True]
    assert done.probability == pytest.approx([0.4, 0.7, 0.9])


def test_a_part_of_the_rows_keeps_all_its_columns():
    rows, p = judged_rows(["f"], per_group=5)
    done = placed(rows["label"].to_numpy(), p)
    kept = np.arange(len(rows)) % 2 == 0
    part = done.of(kept)
    pd.testing.assert_series_equal(pd.Series(part.probability), pd.Series(done.probability[kept]))
    assert (part.selected == done.selected[kept]).all()
