"""The project's own folder, where MLflow's store stands."""

import os
from pathlib import Path


def home() -> Path:
    """The folder that $DVC_ROOT names, else the current folder.

    DVC sets DVC_ROOT to the main project, also for an experiment that runs in a temporary copy.
    """
    return Path(os.environ.get("DVC_ROOT") or ".").absolute()
