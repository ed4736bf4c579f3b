"""The benchmark's Bayes-best knows the simulator's own chances of being gone in time."""

from dataclasses import fields
from types import SimpleNamespace

import numpy as np
import pytest

from src.bank.behaviour.leaving import NEVER, Mood, decide
from tests.benchmarks.world.bayes import LEAD, LENGTH, MONTHS, of_the_decided, of_the_undecided

N = 200_000


@pytest.fixture(scope="module")
def drawn():
    """Months from a decision to the first money that goes, and from there to the last."""
    latent = {field.name: np.zeros(N) for field in fields(Mood)}
    never = {name: np.full(N, NEVER) for name in ("decided", "drains", "gone")}
    mood = Mood(**latent | never | {"salary_here": np.zeros(N, dtype=bool)})
    month = SimpleNamespace(rng=np.random.default_rng(0), present=np.ones(N, bool), number=5)
    after = decide(month, mood, np.ones(N))
    return after.drains - 5, after.gone - after.drains


def test_months_to_the_first_and_to_the_last_money_are_those_of_the_simulator(drawn):
    lead, length = drawn
    assert np.bincount(lead) / N == pytest.approx(LEAD, abs=0.005)
    assert np.bincount(length) / N == pytest.approx(LENGTH, abs=0.005)


def test_the_chance_of_being_gone_in_time_is_the_share_of_draws_in_which_one_is(drawn):
    together = drawn[0] + drawn[1]
    assert of_the_undecided(np.ones(1))[0] == pytest.approx((together <= MONTHS).mean(), abs=0.005)
    for passed in (1, 2):
        waiting = drawn[0] >= passed
        gone = (together[waiting] <= MONTHS + passed).mean()
        assert of_the_decided(passed) == pytest.approx(gone, abs=0.008)
