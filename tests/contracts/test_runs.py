"""What a run of the tests itself does: what it draws, and what it says of the tests left out."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).parents[1] / "conftest.py"
DRAWS = """
import json, os
from pathlib import Path
import pytest
from hypothesis import given, settings, strategies as st

@settings(max_examples=30)
@given(st.integers(0, 10**9))
def test_draw(number):
    with Path(os.environ["DRAWN"]).open("a") as log:
        log.write(f"{number}\\n")

@pytest.mark.skip(reason="no such data")
@pytest.mark.parametrize("number", range(3))
def test_data(number): ...

def test_java():
    pytest.skip("no Java")
"""


@pytest.fixture
def run(tmp_path):
    """Runs the tests above under the project's conftest; the drawn numbers and what was printed."""
    (tmp_path / "conftest.py").write_text(CONFTEST.read_text())
    (tmp_path / "test_drawn.py").write_text(DRAWS)

    def ran(*options, ci="false"):
        log = tmp_path / "drawn.txt"
        log.write_text("")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
        own = {"DRAWN": str(log), "CI": ci, "PYTHONPATH": str(CONFTEST.parents[1])}
        done = subprocess.run(
            [*command, "test_drawn.py"],
            cwd=tmp_path,
            env={**os.environ, **own},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return [int(line) for line in log.read_text().split()], done.stdout

    return ran


def test_ci_draws_a_third_anew_and_says_the_seed_that_draws_them_again(run):
    fixed, quiet = run()
    assert "new draws" not in quiet
    assert counts(quiet) == ["    3  no such data", "    1  no Java"]
    drawn, printed = run(ci="true")
    assert (len(fixed), len(drawn)) == (30, 30)
    assert drawn[:20] == fixed[:20]
    assert drawn[20:] != fixed[20:]
    seed = re.search(r"--hypothesis-seed=(\d+) ", printed)[1]
    assert run(f"--hypothesis-seed={seed}")[0] == drawn


def test_what_is_skipped_is_counted_by_its_reason_over_all_workers(run):
    assert counts(run("-n", "2")[1]) == ["    3  no such data", "    1  no Java"]


def counts(printed):
    return printed[printed.index(" 4 skipped ") :].splitlines()[1:3]
