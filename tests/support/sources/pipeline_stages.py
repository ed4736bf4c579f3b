"""A source through the pipeline's own stages, in a folder of its own and at small sizes."""

import contextlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from src.core.files import read_parquet
from src.pipeline.deliveries import collect, integrate
from src.pipeline.deliveries.inputs import key_of
from src.pipeline.modelling import evaluate, fairness, features, labels, train
from src.pipeline.run import Run, open_run
from src.privacy.key import PUBLIC, PUBLIC_KEY, fingerprint

PROJECT = Path(__file__).resolve().parents[3]
# A few features of each kind: what a stage can do shows in them as in the full catalogue.
CATALOGUE = """
groups: {all: {zh: 全部, en: All}}
filters: {}
families:
  - {group: all, unit: days, define: {kind: recency, which: last}, wording: {zh: 最近, en: Last}}
  - {group: all, unit: count, define: {kind: windowed, measure: rows, how: count},
     each: {days: [30, 90, 365]}, wording: {zh: "笔数{days}", en: "Movements {days}"}}
  - {group: all, unit: money, define: {kind: windowed, how: sum, days: 90},
     each: {measure: [inflow, outflow]}, wording: {zh: "{measure}", en: "{measure}"}}
  - {group: all, unit: money, define: {kind: holding, how: value}, wording: {zh: 资产, en: Assets}}
"""
SMALL = {
    "train.trials": 1,
    "train.max_rounds": 20,
    "train.folds": 2,
    "train.test_snapshots": 1,
    "train.test_share": 0.4,
    "train.threads": 1,
    "features.snapshots.warmup_months": 2,
    "features.catalogue": "configs/few.yaml",
    "evaluate.bootstrap": 50,
}


def workspace(folder: Path, source: str, settings: Mapping[str, Any] | None = None) -> Path:
    """The project's configuration in `folder`, with params.yaml for `source` at small sizes."""
    shutil.copytree(PROJECT / "configs", folder / "configs")
    (folder / "configs" / "few.yaml").write_text(CATALOGUE, encoding="utf-8")
    params = yaml.safe_load((PROJECT / "params.yaml").read_text(encoding="utf-8"))
    (folder / "source.txt").write_text(source, encoding="utf-8")
    for key, value in {**SMALL, **(settings or {})}.items():
        *sections, last = key.split(".")
        section = params
        for name in sections:
            section = section[name]
        section[last] = value
    (folder / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
    return folder


def run_of(folder: Path) -> Run:
    """The run of the workspace's source; the workspace has to be the current folder."""
    return open_run((folder / "source.txt").read_text(encoding="utf-8"))


def data_of(folder: Path) -> Path:
    """Where the outputs of the workspace's source stand."""
    return folder / "data" / (folder / "source.txt").read_text(encoding="utf-8")


def integrated(folder: Path) -> dict[str, Any]:
    """Run collect and integrate in the workspace; what integration.json then says."""
    with contextlib.chdir(folder):
        run = run_of(folder)
        collect.main(run)
        integrate.main(run, PUBLIC if key_of(run) == PUBLIC_KEY else fingerprint(key_of(run)))
    account: dict[str, Any] = read_json(data_of(folder) / "ledger/integration.json")
    return account


def labelled(folder: Path) -> dict[str, Any]:
    """Run features and labels after `integrated`; what labels.json then says."""
    with contextlib.chdir(folder):
        features.main(run_of(folder))
        labels.main(run_of(folder))
    account: dict[str, Any] = read_json(data_of(folder) / "labels/labels.json")
    return account


def judged(folder: Path, task: str) -> dict[str, Any]:
    """Run train, fairness and evaluate of a task after `labelled`; what evaluation.json says."""
    with contextlib.chdir(folder):
        for stage in (train, fairness, evaluate):
            stage.main(run_of(folder), task)
    path = data_of(folder) / f"evaluation/{task}/evaluation.json"
    evaluation: dict[str, Any] = read_json(path)
    return evaluation


def ledger_table(folder: Path, table: str) -> pd.DataFrame:
    """One table of the workspace's ledger."""
    return read_parquet(data_of(folder) / f"ledger/{table}.parquet")


def split_of(folder: Path, task: str) -> dict[str, Any]:
    """How the trained model of the task was tested, from its card."""
    card: dict[str, Any] = read_json(data_of(folder) / f"models/{task}/model/card.json")["training"]
    split: dict[str, Any] = card["split"]
    return split


def totals(account: Mapping[str, Any], table: str) -> tuple[int, int, dict[str, int]]:
    """Rows in, rows out and rows rejected by rule of a ledger table, over all its entries."""
    rows = [row for row in account["rows"] if row["table"] == table]
    rejected: dict[str, int] = {}
    for row in rows:
        assert row["rows_in"] == row["rows_out"] + sum(row["rejected"].values()), row
        for rule, count in row["rejected"].items():
            rejected[rule] = rejected.get(rule, 0) + count
    return sum(row["rows_in"] for row in rows), sum(row["rows_out"] for row in rows), rejected


def read_json(path: Path) -> Any:
    """The content of a JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))
