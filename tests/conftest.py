"""For all tests: a key of their own, so that none reads or makes the user's; the real data sets
beside the project, from wherever a test runs; threads that sleep while they wait; no clock that
fails a test on a busy machine; and the same drawn examples in each run, so that what turns a build
red is its change. CI draws some of them anew (tests/support/new_draws.py); `pytest
--hypothesis-profile new-draws` draws all anew, and more of them."""

import os
from pathlib import Path

from hypothesis import settings

from src.core.process import quiet_threads
from tests.support import new_draws, skip_counts

os.environ.setdefault("KEHU_KEY", "a key for tests alone, worth nothing: 0123456789abcdef")
os.environ.setdefault(
    "KEHU_SHARED_DATA", str(Path(__file__).resolve().parents[2] / "shared" / "data")
)
quiet_threads()
settings.register_profile("same-draws", deadline=None, derandomize=True)
settings.register_profile("new-draws", deadline=None)
settings.load_profile("same-draws")


def pytest_configure(config):
    for plugin in (new_draws, skip_counts):
        config.pluginmanager.register(plugin)
