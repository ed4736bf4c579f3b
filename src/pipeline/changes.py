"""Why classes of a task changed: from an earlier month and model version to later ones."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from src.core.errors import ModelError, nearest
from src.core.files import read_parquet, replacing_folder, write_json, write_parquet
from src.core.progress import say
from src.explain.class_changes import changes_page
from src.explain.texts import load_texts
from src.models.bundle import Bundle, load_bundle
from src.models.changes import State, changes
from src.models.promotion_log import replaced_by
from src.models.registry import Registry
from src.models.served_features import with_features
from src.models.tracking import open_registry
from src.pipeline import paths
from src.pipeline.ledger import the_ledger
from src.pipeline.select import selected

STAGE = "changes"


def explain_changes(
    source: str, task: str, months: Sequence[str] = (), numbers: Sequence[str] = ()
) -> tuple[Path, dict[str, Any]]:
    """Write changes.json, changes.parquet and changes.html of one task; return the page and the
    totals.

    months: an earlier snapshot and a later one, by default the last two. numbers: the versions in
    MLflow of the models of each; by default the served one with the one that it replaced.
    """
    params = selected(source)
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
        bundles = [
            _bundle(registry, task, number) for number in numbers or _versions(registry, task)
        ]
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
    return paths.CHANGES / task / "changes.html", totals


def _versions(registry: Registry, task: str) -> list[str]:
    """The served model and, before it, the one that it replaced, if it is known."""
    served = load_bundle(paths.BUNDLE / task).version
    now = registry.of_bundle(task, served)
    if now is None:
        raise ModelError(
            f"{task}: the served model {served} is not in MLflow. Run `dvc repro -f promote`."
        )
    before = registry.of_bundle(task, replaced_by(paths.PROMOTIONS, task, served))
    return [(before or now).number, now.number]


def _bundle(registry: Registry, task: str, number: str) -> Bundle:
    with TemporaryDirectory() as folder:
        return registry.fetch(task, number, Path(folder))[1]
