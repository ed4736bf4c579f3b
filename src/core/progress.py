"""Progress lines on stderr: what a stage is doing, for anything over a few seconds."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


def say(stage: str, text: str) -> None:
    """Print one progress line."""
    print(f"[{stage}] {text}", file=sys.stderr, flush=True)


@contextmanager
def step(stage: str, text: str) -> Iterator[None]:
    """Say what starts, and how long it took when it is done."""
    say(stage, f"{text} …")
    start = time.perf_counter()
    yield
    say(stage, f"{text}: {time.perf_counter() - start:.1f} s")
