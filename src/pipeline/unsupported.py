"""What stands in the place of a task's outputs where the source doesn't support the task."""

from pathlib import Path

from src.core.files import replacing_folder, write_json
from src.pipeline.run import Run

UNSUPPORTED = "unsupported.json"


def write_unsupported(run: Run, task: str, folder: Path) -> None:
    """Write why there are no outputs."""
    with replacing_folder(folder) as aside:
        write_json(aside / UNSUPPORTED, {"task": task, "reason": run.why_unsupported(task)})
