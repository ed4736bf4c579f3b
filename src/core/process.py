"""The project that a process belongs to, and how its threads wait for work."""

import os
from pathlib import Path

# Threads that wait spin by default. Where other programs share the cores, the same training then
# took ten times as long as with threads that sleep.
POLICY = {"OMP_WAIT_POLICY": "PASSIVE"}


def home() -> Path:
    """The current folder, or the project whose experiment runs in it.

    `dvc exp run --temp` and `--queue` copy what git tracks and name the project in DVC_ROOT. The
    key, the list of erased customers and MLflow's store stay in the project.
    """
    return Path(os.environ.get("DVC_ROOT") or ".").absolute()


def quiet_threads() -> None:
    """Let OpenMP's waiting threads sleep, in this process and those that it starts.

    A command calls it before it imports LightGBM: OpenMP reads the policy once, when it is loaded.
    A policy that the environment sets already is left as it is.

    >>> quiet_threads()
    >>> os.environ["OMP_WAIT_POLICY"] in ("PASSIVE", "ACTIVE")
    True
    """
    for name, value in POLICY.items():
        os.environ.setdefault(name, value)
