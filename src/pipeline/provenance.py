"""Where a run's results come from: the code's git revision and the hashes of the data."""

import subprocess
from pathlib import Path

from src.core.files import digest


def git_revision() -> str:
    """The commit that is checked out, with "+changes" if code or configuration differ from it.

    "unknown" outside a git checkout.
    """
    commit = _git("rev-parse", "HEAD")
    if not commit:
        return "unknown"
    changed = _git("status", "--porcelain", "--", "src", "configs", "dvc.yaml")
    return f"{commit}+changes" if changed else commit


def data_hashes(*files: Path) -> dict[str, str]:
    """MD5 of each file by its path, the number under which DVC caches it; of a folder that of its
    files' names and numbers."""
    return {path.as_posix(): digest(path, "md5") for path in files}


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
