"""For all tests: a key of their own, so that none reads or makes the user's; the real data sets
beside the project, from wherever a test runs."""

import os
from pathlib import Path

os.environ.setdefault("KEHU_KEY", "a key for tests alone, worth nothing: 0123456789abcdef")
os.environ.setdefault(
    "KEHU_SHARED_DATA", str(Path(__file__).resolve().parents[2] / "shared" / "data")
)
