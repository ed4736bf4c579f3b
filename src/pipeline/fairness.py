"""Stage fairness: how groups of customers fare with each candidate, and proxies of the groups."""

from src.core.threads import quiet_threads

if __name__ == "__main__":
    quiet_threads()  # before LightGBM is imported below

from typing import Any

import pandas as pd

from src.core.engine import connect
from src.core.errors import run_command
from src.core.files import read_parquet, replacing_folder, write_json
from src.core.ledger import open_ledger
from src.core.params import Params, load_params
from src.core.progress import say, step
from src.core.taxonomy import load_taxonomy
from src.features.attributes import ATTRIBUTES, attributes
from src.features.spec import FeatureSpec
from src.models.candidates import load_candidates, read_predictions
from src.models.evaluate import MODEL
from src.models.fairness.disparity import disparities
from src.models.fairness.proxies import Fitting, proxies
from src.models.rows import KEYS
from src.pipeline import paths
from src.pipeline.tasks import task_argument, why_unsupported, write_unsupported


def main() -> None:
    """Compare the groups of each sensitive attribute on the test rows of one task."""
    task = task_argument()
    if why_unsupported(task):
        write_unsupported(task, paths.FAIRNESS / task)
        return
    params = load_params()
    with step("fairness", f"{task}: {', '.join(ATTRIBUTES)}"):
        found = _found(task, params)
    for attribute, entry in found["attributes"].items():
        if reason := entry["disparities"].get("reason"):
            say("fairness", f"{task}: {attribute} is not judged: {reason}")
    with replacing_folder(paths.FAIRNESS / task) as folder:
        write_json(folder / "fairness.json", found)


def _found(task: str, params: Params) -> dict[str, Any]:
    candidates = load_candidates(paths.MODELS / task)
    model = candidates[MODEL]
    test, probabilities = read_predictions(paths.MODELS / task, model.classes)
    tested = _with_attributes(test, params)
    latest = _with_attributes(_latest(task, model.spec), params)
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


def _with_attributes(rows: pd.DataFrame, params: Params) -> pd.DataFrame:
    """The rows, in their order, with the attributes as they were known at as_of."""
    ledger = open_ledger(paths.LEDGER, connect(params.engine))
    taxonomy = load_taxonomy(params.taxonomy, params.source)
    found = attributes(ledger, rows[KEYS], taxonomy)
    return rows.merge(found, on=KEYS, how="left", validate="1:1")


def _latest(task: str, spec: FeatureSpec) -> pd.DataFrame:
    """The last labelled row of each customer with the model's features, by arrival."""
    labels = read_parquet(paths.LABELS / f"{task}.parquet")[[*KEYS, "arrival"]]
    last = labels.sort_values("as_of").drop_duplicates("arrival", keep="last")
    features = read_parquet(paths.FEATURES / "features.parquet")[[*KEYS, *spec.names]]
    rows = last.merge(features, on=KEYS, how="left", validate="1:1")
    return rows.sort_values("arrival", ignore_index=True)


if __name__ == "__main__":
    run_command(main)
