"""How the threads of numerical libraries wait for work."""

import os

# Threads that wait spin by default. Where other programs share the cores, the same training then
# took ten times as long as with threads that sleep.
POLICY = {"OMP_WAIT_POLICY": "PASSIVE"}


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
