"""`kehu monitor`: a scored month of the served models; monitor.json, monitor.html, broken gates.

Retraining is `dvc repro` with a later date in params.yaml, nothing else.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from src.core.errors import ModelError, nearest
from src.core.files import read_json, read_parquet, replacing_folder, write_json
from src.core.progress import say, step
from src.models.bundle import load_bundle
from src.models.reference import reference_from_json
from src.models.releases.release import Release, served_release
from src.models.rows import KEYS
from src.models.served_features import with_features
from src.models.watch import Watch, watch
from src.pipeline.paths import WORDINGS
from src.pipeline.run import Run
from src.reports.monitoring.report import monitoring_page
from src.reports.texts import load_texts

STAGE = "monitor"


@dataclass(frozen=True)
class Monitored:
    """A month's watches by task, the page that tells of them, and a line for each broken gate."""

    month: str
    page: Path
    watches: list[Watch]

    @property
    def broken(self) -> list[str]:
        """A line for each gate of params.yaml (monitor) that broke."""
        return [
            f"{found.task}: {gate.name} {gate.value:.4f} above {gate.limit:g}"
            for found in self.watches
            for gate in found.broken
        ]

    def to_json(self) -> dict[str, Any]:
        """For machines."""
        tasks = {found.task: found.to_json() for found in self.watches}
        return {"month": self.month, "page": str(self.page), "broken": self.broken, "tasks": tasks}


def monitor(run: Run, month: str = "") -> Monitored:
    """Watch a month and write both files. month: a snapshot such as 2025-06-01; empty: the last.

    Raises ModelError if nothing is served or there is no such snapshot.
    """
    served = require_served(run)
    features = run.features()
    at = _snapshot(features["as_of"], month, run.paths.features)
    with step(STAGE, f"{at:%Y-%m-%d}"):
        watches = [_watch(run, task, served, features, at) for task in served.tasks]
    target = run.paths.monitoring / f"{at:%Y-%m-%d}"
    found = Monitored(f"{at:%Y-%m-%d}", target / "monitor.html", watches)
    with replacing_folder(target) as folder:
        write_json(folder / "monitor.json", {each.task: each.to_json() for each in watches})
        page = monitoring_page(watches, run.source, load_texts(WORDINGS))
        (folder / "monitor.html").write_text(page, encoding="utf-8")
    say(STAGE, f"{found.page}")
    return found


def require_served(run: Run) -> Release:
    """What is served. Raises ModelError if nothing is."""
    found = served_release(run.paths.pointer, run.paths.releases)
    if found is None:
        raise ModelError(
            f"{run.paths.pointer}: no such file, so nothing of {run.source} is served; expected "
            "served models. Run `kehu run`, then `kehu promote`."
        )
    return found[0]


def _snapshot(as_of: pd.Series, wanted: str, where: Path) -> pd.Timestamp:
    known = {f"{instant:%Y-%m-%d}": instant for instant in sorted(as_of.unique())}
    wanted = wanted or list(known)[-1]
    if wanted not in known:
        raise ModelError(
            f"month {wanted!r}: no snapshot of {where}, which go from {next(iter(known))} to "
            f"{list(known)[-1]}. {nearest(wanted, known)}"
        )
    month: pd.Timestamp = known[wanted]
    return month


def _watch(
    run: Run, task: str, served: Release, features: pd.DataFrame, month: pd.Timestamp
) -> Watch:
    bundle = load_bundle(served.bundle(task))
    path = served.reference(task)
    reference = reference_from_json(read_json(path), str(path))
    rows = features[features["as_of"] == month].reset_index(drop=True)
    rows = with_features(rows, [bundle.spec], run.ledger)
    earlier = features.loc[features["as_of"] < month, "as_of"]
    before = None
    if len(earlier):
        before = features.loc[features["as_of"] == earlier.max(), "customer_id"]
    labels = read_parquet(run.paths.labels / f"{task}.parquet", [*KEYS, "arrival", "label"])
    labels = labels.loc[labels["as_of"] == month].drop(columns="as_of")
    return watch(bundle, reference, rows, before, labels, run.params.monitor, run.params.evaluate)
