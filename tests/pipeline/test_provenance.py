"""Results name the commit and the data that they come from."""

import hashlib
import subprocess
from pathlib import Path

import pytest

from src.pipeline.provenance import data_hashes, git_revision


@pytest.fixture(autouse=True)
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "src").mkdir()
    (tmp_path / "src/code.py").write_text("one = 1\n")
    return tmp_path


def commit() -> str:
    identity = ("-c", "user.name=Test", "-c", "user.email=test@example.invalid")
    for command in (("init", "-q"), ("add", "-A"), (*identity, "commit", "-q", "-m", "One")):
        subprocess.run(["git", *command], check=True)
    done = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_the_revision_is_the_commit_that_is_checked_out() -> None:
    revision = commit()
    assert git_revision() == revision


def test_changed_code_shows_in_the_revision_and_other_files_do_not(checkout: Path) -> None:
    revision = commit()
    (checkout / "notes.txt").write_text("anything")
    assert git_revision() == revision
    (checkout / "src/code.py").write_text("one = 2\n")
    assert git_revision() == f"{revision}+changes"


def test_outside_a_checkout_the_revision_is_unknown() -> None:
    assert git_revision() == "unknown"


def test_the_hashes_are_the_ones_that_dvc_writes(checkout: Path) -> None:
    path = Path("src/code.py")
    assert data_hashes(path) == {"src/code.py": hashlib.md5(path.read_bytes()).hexdigest()}
