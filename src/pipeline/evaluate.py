"""Stage evaluate: figures with intervals on the test rows, and which candidate is served."""

from src.core.threads import quiet_threads

if __name__ == "__main__":
    quiet_threads()  # before LightGBM is imported below

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from src.core.errors import run_command
from src.core.files import read_json, read_parquet, replacing_folder, write_json
from src.core.params import Params, load_params
from src.core.progress import say, step
from src.models import tables
from src.models.amounts import judge_amounts, tenths
from src.models.bundle import Bundle
from src.models.calibration import Floats
from src.models.calibration_figures import calibration_by_class
from src.models.candidates import (
    candidate_folder,
    load_candidates,
    read_amounts,
    read_predictions,
    read_untuned,
)
from src.models.evaluate import MODEL, evaluate
from src.models.fairness.gates import fairness_gates
from src.models.fairness.headline import headline
from src.models.gates import decide, judge
from src.models.rows import KEYS
from src.models.set_figures import judge_sets
from src.models.tuning import tuning_gain
from src.pipeline import paths
from src.pipeline.tasks import task_argument, why_unsupported, write_unsupported

# Thirds of these are segments in which prediction sets are judged.
_SEGMENTS = ("age_years", "tenure_years", "holding_value")


def main() -> None:
    """Judge the candidates of one task."""
    task = task_argument()
    if why_unsupported(task):
        write_unsupported(task, paths.EVALUATION / task)
        write_json(paths.METRICS / f"{task}.json", {"supported": 0})
        return
    params = load_params()
    with step("evaluate", f"{task}: {params.evaluate.bootstrap} draws of customers"):
        metrics, rows, probabilities = _judged(task, params)
    say("evaluate", f"{task}: {metrics['reason']}")
    _write(task, metrics, rows, probabilities)


def _judged(task: str, params: Params) -> tuple[dict[str, Any], pd.DataFrame, Floats]:
    folder = paths.MODELS / task
    candidates = load_candidates(folder)
    classes = candidates[MODEL].classes
    rows, probabilities = read_predictions(folder, classes)
    costs = candidates[MODEL].costs
    metrics = evaluate(task, classes, rows, probabilities, params.evaluate, params.seed, costs)
    metrics["tuning"] = tuning_gain(
        rows, probabilities[MODEL], read_untuned(folder), params.evaluate, params.seed
    )
    amounts = read_amounts(folder)
    if amounts is not None and (assets := candidates[MODEL].assets):
        metrics["assets"] = judge_amounts(amounts, assets.coverage, params.evaluate, params.seed)
    metrics |= {key: candidates[MODEL].card[key] for key in ("forms", "directions")}
    features = read_parquet(paths.FEATURES / "features.parquet")
    tested = rows[KEYS].merge(features, on=KEYS, how="left", validate="1:1")
    labels = rows["label"].to_numpy(dtype=np.int64)
    metrics["calibration"] = {
        name: calibration_by_class(
            rows["customer_id"], classes, labels, p, params.evaluate, params.seed
        )
        for name, p in probabilities.items()
    }
    metrics["sets"] = _sets(candidates, rows, probabilities, tested, params)
    metrics["fairness"] = read_json(paths.FAIRNESS / task / "fairness.json")
    gates = {}
    for name, bundle in candidates.items():
        size = sum(path.stat().st_size for path in candidate_folder(folder, name).iterdir())
        error = max(one["debiased"] for one in metrics["calibration"][name])
        gates[name] = judge(bundle, size, tested, error, params.promote)
        gates[name] += fairness_gates(bundle, name, metrics["fairness"], params.fairness.gates)
    metrics |= decide(metrics, gates)
    return metrics, rows, probabilities[metrics["served"]]


def _sets(
    candidates: Mapping[str, Bundle],
    rows: pd.DataFrame,
    probabilities: Mapping[str, Floats],
    tested: pd.DataFrame,
    params: Params,
) -> dict[str, Any]:
    """What the prediction sets of each candidate hold, by segments that exist in the features."""
    numbers = {
        name: tested[name].to_numpy(dtype=np.float64) for name in _SEGMENTS if name in tested
    }
    return {
        name: judge_sets(
            bundle.sets,
            bundle.members(probabilities[name]),
            bundle.decided(probabilities[name]),
            rows,
            bundle.classes,
            numbers,
            params.evaluate,
            params.seed,
        )
        for name, bundle in candidates.items()
        if bundle.sets
    }


def _write(task: str, metrics: dict[str, Any], rows: pd.DataFrame, probabilities: Floats) -> None:
    classes, labels = list(metrics["class_shares"]), rows["label"].to_numpy()
    costs = metrics["costs"]
    with replacing_folder(paths.EVALUATION / task) as folder:
        write_json(folder / "evaluation.json", metrics)
        _csv(folder / "reliability.csv", tables.reliability(classes, labels, probabilities))
        amounts = read_amounts(paths.MODELS / task)
        if amounts is not None:
            _csv(folder / "assets.csv", tenths(amounts))
        _csv(folder / "deciles.csv", tables.deciles(labels, probabilities))
        _csv(folder / "confusion.csv", tables.confusion(classes, labels, probabilities, costs))
        _csv(
            folder / "by_month.csv",
            tables.by_month(rows["as_of"], classes, labels, probabilities, costs),
        )
    write_json(paths.METRICS / f"{task}.json", _headline(metrics))


def _headline(metrics: dict[str, Any]) -> dict[str, Any]:
    """What `dvc metrics` compares: the model's figures and its lead over each baseline."""
    figures = metrics["candidates"][MODEL]
    sets = metrics["sets"].get(metrics["served"])
    doubt = {"covered": sets["covered"]["value"], "size": sets["size"]} if sets else {}
    assets = metrics.get("assets", {})
    named = ("gini", "lead", "covered")
    return {
        "served": metrics["served"],
        "supported": 1,
        "model": {yardstick: found["value"] for yardstick, found in figures.items()},
        "lead": {baseline: found["value"] for baseline, found in metrics["paired"].items()},
        "sets": doubt,
        "assets": {name: assets[name]["value"] for name in named if name in assets},
        "fairness": headline(metrics["fairness"], metrics["served"]),
    }


def _csv(path: Path, table: pd.DataFrame) -> None:
    table.to_csv(path, index=False)


if __name__ == "__main__":
    run_command(main)
