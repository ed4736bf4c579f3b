"""`python -m src.pipeline.changes TASK [MONTH MONTH [VERSION VERSION]]`: why classes changed.

From the earlier MONTH and model VERSION (of MLflow) to the later ones; by default the last two
snapshots, and the served model with the one that it replaced.
"""

from src.core.threads import quiet_threads

if __name__ == "__main__":
    quiet_threads()  # before LightGBM is imported below

import sys
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from src.core.errors import ConfigError, ModelError, nearest, run_command
from src.core.files import read_parquet, replacing_folder, write_json, write_parquet
from src.core.params import load_params
from src.core.progress import say
from src.core.schemas import TASKS
from src.explain.class_changes import changes_page
from src.explain.texts import load_texts
from src.models.bundle import Bundle, load_bundle
from src.models.changes import State, changes
from src.models.mlflow_store import open_registry
from src.models.promotion_log import replaced_by
from src.models.registry import Registry, model_name
from src.models.served_features import with_features
from src.pipeline import paths
from src.pipeline.ledger import the_ledger

STAGE = "changes"


def main() -> None:
    """Write changes.json, changes.parquet and changes.html of one task."""
    task, months, numbers = _arguments()
    params = load_params()
    features: pd.DataFrame = read_parquet(paths.FEATURES / "features.parquet")
    known = {f"{at:%Y-%m-%d}": at for at in sorted(features["as_of"].unique())}
    months = months or list(known)[-2:]
    if len(months) != 2 or not set(months) <= set(known):
        wrong = next((month for month in months if month not in known), "")
        raise ModelError(
            f"months {' '.join(months)}: expected two snapshots of {paths.FEATURES}. "
            f"{nearest(wrong, known)}"
        )
    with open_registry() as registry:
        model = model_name(params.source, task)
        numbers = numbers or _versions(registry, model, task)
        bundles = [_bundle(registry, model, number) for number in numbers]
    states = []
    for bundle, month in zip(bundles, months, strict=True):
        rows = features[features["as_of"] == known[month]].reset_index(drop=True)
        rows = with_features(rows, [b.spec for b in bundles], partial(the_ledger, params))
        states.append(State(bundle, rows))
    found = changes(*states)
    names = [f"{m}, {b.version}" for m, b in zip(months, bundles, strict=True)]
    totals = {"task": task, "from": names[0], "to": names[1], **found.totals()}
    with replacing_folder(paths.CHANGES / task) as folder:
        write_json(folder / "changes.json", totals)
        write_parquet(folder / "changes.parquet", found.table())
        page = changes_page(found, names[0], names[1], load_texts(paths.WORDINGS))
        (folder / "changes.html").write_text(page, encoding="utf-8")
    say(STAGE, f"{task}: {totals['changed']:,} of {totals['customers']:,} customers changed class")
    print(paths.CHANGES / task / "changes.html")


def _arguments() -> tuple[str, list[str], list[str]]:
    given = sys.argv[1:]
    if len(given) not in (1, 3, 5):
        raise ConfigError(
            "expected `python -m src.pipeline.changes TASK [MONTH MONTH [VERSION VERSION]]`."
        )
    if given[0] not in TASKS:
        raise ConfigError(f"{given[0]!r} is no task. {nearest(given[0], TASKS)}")
    return given[0], given[1:3], given[3:]


def _versions(registry: Registry, model: str, task: str) -> list[str]:
    """The served model and, before it, the one that it replaced, if it is known."""
    served = load_bundle(paths.BUNDLE / task).version
    now = registry.of_bundle(model, served)
    if now is None:
        raise ModelError(
            f"{task}: the served model {served} is not in MLflow. Run `dvc repro -f promote`."
        )
    before = registry.of_bundle(model, replaced_by(paths.PROMOTIONS, task, served))
    return [(before or now).number, now.number]


def _bundle(registry: Registry, model: str, number: str) -> Bundle:
    with TemporaryDirectory() as folder:
        return registry.fetch(model, number, Path(folder))[1]


if __name__ == "__main__":
    run_command(main)
