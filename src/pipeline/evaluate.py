"""Stage evaluate: figures with intervals on the test rows, and which candidate is served."""

from pathlib import Path
from typing import Any

import pandas as pd

from src.core.errors import run_command
from src.core.files import read_json, read_parquet, replacing_folder, write_json
from src.core.params import Params, load_params
from src.core.progress import say, step
from src.models import tables
from src.models.calibration import Floats
from src.models.evaluate import MODEL, evaluate
from src.models.fairness.gates import fairness_gates
from src.models.fairness.headline import headline
from src.models.gates import decide, judge
from src.models.train import KEYS, candidate_folder, load_candidates, read_predictions
from src.pipeline import paths
from src.pipeline.tasks import task_argument, why_unsupported, write_unsupported


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
    metrics = evaluate(task, classes, rows, probabilities, params.evaluate, params.seed)
    features = read_parquet(paths.FEATURES / "features.parquet")
    tested = rows[KEYS].merge(features, on=KEYS, how="left", validate="1:1")
    fairness = read_json(paths.FAIRNESS / task / "fairness.json")
    gates = {}
    for name, bundle in candidates.items():
        size = sum(path.stat().st_size for path in candidate_folder(folder, name).iterdir())
        error = metrics["candidates"][name]["calibration_error"]["value"]
        gates[name] = judge(bundle, size, tested, error, params.promote)
        gates[name] += fairness_gates(bundle, name, fairness, params.fairness.gates)
    metrics |= decide(metrics, gates) | {"fairness": fairness}
    return metrics, rows, probabilities[metrics["served"]]


def _write(task: str, metrics: dict[str, Any], rows: pd.DataFrame, probabilities: Floats) -> None:
    classes, labels = list(metrics["class_shares"]), rows["label"].to_numpy()
    with replacing_folder(paths.EVALUATION / task) as folder:
        write_json(folder / "evaluation.json", metrics)
        _csv(folder / "reliability.csv", tables.reliability(classes, labels, probabilities))
        _csv(folder / "deciles.csv", tables.deciles(labels, probabilities))
        _csv(folder / "confusion.csv", tables.confusion(classes, labels, probabilities))
        _csv(
            folder / "by_month.csv", tables.by_month(rows["as_of"], classes, labels, probabilities)
        )
    write_json(paths.METRICS / f"{task}.json", _headline(metrics))


def _headline(metrics: dict[str, Any]) -> dict[str, Any]:
    """What `dvc metrics` compares: the model's figures and its lead over each baseline."""
    figures = metrics["candidates"][MODEL]
    return {
        "served": metrics["served"],
        "supported": 1,
        "model": {yardstick: found["value"] for yardstick, found in figures.items()},
        "lead": {baseline: found["value"] for baseline, found in metrics["paired"].items()},
        "fairness": headline(metrics["fairness"], metrics["served"]),
    }


def _csv(path: Path, table: pd.DataFrame) -> None:
    table.to_csv(path, index=False)


if __name__ == "__main__":
    run_command(main)
