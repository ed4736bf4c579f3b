"""For all tests: a key of their own, so that none reads or makes the user's; the real data sets
beside the project, from wherever a test runs; no clock that fails a test on a busy machine."""

import os
from pathlib import Path

from hypothesis import settings

os.environ.setdefault("KEHU_KEY", "a key for tests alone, worth nothing: 0123456789abcdef")
os.environ.setdefault(
    "KEHU_SHARED_DATA", str(Path(__file__).resolve().parents[2] / "shared" / "data")
)
settings.register_profile("without a clock", deadline=None)
settings.load_profile("without a clock")
