"""What the per-task stages share: which task they are asked for, and whether it is supported."""

import sys
from pathlib import Path

from src.core.errors import ConfigError, nearest
from src.core.files import read_json, replacing_folder, write_json
from src.core.schemas import TASKS
from src.pipeline import paths

UNSUPPORTED = "unsupported.json"


def task_argument() -> str:
    """The one command-line argument. Raises ConfigError if it is no task."""
    task = sys.argv[1] if len(sys.argv) == 2 else ""
    if task not in TASKS:
        raise ConfigError(f"{task!r} is no task. {nearest(task, TASKS)}")
    return task


def why_unsupported(task: str) -> str:
    """Why the source doesn't support the task; empty if it does."""
    entry = read_json(paths.LABELS / "labels.json")[task]
    return "" if entry["supported"] else str(entry["reason"])


def write_unsupported(task: str, folder: Path) -> None:
    """In the place of a task's outputs: why there are none."""
    with replacing_folder(folder) as aside:
        write_json(aside / UNSUPPORTED, {"task": task, "reason": why_unsupported(task)})
