"""`python -m tests.benchmarks.feature_evidence`: which features help a task of a source.

On the simulated bank and on the real sources whose files are here (KEHU_SHARED_DATA), each task's
development rows are parted by customer, several times over. The features are dealt into hands at
random, so that one is not hidden by all others that say nearly the same. From each hand, and a
shadow of each of its features, the same values in random order (Kursa and Rudnicki, 2010), LightGBM
learns on one side and is explained on the other. A feature's importance is the covariance there of
its Shapley values with what came: by how much they move the rows towards their own class, to first
order in the log loss. It scores a hit where it beats the best shadow of all hands. The test rows
are never looked at.

The bar, set before the run and not moved after it: a feature is kept if it scores a hit in at least
half of the repeats, for at least one task of at least one source. What falls below it is dropped,
unless the catalogue says why it is kept all the same.

Writes configs/feature_evidence.csv, one line per feature, source and task, and prints which
features the catalogue should drop; of sources that it is not asked for, the lines stay. --folder
keeps ledgers, features and the evidence of each task, and takes up what stands in it.
"""

import argparse
import os
import tempfile
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pandas as pd
import yaml

from src.core.engine import EngineParams, connect
from src.core.files import read_json, read_parquet, write_json, write_parquet
from src.core.ledger import open_ledger
from src.core.params import SnapshotParams, TrainParams
from src.core.taxonomy import load_taxonomy
from src.features.arrivals import arrivals
from src.features.build import build_features
from src.features.catalogue import EVIDENCE
from src.features.labels import build_labels
from src.features.spec import load_candidates
from src.features.spine import make_spine, snapshots
from src.models.fit import FIXED
from src.models.rows import checked_split, labelled_rows, usable_features
from src.models.splits import grouped_folds, subsample
from tests.benchmarks.integration import ROOT, checkout, run
from tests.support.features.evidence import helpful

CATALOGUE = ROOT / "configs/features.yaml"
SOURCES = ("simulated", "berka", "far_trans", "xiamen")
TASKS = ("risk_appetite", "value_tier", "churn")
GROWTH = {"learning_rate": 0.1, "num_leaves": 8, "min_data_in_leaf": 30, "feature_fraction": 0.5}
HAND = 60
ROUNDS = 60
FOLDS = 3
KEYS = ["customer_id", "as_of"]


def ledger_of(source, folder, customers):
    """The source's ledger in `folder`, integrated by the pipeline's own stages if it is not."""
    ledger = folder / "data" / source / "ledger"
    if not (ledger / "integration.json").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        checkout(folder, customers, None, None)
        (folder / "data/incoming").symlink_to(ROOT / "data/incoming")
        for stage in ("check", "collect", "integrate"):
            run(stage, folder, source)
    account = read_json(ledger / "integration.json")
    return open_ledger(ledger, connect(EngineParams(threads=2))), account


def development_rows(source, ledger, account, options):
    """By task, the labelled development rows (customer_id, as_of, arrival, label), and classes."""
    every = SnapshotParams(warmup_months=6, every_months=options.every_months)
    spine = make_spine(ledger, snapshots(ledger, every))
    arrived = arrivals(ledger)
    names = spine["customer_id"].drop_duplicates()
    if len(names) > options.customers:
        chosen = arrived[names].sort_values().index
        places = np.random.default_rng(options.seed).permutation(len(chosen))[: options.customers]
        spine = spine[spine["customer_id"].isin(chosen[places])].reset_index(drop=True)
    taxonomy = load_taxonomy(ROOT / "configs/taxonomy.yaml", source)
    train = TrainParams(**yaml.safe_load((ROOT / "params.yaml").read_text())["train"])
    found = {}
    for task in TASKS:
        if task in account["unsupported"]:
            continue
        labels = build_labels(ledger, spine, task, taxonomy, account["ends"])
        labels.insert(2, "arrival", labels["customer_id"].map(arrived))
        classes, horizon = taxonomy.classes(task), taxonomy.horizon_days(task)
        split = checked_split(labels, classes, task, horizon, train, options.seed)
        rows = labels[split.development].reset_index(drop=True)
        found[task] = rows.iloc[subsample(rows, options.rows, options.seed)], len(classes)
    return found


def trial(rows, names, classes, seed):
    """(importance of each feature, best of the shadows) on customers that were not trained on."""
    rng = np.random.default_rng(seed)
    X = rows[list(names)].to_numpy(np.float64)
    y = rows["label"].to_numpy(np.int64)
    held_out = grouped_folds(rows["arrival"], FOLDS, seed) == 0
    importance, shadow = np.zeros(len(names)), 0.0
    for hand in np.array_split(rng.permutation(len(names)), -(-len(names) // HAND)):
        shadows = [column[rng.permutation(len(X))] for column in X[:, hand].T]
        values = importances(np.column_stack([X[:, hand], *shadows]), y, held_out, classes, seed)
        importance[hand] = values[: len(hand)]
        shadow = max(shadow, values[len(hand) :].max())
    return importance, shadow


def importances(X, y, held_out, classes, seed):
    """Covariance of each column's Shapley values with the outcome, over the rows held out."""
    several = {"objective": "multiclass", "num_class": classes}
    kind = several if classes > 2 else {"objective": "binary"}
    params = FIXED | GROWTH | kind | {"seed": seed, "num_threads": 1}
    booster = lgb.train(params, lgb.Dataset(X[~held_out], y[~held_out]), ROUNDS)
    outputs = classes if classes > 2 else 1
    values = np.asarray(booster.predict(X[held_out], pred_contrib=True))
    values = values.reshape(held_out.sum(), outputs, -1)[:, :, :-1]
    came = np.eye(classes)[y[held_out]] - np.eye(classes)[y[~held_out]].mean(axis=0)
    came = came if outputs > 1 else came[:, 1:]
    return np.einsum("nkf,nk->f", values, came) / len(came)


def evidence_of(source, task, rows, classes, names, options):
    """One line per feature: hits among the repeats; importance as a multiple of the best shadow."""
    trials = [trial(rows, names, classes, options.seed + r) for r in range(options.repeats)]
    importance = np.array([values for values, _ in trials])
    best = np.array([shadow for _, shadow in trials])
    return pd.DataFrame(
        {
            "feature": list(names),
            "source": source,
            "task": task,
            "repeats": options.repeats,
            "hits": (importance > best[:, None]).sum(axis=0),
            "importance": np.round(importance.mean(axis=0) / best.mean(), 2),
        }
    )


def evidence_of_source(source, folder, candidates, options):
    """The evidence of each task that the source supports."""
    parts = []
    kept = folder / "evidence"
    if not (kept / "classes.json").is_file():
        kept.mkdir(parents=True, exist_ok=True)
        ledger, account = ledger_of(source, folder, options.customers)
        tasks = development_rows(source, ledger, account, options)
        spine = pd.concat([rows[KEYS] for rows, _ in tasks.values()]).drop_duplicates()
        features = build_features(ledger, spine.reset_index(drop=True), candidates)
        for task, (labels, _) in tasks.items():
            write_parquet(kept / f"{task}.parquet", labelled_rows(features, labels, task))
        write_json(kept / "classes.json", {task: classes for task, (_, classes) in tasks.items()})
    for task, classes in read_json(kept / "classes.json").items():
        rows = read_parquet(kept / f"{task}.parquet")
        names = usable_features(rows, candidates)
        if not (kept / f"{task}.csv").is_file():
            found = evidence_of(source, task, rows, classes, names, options)
            found.to_csv(kept / f"{task}.csv", index=False)
        parts.append(pd.read_csv(kept / f"{task}.csv"))
        print(
            f"{source} {task}: {len(rows)} rows of {rows['customer_id'].nunique()} customers, "
            f"{len(names)} features differ between rows, {len(helpful(parts[-1]))} help",
            flush=True,
        )
    return parts


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sources", nargs="+", default=SOURCES, choices=SOURCES)
    parser.add_argument("--customers", type=int, default=6000, help="at most, of each source")
    parser.add_argument("--rows", type=int, default=8000, help="at most, of each task")
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--every-months", type=int, default=3)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--folder", type=Path, help="work here, and keep it")
    parser.add_argument("--write", type=Path, default=ROOT / EVIDENCE)
    options = parser.parse_args()
    shared = Path(os.environ.get("KEHU_SHARED_DATA", ROOT / "../shared/data")).resolve()
    os.environ["KEHU_SHARED_DATA"] = str(shared)
    folder = options.folder or Path(tempfile.mkdtemp(prefix="kehu-evidence-"))
    candidates, parts = load_candidates(CATALOGUE), []
    for source in options.sources:
        if source != "simulated" and not (shared / source).is_dir():
            print(
                f"{source}: no {shared / source}; set KEHU_SHARED_DATA to the folder that holds it"
            )
            continue
        parts += evidence_of_source(source, folder / source, candidates, options)
    evidence = pd.concat(parts, ignore_index=True)
    if options.write.is_file():
        before = pd.read_csv(options.write)
        others = before[~before["source"].isin(evidence["source"])]
        evidence = pd.concat([evidence, others], ignore_index=True)
    evidence.to_csv(options.write, index=False)
    good = helpful(evidence)
    print(f"\n{len(good)} of {len(candidates)} features help. To drop, or to keep for a reason:")
    print("\n".join(name for name in candidates.names if name not in good))


if __name__ == "__main__":
    main()
