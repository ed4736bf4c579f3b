"""Stage evaluate: figures with intervals on the test rows, and which candidate is served."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from src.core.files import read_json, replacing_folder, write_json
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
from src.pipeline.run import Run
from src.pipeline.unsupported import write_unsupported

# Thirds of these are segments in which prediction sets are judged.
_SEGMENTS = ("age_years", "tenure_years", "holding_value")


def main(run: Run, task: str) -> None:
    """Judge the candidates of one task."""
    where = run.paths
    if run.why_unsupported(task):
        write_unsupported(run, task, where.evaluation / task)
        _write_no_plots(where.plots / task)
        write_json(where.metrics / f"{task}.json", {"supported": 0})
        return
    with step("evaluate", f"{task}: {run.params.evaluate.bootstrap} draws of customers"):
        metrics, rows, probabilities = _judged(run, task)
    say("evaluate", f"{task}: {metrics['reason']}")
    _write(run, task, metrics, rows, probabilities)


def _judged(run: Run, task: str) -> tuple[dict[str, Any], pd.DataFrame, Floats]:
    folder, params = run.paths.models / task, run.params
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
    tested = rows[KEYS].merge(run.features(), on=KEYS, how="left", validate="1:1")
    labels = rows["label"].to_numpy(dtype=np.int64)
    metrics["calibration"] = {
        name: calibration_by_class(
            rows["customer_id"], classes, labels, p, params.evaluate, params.seed
        )
        for name, p in probabilities.items()
    }
    metrics["sets"] = _sets(candidates, rows, probabilities, tested, run)
    metrics["fairness"] = read_json(run.paths.fairness / task / "fairness.json")
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
    run: Run,
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
            run.params.evaluate,
            run.params.seed,
        )
        for name, bundle in candidates.items()
        if bundle.sets
    }


def _write(
    run: Run, task: str, metrics: dict[str, Any], rows: pd.DataFrame, probabilities: Floats
) -> None:
    classes, labels = list(metrics["class_shares"]), rows["label"].to_numpy()
    costs, where = metrics["costs"], run.paths
    months = tables.by_month(rows["as_of"], classes, labels, probabilities, costs)
    amounts = read_amounts(where.models / task)
    with replacing_folder(where.evaluation / task) as folder:
        write_json(folder / "evaluation.json", metrics)
        _csv(folder / "by_month.csv", months)
        if amounts is not None:
            _csv(folder / "assets.csv", tenths(amounts))
    with replacing_folder(where.plots / task) as folder:
        _csv(folder / "reliability.csv", tables.reliability(classes, labels, probabilities))
        _csv(folder / "lift.csv", tables.deciles(labels, probabilities))
        _csv(folder / "confusion.csv", tables.confusion(classes, labels, probabilities, costs))
        _csv(folder / "labels.csv", _label_shares(where.labels / f"{task}_by_month.csv"))
    write_json(where.metrics / f"{task}.json", _headline(metrics))


def _write_no_plots(target: Path) -> None:
    """Tables without rows, for a task that the source doesn't support: DVC expects the files."""
    heads = {
        "reliability": "class,confidence,frequency",
        "lift": "decile,lift",
        "confusion": "actual,predicted,rows,share",
        "labels": "month,class,share",
    }
    with replacing_folder(target) as folder:
        for name, columns in heads.items():
            (folder / f"{name}.csv").write_text(f"{columns}\n", encoding="utf-8")


def _label_shares(by_month: Path) -> pd.DataFrame:
    """Columns month, class, share: of the rows with a label, and of the highest class in them."""
    wide = pd.read_csv(by_month).rename(
        columns={"labelled_share": "labelled", "highest_class_share": "highest class"}
    )
    return wide.melt("month", ["labelled", "highest class"], "class", "share")


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
