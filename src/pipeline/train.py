"""Stage train: the candidates of one task."""

from src.core.threads import quiet_threads

if __name__ == "__main__":
    quiet_threads()  # before LightGBM is imported below

import pandas as pd

from src.core.errors import run_command
from src.core.files import read_json, read_parquet
from src.core.params import Params, load_params
from src.core.progress import say
from src.core.taxonomy import load_taxonomy
from src.features.spec import FeatureSpec
from src.models.candidates import save_candidates
from src.models.train import TaskRows, train_task
from src.models.training import TaskPolicy
from src.pipeline import paths
from src.pipeline.provenance import data_hashes
from src.pipeline.tasks import task_argument, why_unsupported, write_unsupported


def main() -> None:
    """Train the LightGBM and the baselines, or say why the source doesn't support the task."""
    task = task_argument()
    params = load_params()
    if reason := why_unsupported(task):
        say("train", f"{task}: nothing to train: {reason}")
        write_unsupported(task, paths.MODELS / task)
        return
    rows, policy = _rows(task), _policy(task, params)
    trained = train_task(rows, policy, params.train, params.seed, paths.STUDIES)
    save_candidates(trained, paths.MODELS / task)


def _rows(task: str) -> TaskRows:
    features, labels = paths.FEATURES / "features.parquet", paths.LABELS / f"{task}.parquet"
    return TaskRows(
        features=read_parquet(features),
        labels=read_parquet(labels),
        spec=FeatureSpec.from_json(read_json(paths.FEATURES / "spec.json")),
        hashes=data_hashes(features, labels),
        amounts=_amounts(task),
    )


def _policy(task: str, params: Params) -> TaskPolicy:
    taxonomy = load_taxonomy(params.taxonomy, params.source)
    return TaskPolicy(
        task=task,
        classes=taxonomy.classes(task),
        wordings=taxonomy.wordings(task),
        horizon_days=taxonomy.horizon_days(task),
        costs=taxonomy.costs(task),
    )


def _amounts(task: str) -> pd.DataFrame | None:
    """What the customers held at the horizon's end, where the labels are tiers of it."""
    path = paths.LABELS / paths.AMOUNTS
    return read_parquet(path) if task == "value_tier" and path.exists() else None


if __name__ == "__main__":
    run_command(main)
