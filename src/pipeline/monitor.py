"""A scored month of the served models: monitor.json, monitor.html, and the gates that broke.

MONTH is a snapshot such as 2025-06-01, by default the last one. Retraining is `dvc repro` with a
later date in params.yaml, nothing else.
"""

from src.core.threads import quiet_threads

if __name__ == "__main__":
    quiet_threads()  # before LightGBM is imported below

import sys
from functools import partial

import pandas as pd

from src.core.errors import ModelError, nearest
from src.core.files import read_json, read_parquet, replacing_folder, write_json
from src.core.params import Params, load_params
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
from src.pipeline.served import Served, open_served, reference_file

STAGE = "monitor"


def main() -> None:
    """Write both files, then fail if a gate is broken."""
    params = load_params()
    served = open_served(paths.BUNDLE)
    if isinstance(served, str):
        raise ModelError(f"{paths.BUNDLE}: {served}; expected served models. Run `dvc repro`.")
    features: pd.DataFrame = read_parquet(paths.FEATURES / "features.parquet")
    month = _month(features["as_of"], sys.argv[1:])
    with step(STAGE, f"{month:%Y-%m-%d}"):
        watches = [
            _watch(task, served, features, month, params) for task in served.manifest["tasks"]
        ]
    target = paths.MONITORING / f"{month:%Y-%m-%d}"
    with replacing_folder(target) as folder:
        write_json(folder / "monitor.json", {found.task: found.to_json() for found in watches})
        page = monitoring_page(watches, params.source, load_texts(paths.WORDINGS))
        (folder / "monitor.html").write_text(page, encoding="utf-8")
    say(STAGE, f"{target}/monitor.html")
    _require_held(watches, str(target / "monitor.html"))


def _month(as_of: pd.Series, given: list[str]) -> pd.Timestamp:
    known = {f"{instant:%Y-%m-%d}": instant for instant in sorted(as_of.unique())}
    wanted = given[0] if given else list(known)[-1]
    if len(given) > 1 or wanted not in known:
        raise ModelError(
            f"month {' '.join(given)!r}: no snapshot of {paths.FEATURES}, which go from "
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


def _require_held(watches: list[Watch], report: str) -> None:
    broken = [
        f"{found.task}: {gate.name} {gate.value:.4f} above {gate.limit:g}"
        for found in watches
        for gate in found.broken
    ]
    if broken:
        raise ModelError(
            f"{len(broken)} gates of params.yaml (monitor) are broken: {'; '.join(broken)}. See "
            f"{report}; set a later date in params.yaml (until) and run `dvc repro` to retrain."
        )
