"""Churn at the simulated bank, by the product's own split out of time, beside what can be known."""

from pathlib import Path

import numpy as np
import yaml

from src.core.params import SnapshotParams
from src.core.params.train import TrainParams
from src.core.taxonomy import load_taxonomy
from src.features.arrivals import arrivals
from src.features.labels import build_labels
from src.features.spec import load_catalogue
from src.features.spine import make_spine, snapshots
from src.models.splits import split_rows
from tests.benchmarks.feature_evidence import ROOT, ledger_of
from tests.benchmarks.world.bayes import leaving_chances
from tests.benchmarks.world.problem import KEYS, Problem, built, some_customers

BEST = "Bayes-best, knowing the hazards"


def problem(
    folder: Path, customers: int, every_months: int, train: TrainParams, seed: int
) -> Problem:
    """Rows of at most so many customers, learned from and judged as in the pipeline."""
    ledger, account = ledger_of("simulated", folder, customers)
    taxonomy = load_taxonomy(ROOT / "configs/taxonomy.yaml", "simulated")
    instants = snapshots(ledger, SnapshotParams(warmup_months=6, every_months=every_months))
    rows = build_labels(ledger, make_spine(ledger, instants), "churn", taxonomy, account["ends"])
    rows.insert(2, "arrival", rows["customer_id"].map(arrivals(ledger)))
    rows = some_customers(rows, customers, seed)
    horizon = taxonomy.horizon_days("churn")
    chance = leaving_chances(rows, folder / "data/simulated/truth", folder / "data/simulated/vault")
    rows, chance = rows[~np.isnan(chance)].reset_index(drop=True), chance[~np.isnan(chance)]
    split = split_rows(rows, horizon, train.test_share, train.test_snapshots, seed)
    spec = load_catalogue(ROOT / "configs/features.yaml")
    asked = rows[split.development | split.test]
    kept = folder / "world" / f"{customers}-{every_months}.parquet"
    features = built(ledger, asked, spec, kept)[[*KEYS, *spec.names]]
    rows = rows.merge(features, on=KEYS, how="left", validate="1:1")
    told = _as_labelled(chance, rows["label"].to_numpy(), split.development)
    return Problem(
        name="simulated bank, churn",
        task="churn",
        classes=taxonomy.classes("churn"),
        horizon_days=horizon,
        rows=rows,
        spec=spec,
        folds=[(split.development, split.test)],
        figure="auroc",
        by_time=True,
        told={BEST: told[split.test]},
    )


def train_params(trials: int, threads: int) -> TrainParams:
    """Those of params.yaml but for the budget."""
    content = yaml.safe_load((ROOT / "params.yaml").read_text())["train"]
    return TrainParams(**content | {"trials": trials, "threads": threads})


def _as_labelled(chance: np.ndarray, labels: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """(n, 2) probabilities of the label: not all who leave count, nor do only they. By the rates of
    the rows to learn from, at the two ends of what the simulator knows."""
    X = np.column_stack([1 - chance[seen], chance[seen]])
    stays, leaves = np.clip(np.linalg.lstsq(X, labels[seen], rcond=None)[0], 1e-4, 1 - 1e-4)
    p = stays + (leaves - stays) * chance
    return np.column_stack([1 - p, p])
