"""`kehu changes`: why customers changed class between two months, or two models."""

from collections.abc import Sequence
from typing import Any

from src.core.errors import ModelError, nearest
from src.core.files import replacing_folder, write_json, write_parquet
from src.core.progress import say
from src.core.scratch import scratch_folder
from src.models.bundle import Bundle
from src.models.changes import State, changes
from src.models.mlflow_store import open_registry
from src.models.promotion_log import replaced_by
from src.models.registry import Registry, model_name
from src.models.served_features import with_features
from src.pipeline.operations.monitor import require_served
from src.pipeline.paths import WORDINGS
from src.pipeline.run import Run
from src.reports.monitoring.class_changes import changes_page
from src.reports.texts import load_texts

STAGE = "changes"


def explain_changes(
    run: Run, task: str, months: Sequence[str] = (), numbers: Sequence[str] = ()
) -> dict[str, Any]:
    """Write changes.json, changes.parquet and changes.html of one task; the totals.

    months: two snapshots, the earlier first; by default the last two. numbers: versions in MLflow
    of the models at these; by default the one that the served model replaced, and the served one.
    """
    features = run.features()
    known = {f"{at:%Y-%m-%d}": at for at in sorted(features["as_of"].unique())}
    months = months or list(known)[-2:]
    if len(months) != 2 or not set(months) <= set(known):
        wrong = next((month for month in months if month not in known), "")
        raise ModelError(
            f"months {' '.join(months)}: expected two snapshots of {run.paths.features}. "
            f"{nearest(wrong, known)}"
        )
    with open_registry() as registry:
        chosen = numbers or _versions(run, registry, task)
        bundles = [_bundle(run, registry, task, number) for number in chosen]
    states = []
    for bundle, month in zip(bundles, months, strict=True):
        rows = features[features["as_of"] == known[month]].reset_index(drop=True)
        rows = with_features(rows, [b.spec for b in bundles], run.ledger)
        states.append(State(bundle, rows))
    found = changes(*states)
    names = [f"{m}, {b.version}" for m, b in zip(months, bundles, strict=True)]
    target = run.paths.changes / task
    totals = {"task": task, "from": names[0], "to": names[1], **found.totals()}
    with replacing_folder(target) as folder:
        write_json(folder / "changes.json", totals)
        write_parquet(folder / "changes.parquet", found.table())
        page = changes_page(found, names[0], names[1], load_texts(WORDINGS))
        (folder / "changes.html").write_text(page, encoding="utf-8")
    say(STAGE, f"{task}: {totals['changed']:,} of {totals['customers']:,} customers changed class")
    say(STAGE, f"{target / 'changes.html'}")
    return totals


def _versions(run: Run, registry: Registry, task: str) -> list[str]:
    """The served model and, before it, the one that it replaced, if it is known."""
    served, model = require_served(run).tasks[task]["version"], model_name(run.source, task)
    now = registry.of_bundle(model, served)
    if now is None:
        raise ModelError(
            f"{task}: the served model {served} is not in MLflow. Run `kehu promote`, which "
            "registers it again."
        )
    before = registry.of_bundle(model, replaced_by(run.paths.log, task, served))
    return [(before or now).number, now.number]


def _bundle(run: Run, registry: Registry, task: str, number: str) -> Bundle:
    with scratch_folder(STAGE) as folder:
        return registry.fetch(model_name(run.source, task), number, folder)[1]
