import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from src.core.errors import ModelError
from src.models.calibrate import (
    as_they_are,
    choose_calibration,
    fit_beta,
    fit_borders,
    fit_cumulative,
    fit_cut_points,
    fit_isotonic,
    fit_temperature,
    fit_vector_scaling,
)
from src.models.calibration import Beta, Isotonic, identity, link, softmax
from src.models.forms import form_of
from src.models.metrics import log_loss
from src.models.ordered_calibration import (
    Borders,
    Cumulative,
    CutPoints,
    calibration_from_json,
    in_order,
)


def binary(rows: int, factor: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Margins that are `factor` times too sure, and outcomes."""
    rng = np.random.default_rng(seed)
    true = rng.normal(-1, 1.5, size=rows)
    outcome = (rng.random(rows) < 1 / (1 + np.exp(-true))).astype(np.int64)
    return factor * true[:, None], outcome


def multiclass(rows: int, factor: float) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    true = rng.normal(0, 1.5, size=(rows, 3))
    p = np.cumsum(softmax(true), axis=1)
    return factor * true, (rng.random(rows)[:, None] > p).sum(axis=1).clip(max=2)


def ordered(rows: int, factor: float) -> tuple[np.ndarray, np.ndarray]:
    """One score that is `factor` times too sure, and classes by the cuts -1, 0.5 and 2."""
    rng = np.random.default_rng(0)
    true = rng.normal(0, 1.5, size=rows)
    labels = (true + rng.logistic(size=rows))[:, None] > np.array([-1.0, 0.5, 2.0])
    return factor * true[:, None], labels.sum(axis=1)


def test_cut_points_are_found_with_how_much_too_sure_the_score_is():
    margins, labels = ordered(8000, 2.0)
    found = fit_cut_points(margins, labels, 4)
    assert found.weight == pytest.approx(0.5, abs=0.03)
    assert found.cuts == pytest.approx([-1.0, 0.5, 2.0], abs=0.12)


def test_a_last_class_without_a_row_keeps_its_place_and_a_little_chance():
    margins, labels = ordered(500, 1.0)
    found = fit_cut_points(margins, np.minimum(labels, 2), 4)
    p = found.probabilities(margins)
    assert p.shape == (500, 4)
    assert 0 < p[:, 3].mean() < 0.02


def test_each_border_is_scaled_for_itself():
    score, labels = ordered(8000, 1.0)
    margins = np.hstack([score + 1.0, 3.0 * (score - 0.5), score - 2.0])
    found = fit_cumulative(margins, labels)
    assert found.weights == pytest.approx([1.0, 1 / 3, 1.0], abs=0.1)
    assert log_loss(labels, found.probabilities(margins)) < log_loss(
        labels, as_they_are(3).probabilities(margins)
    )


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.lists(st.floats(0.0, 1.0), min_size=3, max_size=3).map(tuple), min_size=1, max_size=20
    )
)
def test_crossing_chances_are_put_in_order_and_no_rise_is_turned(rows):
    exceeding = np.array(rows)
    p = in_order(exceeding)
    assert (p >= 0).all()
    assert np.allclose(p.sum(axis=1), 1)
    lifted = in_order(np.minimum(exceeding + 0.1, 1.0))
    above, higher = (q[:, ::-1].cumsum(axis=1)[:, :-1] for q in (p, lifted))
    assert (higher >= above - 1e-12).all()


@pytest.mark.parametrize("form", ["cumulative", "latent"])
def test_ordered_forms_choose_among_their_own_calibrations(form):
    score, labels = ordered(900, 2.0)
    margins = score if form == "latent" else np.hstack([score + 1, score - 0.5, score - 2])
    found, losses, unseen = choose_calibration(margins, labels, np.arange(900) % 3, form, 4)
    assert (found.margins, found.classes) == (margins.shape[1], 4)
    assert form_of(found) == form
    names = {"latent": {"cut_points"}, "cumulative": {"none", "platt"}}[form]
    assert set(losses) == names | {"beta", "isotonic"}
    assert all(np.isfinite(loss) for loss in losses.values())
    assert log_loss(labels, unseen) == min(losses.values())
    assert unseen.shape == (900, 4)


def test_platt_agrees_with_scikit_learn():
    margins, outcome = binary(2000, 2.5)
    ours = fit_vector_scaling(margins, outcome)
    theirs = LogisticRegression(C=np.inf).fit(margins, outcome)
    assert ours.weights[0] == pytest.approx(theirs.coef_[0, 0], abs=1e-3)
    assert ours.offsets[0] == pytest.approx(theirs.intercept_[0], abs=1e-3)


def test_temperature_finds_how_much_too_sure_the_margins_are():
    margins, labels = multiclass(4000, 3.0)
    found = fit_temperature(margins, labels)
    assert found.weights[0] == pytest.approx(1 / 3, abs=0.03)
    assert len(set(found.weights)) == 1
    assert set(found.offsets) == {0.0}


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(30, 400), st.floats(0.2, 5.0))
def test_every_binary_calibration_rises_with_the_margin(seed, rows, factor):
    margins, outcome = binary(rows, factor, seed)
    ladder = np.linspace(-12, 12, 200)[:, None]
    for fit in (fit_vector_scaling, fit_beta, fit_isotonic):
        p = fit(margins, outcome).probabilities(ladder)
        assert (np.diff(p[:, 1]) >= 0).all()
        assert np.allclose(p.sum(axis=1), 1)
        assert ((p >= 0) & (p <= 1)).all()


def test_a_class_gains_with_its_own_margin_under_vector_scaling():
    margins, labels = multiclass(500, 2.0)
    found = fit_vector_scaling(margins, labels)
    raised = margins + np.array([0.0, 0.5, 0.0])
    assert (found.probabilities(raised)[:, 1] > found.probabilities(margins)[:, 1]).all()


@pytest.mark.parametrize("world", [binary, multiclass])
def test_the_choice_is_no_worse_than_none_and_is_none_for_calibrated_margins(world):
    for factor in (1.0, 3.0):
        margins, labels = world(3000, factor)
        found, losses, _ = choose_calibration(margins, labels, np.arange(3000) % 3)
        assert log_loss(labels, found.probabilities(margins)) <= log_loss(labels, link(margins))
        assert min(losses.values()) <= losses["none"]
    # factor 3: something is chosen
    assert min(losses, key=lambda name: losses[name]) != "none"


def test_beta_finds_a_side_that_is_too_sure():
    rng = np.random.default_rng(0)
    margins = rng.normal(-1, 2, size=(20_000, 1))
    true = np.where(margins > 0, margins / 3, margins)[:, 0]
    outcome = (rng.random(20_000) < 1 / (1 + np.exp(-true))).astype(np.int64)
    beta, platt = fit_beta(margins, outcome), fit_vector_scaling(margins, outcome)
    losses = [log_loss(outcome, found.probabilities(margins)) for found in (beta, platt)]
    assert losses[0] < losses[1] - 0.002
    # log(p) says how low the margin is, log(1 - p) how high
    assert beta.rise > 2 * beta.fall


@pytest.mark.parametrize("fit", [fit_beta, fit_isotonic])
@pytest.mark.parametrize("form", ["cumulative", "latent"])
def test_calibrated_borders_keep_their_order_and_rise_with_the_margin(fit, form):
    score, labels = ordered(3000, 2.0)
    margins = score if form == "latent" else np.hstack([score + 1, 3 * (score - 0.5), score - 2])
    found = fit_borders(fit, margins, labels, 4 if form == "latent" else 0)
    assert form_of(found) == form
    p = found.probabilities(margins)
    assert np.allclose(p.sum(axis=1), 1)
    assert (p >= 0).all()
    shares = np.bincount(labels, minlength=4) / len(labels)
    assert np.abs(p.mean(axis=0) - shares).max() < 0.02
    above, higher = (
        found.probabilities(m)[:, ::-1].cumsum(axis=1)[:, :-1] for m in (margins, margins + 0.3)
    )
    assert (higher >= above - 1e-12).all()


def test_separable_rows_do_not_make_the_scaling_run_away():
    margins = np.array([[-1.0]] * 30 + [[1.0]] * 30)
    outcome = np.repeat([0, 1], 30)
    found = fit_vector_scaling(margins, outcome)
    assert np.isfinite(found.weights).all()
    assert found.weights[0] < 25


def test_json_brings_a_calibration_back_to_the_bit():
    margins, outcome = binary(500, 2.0)
    three, labels = multiclass(500, 2.0)
    cases = [
        (fit_isotonic(margins, outcome), margins),
        (fit_vector_scaling(margins, outcome), margins),
        (fit_vector_scaling(three, labels), three),
        (identity(3), three),
        (Cumulative((1.0, 2.0, 0.3), (0.1, 0.0, -0.5)), three),
        (CutPoints(1.5, (-1.0, 0.5)), margins),
        (fit_beta(margins, outcome), margins),
        (Borders((Isotonic((0.0, 1.0), (0.1, 0.8)), Beta(1.0, 0.5, 0.1)), shared=True), margins),
    ]
    for found, rows in cases:
        again = calibration_from_json(json.loads(json.dumps(found.to_json())))
        assert again == found
        assert np.array_equal(again.probabilities(rows), found.probabilities(rows))


def test_extreme_margins_give_probabilities_without_overflow():
    for margins in (np.array([[1e4], [-1e4]]), np.array([[1e4, 0, -1e4]])):
        p = link(margins)
        assert np.isfinite(p).all()
        assert np.allclose(p.sum(axis=1), 1)
    assert Isotonic((0.0, 1.0), (0.2, 0.8)).probabilities(np.array([[9e9]]))[0, 1] == 0.8


def test_a_calibration_that_is_none_is_refused():
    with pytest.raises(ModelError, match=r"unknown kind 'isotonik'.*'isotonic'"):
        calibration_from_json({"kind": "isotonik"})
    with pytest.raises(ModelError, match=r"KeyError\('offsets'\)"):
        calibration_from_json({"kind": "scaling", "weights": [1.0]})
