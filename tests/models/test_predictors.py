from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from src.core.errors import ModelError
from src.models.baselines import fit_base_rate, fit_one_rule, fit_rule
from src.models.boosted import LightGBM
from src.models.calibration import link
from src.models.fit import Machine, fit_all
from src.models.fit_logistic import logistic_of, prepare
from src.models.predictors import Predictor, load_predictor
from src.models.recipes import UNTUNED
from tests.support.models.synthetic_tasks import table

KINDS = ("lightgbm", "logistic", "rule", "base_rate")


@cache
def predictor(kind: str, classes: int) -> Predictor:
    rows = table(classes=classes)
    if kind == "lightgbm":
        return fit_all(rows, UNTUNED, Machine(1, 1, 10, 5), rounds=10)
    if kind == "logistic":
        return logistic_of(rows, 0.1)
    if kind == "rule":
        return fit_rule(rows, 2)
    return fit_base_rate(rows)


@pytest.mark.parametrize("classes", [2, 3, 4])
@pytest.mark.parametrize("kind", KINDS)
def test_contributions_add_up_to_the_margins(kind, classes):
    X = table(rows=200, classes=classes, seed=5).X
    X[0] = np.nan
    model = predictor(kind, classes)
    contributions, margins = model.contributions(X), model.margins(X)
    assert margins.shape == (200, 1 if classes == 2 else classes)
    assert contributions.shape == (*margins.shape, X.shape[1] + 1)
    assert np.abs(contributions.sum(axis=2) - margins).max() < 1e-6


@pytest.mark.parametrize("classes", [2, 3, 4])
@pytest.mark.parametrize("kind", KINDS)
def test_a_model_read_back_from_its_file_is_the_same_to_the_bit(kind, classes, tmp_path):
    model = predictor(kind, classes)
    model.to_files(tmp_path)
    again = load_predictor(kind, tmp_path)
    X = table(rows=50, classes=classes, seed=6).X
    assert np.array_equal(model.margins(X), again.margins(X))
    assert np.array_equal(model.contributions(X), again.contributions(X))
    assert model.features == again.features


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_alone_gets_what_it_gets_among_others(kind):
    X = table(rows=30, classes=3, seed=7).X
    model = predictor(kind, 3)
    alone = np.vstack([model.margins(row[None]) for row in X])
    assert np.allclose(alone, model.margins(X), rtol=0, atol=1e-9)


def test_training_twice_gives_the_same_bytes_whatever_the_threads():
    rows = table(rows=800, classes=3)
    first, second = (fit_all(rows, UNTUNED, Machine(1, 1, 10, 5), 10) for _ in range(2))
    two_threads = fit_all(rows, UNTUNED, Machine(1, 2, 10, 5), 10)
    assert first.text == second.text
    assert np.array_equal(first.margins(rows.X), two_threads.margins(rows.X))


def test_the_logistic_agrees_with_scikit_learn():
    rows = table(classes=3)
    complete = np.nan_to_num(rows.X)
    rows = type(rows)(complete, rows.y, rows.names, 3)
    ours = logistic_of(rows, 0.1)
    prepared = prepare(complete).apply(complete)
    theirs = LogisticRegression(C=0.1, max_iter=600).fit(prepared, rows.y)
    assert np.allclose(link(ours.margins(complete)), theirs.predict_proba(prepared), atol=1e-3)


def test_classes_without_a_row_stay_possible_but_unlikely():
    rows = table(classes=4)
    for present in ([0, 1], [0, 1, 3]):
        some = rows.take(np.flatnonzero(np.isin(rows.y, present)))
        for model in (logistic_of(some, 0.1), fit_rule(some, 2), fit_base_rate(some)):
            p = link(model.margins(some.X))
            assert (p > 0).all()
            absent = [c for c in range(4) if c not in present]
            assert p[:, absent].max() < 0.05


def test_a_rule_gives_each_bin_its_smoothed_shares():
    rows = table(classes=2)
    rule = fit_rule(rows, 2)
    p = link(rule.margins(rows.X))[:, 1]
    share = rows.y.mean()
    for level in np.unique(p):
        inside = p == level
        smoothed = (rows.y[inside].sum() + 5 * share) / (inside.sum() + 5)
        assert level == pytest.approx(smoothed, abs=2e-3)
    assert rule.base[0] == pytest.approx(rule.margins(rows.X).mean())


def test_the_one_rule_takes_the_feature_that_says_most():
    rows = table(rows=2000, classes=2)
    assert fit_one_rule(rows, np.arange(1000), np.arange(1000, 2000)).feature == rows.names[2]


@pytest.mark.parametrize("classes", [2, 4])
def test_a_rule_with_a_direction_moves_one_way_over_its_bins(classes):
    rows = table(rows=3000, classes=classes, seed=4)
    held = fit_rule(replace(rows, directions=(0, 0, -1, 0, 0, 0, 0, 0)), 2)
    free = fit_rule(rows, 2)
    for rule, wrong in ((held, False), (free, True)):
        above = link(np.array(rule.levels[:-1]))[:, ::-1].cumsum(axis=1)[:, :-1]
        assert ((np.diff(above, axis=0) > 1e-12).any()) == wrong


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(allow_nan=True, allow_infinity=False, width=32), min_size=1))
def test_preparation_gives_finite_numbers_for_any_column(values):
    X = np.array(values, dtype=np.float64)[:, None]
    assert np.isfinite(prepare(X).apply(X)).all()
    assert np.isfinite(prepare(X).apply(np.array([[np.nan], [1e300], [-1e300]]))).all()


def test_an_unknown_kind_and_a_damaged_model_are_refused(tmp_path):
    with pytest.raises(ModelError, match=r"unknown kind of model 'lightgb'.*'lightgbm'"):
        load_predictor("lightgb", tmp_path)
    with pytest.raises(ModelError, match=r"model\.txt: no such file"):
        load_predictor("lightgbm", tmp_path)
    with pytest.raises(ModelError, match="not a LightGBM text model"):
        LightGBM("tree\nnonsense")
    predictor("rule", 2).to_files(tmp_path)
    with pytest.raises(ModelError, match=r"model\.json: found kind 'rule'"):
        load_predictor("logistic", tmp_path)
