"""A scored month of the served models: monitor.json, monitor.html, and the gates that broke.

A month is a snapshot such as 2025-06-01, by default the last one. Retraining is `dvc repro` with a
later date in params.yaml, nothing else.
"""

from functools import partial
from pathlib import Path

import pandas as pd

from src.core.errors import ModelError, nearest
from src.core.files import read_json, read_parquet, replacing_folder, write_json
from src.core.params import Params
from src.core.progress import say, step
from src.explain.monitoring import monitoring_page
from src.explain.texts import load_texts
from src.models.bundle import load_bundle
from src.models.reference import reference_from_json
from src.models.rows import KEYS
from src.models.served_features import with_features
from src.models.watch import Watch, watch
from src.pipeline import paths
from src.pipeline.ledger import the_ledger
from src.pipeline.select import selected
from src.pipeline.served import Served, open_served, reference_file

STAGE = "monitor"


def monitor(source: str, month: str | None) -> tuple[Path, list[Watch]]:
    """Write both files and return the page and what they tell. `broken_gates` judges it."""
    params = selected(source)
    served = open_served(paths.BUNDLE)
    if isinstance(served, str):
        raise ModelError(f"{paths.BUNDLE}: {served}; expected served models. Run `dvc repro`.")
    features: pd.DataFrame = read_parquet(paths.FEATURES / "features.parquet")
    at = _month(features["as_of"], month)
    with step(STAGE, f"{at:%Y-%m-%d}"):
        watches = [_watch(task, served, features, at, params) for task in served.manifest["tasks"]]
    target = paths.MONITORING / f"{at:%Y-%m-%d}"
    with replacing_folder(target) as folder:
        write_json(folder / "monitor.json", {found.task: found.to_json() for found in watches})
        page = monitoring_page(watches, params.source, load_texts(paths.WORDINGS))
        (folder / "monitor.html").write_text(page, encoding="utf-8")
    say(STAGE, f"{target}/monitor.html")
    return target / "monitor.html", watches


def broken_gates(watches: list[Watch]) -> list[str]:
    """The gates of params.yaml (monitor) that do not hold, a phrase each."""
    return [
        f"{found.task}: {gate.name} {gate.value:.4f} above {gate.limit:g}"
        for found in watches
        for gate in found.broken
    ]


def _month(as_of: pd.Series, wanted: str | None) -> pd.Timestamp:
    known = {f"{instant:%Y-%m-%d}": instant for instant in sorted(as_of.unique())}
    wanted = wanted or list(known)[-1]
    if wanted not in known:
        raise ModelError(
            f"month {wanted!r}: no snapshot of {paths.FEATURES}, which go from "
            f"{next(iter(known))} to {list(known)[-1]}. {nearest(wanted, known)}"
        )
    month: pd.Timestamp = known[wanted]
    return month


def _watch(
    task: str, served: Served, features: pd.DataFrame, month: pd.Timestamp, params: Params
) -> Watch:
    bundle = load_bundle(served.folder / task)
    path = reference_file(served.folder, task)
    reference = reference_from_json(read_json(path), str(path))
    rows = features[features["as_of"] == month].reset_index(drop=True)
    rows = with_features(rows, [bundle.spec], partial(the_ledger, params))
    earlier = features.loc[features["as_of"] < month, "as_of"]
    before = None
    if len(earlier):
        before = features.loc[features["as_of"] == earlier.max(), "customer_id"]
    labels = read_parquet(paths.LABELS / f"{task}.parquet", [*KEYS, "arrival", "label"])
    labels = labels.loc[labels["as_of"] == month].drop(columns="as_of")
    return watch(bundle, reference, rows, before, labels, params.monitor, params.evaluate)
