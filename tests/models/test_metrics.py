import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from src.models import metrics, resampled
from src.models.calibration import softmax


def outcomes(rows: int, classes: int, seed: int, rounded: bool = False):
    """Labels and probabilities that know something of them; rounded ones have many ties."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, size=rows)
    labels[:classes] = np.arange(classes)
    p = softmax(rng.normal(size=(rows, classes)) + np.eye(classes)[labels])
    if rounded:
        p = np.round(p, 1) + 0.01
        p /= p.sum(axis=1, keepdims=True)
    return labels.astype(np.int64), p


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 4), st.integers(0, 10_000), st.booleans())
def test_every_draw_equals_the_yardstick_of_its_rows(classes, seed, rounded):
    labels, p = outcomes(60, classes, seed, rounded)
    rng = np.random.default_rng(seed)
    weights = rng.multinomial(60, np.full(60, 1 / 60), size=3).astype(float)
    weights[0] = 1
    for figure in metrics.figures_of(classes):
        if figure.name == "calibration_error":
            continue  # its bins are those of all rows, see below
        drawn = figure.resample(labels, p, weights)
        for row, value in zip(weights.astype(int), drawn, strict=True):
            rows = np.repeat(np.arange(60), row)
            if len(np.unique(labels[rows])) == classes:
                assert value == pytest.approx(figure.point(labels[rows], p[rows]), abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_weighted_figures_agree_with_scikit_learn(seed, rounded):
    labels, p = outcomes(80, 2, seed, rounded)
    w = np.random.default_rng(seed).integers(0, 4, size=80).astype(float)
    w[:2] = 1
    one, score = w[None], p[:, 1]
    pairs = [
        (resampled.auroc(labels, p, one), sk.roc_auc_score(labels, score, sample_weight=w)),
        (
            resampled.average_precision(labels, p, one),
            sk.average_precision_score(labels, score, sample_weight=w),
        ),
        (resampled.brier(labels, p, one), sk.brier_score_loss(labels, score, sample_weight=w)),
        (resampled.log_loss(labels, p, one), sk.log_loss(labels, p, sample_weight=w)),
    ]
    for ours, theirs in pairs:
        assert ours[0] == pytest.approx(theirs, abs=1e-9)


def test_lift_equals_a_count_of_the_top_rows():
    labels, p = outcomes(200, 2, 3)
    top = np.argsort(-p[:, 1])[:20]
    assert metrics.lift(labels, p) == pytest.approx(labels[top].mean() / labels.mean())
    flat = np.full((200, 2), 0.5)
    assert metrics.lift(labels, flat) == pytest.approx(1.0)


def test_calibration_error_equals_the_slow_sum_over_bins():
    labels, p = outcomes(300, 2, 4)
    order = np.argsort(p[:, 1])
    slow = sum(
        len(part) / 300 * abs(labels[part].mean() - p[part, 1].mean())
        for part in np.array_split(order, 10)
    )
    assert metrics.calibration_error(labels, p, bins=10) == pytest.approx(slow)


def test_calibration_error_of_a_known_constant_is_its_gap():
    labels = np.array([0, 0, 0, 1] * 25)
    p = np.column_stack([np.full(100, 0.6), np.full(100, 0.4)])
    assert metrics.calibration_error(labels, p) == pytest.approx(0.15)


def test_ranked_probability_score_punishes_distance():
    labels = np.array([0])
    near, far = np.array([[0.2, 0.8, 0.0]]), np.array([[0.2, 0.0, 0.8]])
    score = metrics.ranked_probability_score
    assert score(labels, near) == pytest.approx(0.8**2 / 2)
    assert score(labels, far) == pytest.approx(2 * 0.8**2 / 2)
    assert score(labels, np.array([[1.0, 0.0, 0.0]])) == 0.0


def test_for_two_classes_the_ranked_probability_score_is_the_brier_score():
    labels, p = outcomes(100, 2, 8)
    assert metrics.ranked_probability_score(labels, p) == pytest.approx(metrics.brier(labels, p))


def test_a_draw_without_positives_is_undefined_and_not_an_error():
    labels, p = outcomes(20, 2, 1)
    weights = np.vstack([labels == 0, np.ones(20)]).astype(float)
    for name in ("auroc", "average_precision", "lift"):
        drawn = getattr(resampled, name)(labels, p, weights)
        assert np.isnan(drawn[0])
        assert np.isfinite(drawn[1])
