"""Drift is measured at the window's own bins, and chance is not taken for drift."""

import math

import numpy as np
import pytest
from scipy.stats import ks_2samp

from src.models.drift import drift_of, shift
from src.models.reference import Histogram


def values(shift_by: float = 0.0, rows: int = 4000, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    found = rng.normal(shift_by, 1, rows)
    found[rng.random(rows) < 0.1] = np.nan
    return found


def test_every_value_has_a_bin_and_bins_are_of_equal_mass():
    then = Histogram.of(values(), 10)
    assert sum(then.counts) + then.unknown == 4000
    assert max(then.counts) - min(then.counts) <= 2
    assert then.count(values()) == then


def index_of(then, now):
    """Slow oracle of the stability index, with half a row more in each bin."""
    before, after = ([n + 0.5 for n in (*h.counts, h.unknown)] for h in (then, now))
    shares = [(b / sum(before), a / sum(after)) for b, a in zip(before, after, strict=True)]
    return sum((after - before) * math.log(after / before) for before, after in shares)


def test_the_same_distribution_drifts_by_chance_alone():
    then = Histogram.of(values(), 10)
    now = then.count(values(seed=1))
    found = drift_of(then, now)
    assert found.psi == pytest.approx(index_of(then, now), rel=1e-12)
    assert found.excess < 0.01
    assert found.ks < 0.04


def test_a_shift_is_seen_by_index_and_by_kolmogorov_smirnov():
    then, later = values(), values(0.7, seed=1)
    fine = Histogram.of(then, 200)
    found = drift_of(fine, fine.count(later))
    exact = ks_2samp(then[~np.isnan(then)], later[~np.isnan(later)]).statistic
    assert found.ks == pytest.approx(exact, abs=0.006)
    assert found.ks <= exact + 1e-12
    assert drift_of(Histogram.of(then, 10), Histogram.of(then, 10).count(later)).excess > 0.25


def test_a_column_that_became_empty_or_constant_drifts_and_does_not_break():
    then = Histogram.of(values(), 10)
    gone = drift_of(then, then.count(np.full(500, np.nan)))
    assert gone.unknown == pytest.approx(0.9, abs=0.02)
    assert gone.excess > 0.25
    assert gone.ks == 0
    never = Histogram.of(np.full(500, np.nan), 10)
    assert drift_of(never, never.count(values())).excess > 0.25
    flag = Histogram.of(np.repeat([0.0, 1.0], [900, 100]), 10)
    assert flag.counts == (900, 100)
    assert drift_of(flag, flag.count(np.ones(300))).ks == pytest.approx(0.9)


def test_counts_of_nobody_have_not_moved():
    assert shift([5, 5], [0, 0]) == (0.0, 0.0)
