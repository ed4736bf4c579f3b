"""The project's own folder, also from within the copy of it in which an experiment runs."""

import os
from pathlib import Path


def home() -> Path:
    """The current folder, or the project whose experiment runs in it.

    `dvc exp run --temp` and `--queue` copy what git tracks and name the project in DVC_ROOT. The
    key, the list of erased customers and MLflow's store stay in the project.
    """
    return Path(os.environ.get("DVC_ROOT") or ".").absolute()
