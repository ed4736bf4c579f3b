"""Stage fairness: how groups of customers fare with each candidate, and proxies of the groups."""

from typing import Any

import pandas as pd

from src.core.engine import connect
from src.core.files import read_parquet, replacing_folder, write_json
from src.core.ledger import open_ledger
from src.core.progress import say, step
from src.features.attributes import ATTRIBUTES, attributes
from src.features.spec import FeatureSpec
from src.models.candidates import load_candidates, read_predictions
from src.models.evaluate import MODEL
from src.models.fairness.disparity import disparities
from src.models.fairness.proxies import Fitting, proxies
from src.models.rows import KEYS
from src.pipeline.run import Run
from src.pipeline.unsupported import write_unsupported


def main(run: Run, task: str) -> None:
    """Compare the groups of each sensitive attribute on the test rows of one task."""
    if run.why_unsupported(task):
        write_unsupported(run, task, run.paths.fairness / task)
        return
    with step("fairness", f"{task}: {', '.join(ATTRIBUTES)}"):
        found = _found(run, task)
    for attribute, entry in found["attributes"].items():
        if reason := entry["disparities"].get("reason"):
            say("fairness", f"{task}: {attribute} is not judged: {reason}")
    with replacing_folder(run.paths.fairness / task) as folder:
        write_json(folder / "fairness.json", found)


def _found(run: Run, task: str) -> dict[str, Any]:
    params = run.params
    candidates = load_candidates(run.paths.models / task)
    model = candidates[MODEL]
    test, probabilities = read_predictions(run.paths.models / task, model.classes)
    tested = _with_attributes(run, test)
    latest = _with_attributes(run, _latest(run, task, model.spec))
    fitting = Fitting(params.train.folds, params.train.threads, params.seed)
    found = {
        name: {
            "disparities": disparities(
                tested,
                name,
                probabilities,
                model.costs,
                params.fairness,
                params.evaluate,
                params.seed,
            ),
            "proxies": proxies(
                latest, name, model.spec.names, params.fairness, params.evaluate, fitting
            ),
        }
        for name in ATTRIBUTES
    }
    return {"task": task, "confidence": params.evaluate.confidence, "attributes": found}


def _with_attributes(run: Run, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows, in their order, with the attributes as they were known at as_of."""
    ledger = open_ledger(run.paths.ledger, connect(run.params.engine))
    found = attributes(ledger, rows[KEYS], run.taxonomy)
    return rows.merge(found, on=KEYS, how="left", validate="1:1")


def _latest(run: Run, task: str, spec: FeatureSpec) -> pd.DataFrame:
    """The last labelled row of each customer with the model's features, by arrival."""
    labels = read_parquet(run.paths.labels / f"{task}.parquet")[[*KEYS, "arrival"]]
    last = labels.sort_values("as_of").drop_duplicates("arrival", keep="last")
    features = run.features()[[*KEYS, *spec.names]]
    rows = last.merge(features, on=KEYS, how="left", validate="1:1")
    return rows.sort_values("arrival", ignore_index=True)
