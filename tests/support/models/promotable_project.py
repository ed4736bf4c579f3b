"""A project's folder as far as the stage promote, of a synthetic task: real files, no ledger rows
but the customers."""

import json
import shutil
import sys
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from src.core.files import write_json, write_parquet
from src.core.ledger import table_of_rows
from src.core.params import load_params
from src.core.schemas import TABLES, TASKS
from src.features.spec import FeatureSpec
from src.models.candidates import save_candidates
from src.models.train import TaskRows, train_task
from src.pipeline import evaluate, fairness, paths, promote
from tests.support.models.mlflow_stores import empty_store
from tests.support.models.synthetic_tasks import PARAMS, panel, policy_of

PROJECT = Path(__file__).resolve().parents[3]
TASK = "churn"
CUSTOMERS, SNAPSHOTS, FEATURES = 300, 9, 6


def make_project(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make `folder` the working directory, with configuration, ledger, features and labels."""
    monkeypatch.chdir(folder)
    (folder / "mlflow.db").write_bytes(empty_store())
    (folder / "configs").symlink_to(PROJECT / "configs")
    shutil.copyfile(PROJECT / "params.yaml", folder / "params.yaml")
    set_params(evaluate__bootstrap=100, promote__min_rows=20, promote__max_calibration_error=0.5)
    features, labels, spec = panel(CUSTOMERS, SNAPSHOTS, FEATURES)
    customers = [
        {
            "customer_id": name,
            "kind": "person",
            "joined_on": datetime(2020, 1, 1),
            "known_at": datetime(2020, 1, 1 + place % 28, place // 28),
            "source": "test",
        }
        for place, name in enumerate(features["customer_id"].unique())
    ]
    paths.LEDGER.mkdir(parents=True)
    for name in TABLES:
        rows = customers if name == "customers" else []
        pq.write_table(table_of_rows(name, rows), paths.LEDGER / f"{name}.parquet")
    declare_unsupported({task: "no such labels" for task in TASKS if task != TASK})
    support({TASK})
    for task in TASKS:
        (paths.REPORTS / f"{task}.html").parent.mkdir(parents=True, exist_ok=True)
        (paths.REPORTS / f"{task}.html").write_text("<html></html>")
    write_features(features, spec)
    write_parquet(paths.LABELS / f"{TASK}.parquet", labels)


def declare_unsupported(reasons: dict[str, str]) -> None:
    """As the mapping of a source does."""
    content = {"base_currency": "CNY", "ends": "together", "unsupported": reasons}
    write_json(paths.LEDGER / "integration.json", content)


def support(tasks: set[str]) -> None:
    """As the stage labels finds."""
    entries = {task: {"supported": task in tasks, "reason": "too few classes"} for task in TASKS}
    write_json(paths.LABELS / "labels.json", entries)


def write_features(features: pd.DataFrame, spec: FeatureSpec) -> None:
    write_parquet(paths.FEATURES / "features.parquet", features)
    write_json(paths.FEATURES / "spec.json", spec.to_json())


def train(labels: pd.DataFrame, features: pd.DataFrame, spec: FeatureSpec, rounds: int) -> None:
    """The stage train at a size for tests: more rounds make another model."""
    rows = TaskRows(features, labels, spec)
    params = PARAMS.model_copy(update={"max_rounds": rounds, "trials": 1})
    trained = train_task(rows, policy_of(2), params, load_params().seed, paths.STUDIES)
    save_candidates(trained, paths.MODELS / TASK)


def run(stage, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    """A command's main with these arguments."""
    monkeypatch.setattr(sys, "argv", ["stage", *arguments])
    stage.main()


def promoted(monkeypatch: pytest.MonkeyPatch, rounds: int, noise: float = 0.0) -> dict:
    """Train, compare groups, evaluate and promote; the manifest's entry afterwards. noise: share of
    development labels that are drawn anew, which makes a worse model."""
    features, labels, spec = panel(CUSTOMERS, SNAPSHOTS, FEATURES)
    learned = labels.copy()
    if noise:
        rng = np.random.default_rng(0)
        wrong = (rng.random(len(labels)) < noise) & (labels["as_of"] < "2024-06-01")
        learned.loc[wrong, "label"] = rng.integers(0, 2, int(wrong.sum()))
    train(learned, features, spec, rounds)
    run(fairness, monkeypatch, TASK)
    run(evaluate, monkeypatch, TASK)
    run(promote, monkeypatch)
    return entry()


def entry() -> dict:
    return json.loads((paths.BUNDLE / "manifest.json").read_text("utf-8"))["tasks"][TASK]


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*.*")}


def set_params(**values: object) -> None:
    """Write values into params.yaml; a double underscore stands for a dot."""
    from dvc.utils.hydra import apply_overrides

    settings = [f"{key.replace('__', '.')}={value}" for key, value in values.items()]
    apply_overrides(Path("params.yaml").absolute(), settings)
