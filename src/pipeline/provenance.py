"""Where results come from: the code's git revision, the data's hashes, who ran it, where and when.

What changes from run to run stands beside the outputs and in no output of DVC, whose hashes would
differ on every machine.
"""

import getpass
import platform
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from src.core.files import digest, read_json, write_json

_SOFTWARE = ("lightgbm", "scikit-learn", "pandas", "numpy", "duckdb", "ibis-framework", "optuna")


def git_revision() -> str:
    """The commit that is checked out, with "+changes" if code or configuration differ from it.

    "unknown" outside a git checkout.
    """
    commit = _git("rev-parse", "HEAD")
    if not commit:
        return "unknown"
    changed = _git("status", "--porcelain", "--", "src", "configs", "dvc.yaml", "params.yaml")
    return f"{commit}+changes" if changed else commit


def data_hashes(*files: Path) -> dict[str, str]:
    """MD5 of each file by its path, the number under which DVC caches it; of a folder that of its
    files' names and numbers."""
    return {path.as_posix(): digest(path, "md5") for path in files}


@contextmanager
def noting_run(folder: Path, task: str) -> Iterator[list[str]]:
    """Note a training beside its outputs. The block puts the version that it made into the list."""
    started, made = _now(), list[str]()
    yield made
    for one in made:
        facts = {
            "git_revision": git_revision(),
            "started": started,
            "ended": _now(),
            "machine": f"{platform.system()} {platform.machine()}",
            "python": platform.python_version(),
            "operator": _operator(),
            **{name: version(name) for name in _SOFTWARE},
        }
        write_json(folder / f"{task}-{one}.json", facts)


def run_facts(folder: Path, task: str, made: str) -> dict[str, str]:
    """What `noting_run` noted of a version; empty if it was trained elsewhere, such as in an
    experiment's copy of the project."""
    path = folder / f"{task}-{made}.json"
    facts: dict[str, str] = read_json(path) if path.is_file() else {}
    return facts


def _operator() -> str:
    with suppress(OSError, KeyError):
        return getpass.getuser()
    return "unknown"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
