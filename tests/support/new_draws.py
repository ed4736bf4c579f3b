"""Pytest plugin: of each Hypothesis test draw some examples anew, beside the fixed ones.

Without a seed every run draws the same examples. Where CI=true is set, or --hypothesis-seed is
given, a third of them is drawn from that seed instead, so that a run takes no longer. The end of
the run says the seed; `pytest --hypothesis-seed=<seed> <test>` draws the same examples again.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, Phase, is_hypothesis_test, settings

NEW_OF = 3  # one in so many examples is new


def pytest_configure(config):
    """Choose the seed; xdist hands the options on, so that all workers draw from the same one."""
    if os.environ.get("CI") == "true" and config.getoption("hypothesis_seed") is None:
        config.option.hypothesis_seed = str(secrets.randbits(32))


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem):
    """Run a Hypothesis test on its fixed examples, then on new ones."""
    seed, test = pyfuncitem.config.getoption("hypothesis_seed"), pyfuncitem.obj
    if seed is None or not is_hypothesis_test(test):
        return (yield)
    own = test._hypothesis_internal_use_settings
    if not own.derandomize:  # all its examples come from the seed already
        return (yield)
    new = -(-own.max_examples // NEW_OF)
    with drawing(test, settings(own, max_examples=max(1, own.max_examples - new)), None):
        result = yield
    with drawing(test, _anew(own, new), seed):
        test(**{name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames})
    return result


def pytest_terminal_summary(terminalreporter, config):
    """Say the seed and how to draw from it again."""
    seed = config.getoption("hypothesis_seed")
    if seed is not None:
        terminalreporter.section("new draws")
        terminalreporter.line(
            f"seed {seed}; to draw the same again: pytest --hypothesis-seed={seed} <test>"
        )


@contextmanager
def drawing(test, how, seed) -> Iterator[None]:
    """Meanwhile `test` draws by these settings and this seed."""
    before = test._hypothesis_internal_use_settings, test._hypothesis_internal_use_seed
    _set(test, how, seed)
    try:
        yield
    finally:
        _set(test, *before)


def _set(test, how, seed):
    test._hypothesis_internal_use_settings = how
    test._hypothesis_internal_use_seed = seed


def _anew(own, examples):
    """As the test's own settings; no health check may fail on a busy machine."""
    return settings(
        own,
        max_examples=examples,
        derandomize=False,
        print_blob=True,
        phases=[phase for phase in own.phases if phase is not Phase.explicit],
        suppress_health_check=list(HealthCheck),
    )
