"""`python -m src.pipeline.stage NAME SOURCE [TASK]`: start one stage of dvc.yaml."""

import sys
from collections.abc import Callable
from importlib import import_module
from inspect import signature

from src.core.errors import ConfigError, nearest, run_command
from src.core.process import quiet_threads

ROOMS = {
    "deliveries": ("check", "collect", "integrate", "quality", "gate", "assets"),
    "modelling": (
        "features", "audit", "labels", "train", "fairness", "evaluate", "explain", "candidate",
    ),
}  # fmt: skip


def main() -> None:
    """Call the stage's `main` with the source's run and the arguments that it takes besides."""
    name, *given = sys.argv[1:] or [""]
    stage = stage_of(name)
    expected = ["SOURCE", *list(signature(stage).parameters)[1:]]
    if len(given) != len(expected):
        raise ConfigError(
            f"stage {name}: found {' '.join(given) or 'nothing'!r}; expected {' '.join(expected)}."
        )
    from src.pipeline.run import open_run, require_task

    source, *others = given
    if expected[-1] == "task":
        require_task(others[-1])
    stage(open_run(source), *others)


def stage_of(name: str) -> Callable[..., None]:
    """The `main` of a stage. Raises ConfigError naming the nearest one if there is none."""
    room = next((room for room, stages in ROOMS.items() if name in stages), None)
    if room is None:
        known = [stage for stages in ROOMS.values() for stage in stages]
        raise ConfigError(f"{name!r} is no stage. {nearest(name, known)}")
    found: Callable[..., None] = import_module(f"src.pipeline.{room}.{name}").main
    return found


if __name__ == "__main__":
    quiet_threads()  # before LightGBM is imported
    run_command(main)
