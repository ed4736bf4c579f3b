"""For all tests: a key of their own, so that none reads or makes the user's; the real data sets
beside the project, from wherever a test runs; threads that sleep while they wait; no clock that
fails a test on a busy machine; and the same drawn examples in each run, so that what turns a build
red is its change. `pytest --hypothesis-profile new-draws` looks for what they miss."""

import os
from pathlib import Path

from hypothesis import settings

from src.core.threads import quiet_threads

os.environ.setdefault("KEHU_KEY", "a key for tests alone, worth nothing: 0123456789abcdef")
os.environ.setdefault(
    "KEHU_SHARED_DATA", str(Path(__file__).resolve().parents[2] / "shared" / "data")
)
quiet_threads()
settings.register_profile("same-draws", deadline=None, derandomize=True)
settings.register_profile("new-draws", deadline=None)
settings.load_profile("same-draws")
