import numpy as np
import pytest

from src.models import metrics, resampled
from src.models.calibration import softmax
from src.models.decision import costs_of, decide, expected_costs

COSTS = ((0.0, 2.0, 5.0), (1.0, 0.0, 2.0), (2.0, 1.0, 0.0))


def chances(rows=200, classes=3, seed=0):
    return softmax(np.random.default_rng(seed).normal(size=(rows, classes)) * 2)


def test_the_decision_is_the_cheapest_of_all_that_could_be_made():
    p = chances()
    for row, decided in zip(p, decide(p, COSTS), strict=True):
        bills = [sum(row[a] * COSTS[a][d] for a in range(3)) for d in range(3)]
        assert bills[decided] == pytest.approx(min(bills))
    assert not np.array_equal(decide(p, COSTS), p.argmax(axis=1))


def test_without_costs_the_likeliest_class_is_decided_the_lowest_of_equals():
    p = chances()
    assert np.array_equal(decide(p), p.argmax(axis=1))
    assert decide(np.array([[0.4, 0.2, 0.4]]))[0] == 0


def test_a_churner_worth_five_calls_is_called_from_a_sixth_on():
    called = decide(np.array([[0.84, 0.16], [0.83, 0.17]]), ((0.0, 1.0), (5.0, 0.0)))
    assert called.tolist() == [0, 1]


def test_a_row_alone_is_decided_as_among_others():
    p = chances()
    alone = np.vstack([expected_costs(row[None], COSTS) for row in p])
    assert np.array_equal(alone, expected_costs(p, COSTS))


def test_the_figure_is_the_mean_of_what_the_decisions_cost():
    p = chances()
    labels = np.random.default_rng(1).integers(0, 3, len(p))
    paid = [COSTS[y][d] for y, d in zip(labels, decide(p, COSTS), strict=True)]
    assert costs_of(labels, p, COSTS).tolist() == paid
    assert metrics.figures_of(3, COSTS)[-1].point(labels, p) == pytest.approx(np.mean(paid))
    weights = np.zeros((1, len(p)))
    weights[0, :2] = (3, 1)
    expected = (3 * paid[0] + paid[1]) / 4
    assert resampled.cost(labels, p, weights, COSTS)[0] == pytest.approx(expected)
