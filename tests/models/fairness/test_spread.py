"""The interval of the largest difference between groups: it holds, and it finds."""

import numpy as np
import pytest

from src.models.fairness.spread import ratio, spread

GROUPS, ROWS = 8, 150


def by_bootstrap(rates, rng, draws=300):
    """Rates of groups as they were seen, and by bootstrap over their rows."""
    seen = rng.binomial(ROWS, rates) / ROWS
    return seen, rng.binomial(ROWS, seen, size=(draws, len(rates))) / ROWS


def share_found(rates, above=0.0, worlds=200):
    rng = np.random.default_rng(1)
    found = [spread(*by_bootstrap(rates, rng), 0.95) for _ in range(worlds)]
    true = max(rates) - min(rates)
    covered = np.mean([f["low"] <= true <= f["high"] for f in found])
    return np.mean([f["low"] > above for f in found]), covered


def test_groups_that_fare_alike_are_rarely_accused():
    accused, covered = share_found([0.3] * GROUPS)
    assert accused <= 0.08
    assert covered >= 0.92


def test_percentiles_of_the_largest_difference_would_always_accuse():
    seen, drawn = by_bootstrap(np.full(GROUPS, 0.3), np.random.default_rng(2))
    naive = np.percentile(drawn.max(axis=1) - drawn.min(axis=1), 2.5)
    assert naive > 0.03
    assert spread(seen, drawn, 0.95)["low"] == 0


def test_one_group_that_fares_otherwise_is_found():
    accused, covered = share_found([0.3] * (GROUPS - 1) + [0.6], above=0.05)
    assert accused >= 0.9
    assert covered >= 0.92


def test_of_two_groups_it_is_the_difference_and_its_errors():
    rng = np.random.default_rng(3)
    draws = np.column_stack([rng.normal(0.2, 0.01, 20_000), rng.normal(0.5, 0.02, 20_000)])
    found = spread(np.array([0.2, 0.5]), draws, 0.95)
    assert found["value"] == pytest.approx(0.3)
    assert found["low"] == pytest.approx(0.3 - 1.96 * np.hypot(0.01, 0.02), abs=2e-3)
    assert found["high"] == pytest.approx(0.3 + 1.96 * np.hypot(0.01, 0.02), abs=2e-3)


def test_a_ratio_is_the_smallest_over_the_largest():
    rng = np.random.default_rng(4)
    draws = np.column_stack([rng.normal(0.2, 0.01, 500), rng.normal(0.5, 0.02, 500)])
    found = ratio(np.array([0.2, 0.5]), draws, 0.95)
    assert found["value"] == pytest.approx(0.4)
    assert 0.3 < found["low"] < 0.4 < found["high"] < 0.5


@pytest.mark.parametrize(("values", "expected"), [([0.0, 0.5], 0.0), ([0.0, 0.0], None)])
def test_a_ratio_with_a_zero_has_no_interval(values, expected):
    draws = np.tile(values, (10, 1))
    assert ratio(np.array(values), draws, 0.95) == {"value": expected, "low": None, "high": None}


def test_groups_of_a_constant_candidate_differ_by_nothing():
    found = spread(np.zeros(3), np.zeros((50, 3)), 0.95)
    assert found == {"value": 0.0, "low": 0.0, "high": 0.0}


def test_draws_without_a_case_of_a_group_are_left_out():
    draws = np.array([[0.1, np.nan], [0.1, 0.3], [0.2, 0.3], [0.1, 0.2]])
    values = np.array([0.1, 0.3])
    assert spread(values, draws, 0.9) == spread(values, draws[1:], 0.9)
    assert spread(values, draws[:1], 0.9)["low"] is None
