"""For all tests: a key of their own, so that none reads or makes the user's."""

import os

os.environ.setdefault("KEHU_KEY", "a key for tests alone, worth nothing: 0123456789abcdef")
