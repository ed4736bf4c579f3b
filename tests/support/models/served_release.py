"""A synthetic model that is served: a sealed release, its labels, and its version in MLflow."""

import dataclasses
import shutil
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from src.core.files import digest, write_json, write_parquet
from src.models.bundle import Bundle, save_bundle
from src.models.mlflow_store import open_registry
from src.models.promotion_log import Entry
from src.models.releases.pointer import Pointer, move_pointer
from src.models.releases.release import Release, publish, seal
from src.models.splits import split_rows
from src.models.tracking import Record, record_version
from src.pipeline.run import Run, open_run
from tests.models.test_bundle import bundle_of
from tests.support.models.mlflow_stores import go_home
from tests.support.models.synthetic_tasks import panel

PROJECT = Path(__file__).resolve().parents[3]
TASK = "churn"
SILENT = "C99999"
SEED, SHARE = 1, 0.4
SINCE = "2026-01-01T00:00:00+00:00"


def serve(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Make `folder` the current project, in which a model of 40 customers is served."""
    go_home(folder, monkeypatch)
    (folder / "configs").symlink_to(PROJECT / "configs")
    shutil.copyfile(PROJECT / "params.yaml", folder / "params.yaml")
    run = open_run("simulated")
    put_into_service(run, [f"C{number:05d}" for number in range(40)])
    return run


def put_into_service(run: Run, customers: Sequence[str]) -> None:
    """Serve a model of these customers; they became known in this order."""
    features, labels, _ = panel(customers=len(customers), features=8)
    names = dict(zip(sorted(features["customer_id"].unique()), customers, strict=True))
    for table in (features, labels):
        table["customer_id"] = table["customer_id"].map(names)
    write_parquet(run.paths.labels / f"{TASK}.parquet", labels)
    bundle = bundle_of_labels(run, labels)
    register(run, bundle)
    release = make_release(run, bundle, features)
    decision = Entry(SINCE, TASK, "promoted", "it is the first", bundle.version, bundle.fingerprint)
    pointer = Pointer(release.digest, SINCE, "", [dataclasses.asdict(decision)])
    move_pointer(run.paths.pointer, pointer)


def bundle_of_labels(run: Run, labels: pd.DataFrame, seed: int = SEED) -> Bundle:
    """A model whose card says that it was trained on the labels that stand there."""
    split = split_rows(labels, 60, SHARE, 2, seed)
    path = run.paths.labels / f"{TASK}.parquet"
    card = {
        "split": split.facts() | {"seed": seed, "test_share": SHARE},
        "provenance": {"data": {path.as_posix(): digest(path, "md5")}},
    }
    return dataclasses.replace(bundle_of("lightgbm", 2), card=card)


def register(run: Run, bundle: Bundle) -> None:
    """A version of the bundle in MLflow."""
    save_bundle(bundle, Path("bundle"))
    record = Record(run.source, TASK, Path("bundle"), bundle.version, "model", "it is the best")
    with open_registry() as registry:
        record_version(registry, record)
    shutil.rmtree("bundle")


def make_release(run: Run, bundle: Bundle, features: pd.DataFrame) -> Release:
    """A release of the bundle with the customers' rows, published and not yet served."""
    built = run.paths.releases / "built"
    save_bundle(bundle, built / TASK)
    write_json(built / f"reference/{TASK}.json", {"rows": len(features)})
    latest = features.drop_duplicates("customer_id", keep="last")
    write_parquet(built / "serving/features.parquet", latest)
    write_parquet(built / "serving/without_history.parquet", pa.table({"customer_id": [SILENT]}))
    write_parquet(built / "serving/products.parquet", pa.table({"product_id": ["P1"]}))
    write_parquet(built / "scores/scores.parquet", latest[["customer_id", "as_of"]])
    entry = {"version": bundle.version, "fingerprint": bundle.fingerprint, "kind": "lightgbm"}
    entry |= {"winner": "model", "reason": "it is the best"}
    facts = {"source": run.source, "base_currency": "CNY", "taxonomy": "0", "unsupported": {}}
    seal(built, {**facts, "tasks": {TASK: entry}})
    return publish(built, run.paths.releases)


def learned_and_held_out(labels: pd.DataFrame) -> tuple[str, str]:
    """A customer that the served model learned from, and one that it never saw."""
    split = split_rows(labels, 60, SHARE, 2, SEED)
    names = labels["customer_id"]
    learned = set(names[split.development])
    return min(learned), min(set(names) - learned)
