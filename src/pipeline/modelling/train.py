"""Stage train: the candidates of one task."""

import pandas as pd

from src.core.files import read_parquet
from src.core.progress import say
from src.features.spec import load_spec
from src.models.candidates import save_candidates
from src.models.train import TaskRows, train_task
from src.models.training import TaskPolicy
from src.pipeline.paths import AMOUNTS
from src.pipeline.provenance import data_hashes, noting_run
from src.pipeline.run import Run
from src.pipeline.unsupported import write_unsupported

STAGE = "train"


def main(run: Run, task: str) -> None:
    """Train the LightGBM and the baselines, or say why the source doesn't support the task."""
    if reason := run.why_unsupported(task):
        say(STAGE, f"{task}: nothing to train: {reason}")
        write_unsupported(run, task, run.paths.models / task)
        return
    rows, policy, params = _rows(run, task), _policy(run, task), run.params
    with noting_run(run.paths.runs, task) as made:
        trained = train_task(rows, policy, params.train, params.seed, run.paths.studies)
        made += [bundle.version for bundle in trained.candidates.values()]
    save_candidates(trained, run.paths.models / task)


def _rows(run: Run, task: str) -> TaskRows:
    features = run.paths.features / "features.parquet"
    labels = run.paths.labels / f"{task}.parquet"
    return TaskRows(
        features=read_parquet(features),
        labels=read_parquet(labels),
        spec=load_spec(run.paths.spec),
        hashes=data_hashes(features, labels),
        amounts=_amounts(run, task),
    )


def _policy(run: Run, task: str) -> TaskPolicy:
    taxonomy = run.taxonomy
    return TaskPolicy(
        task=task,
        classes=taxonomy.classes(task),
        wordings=taxonomy.wordings(task),
        horizon_days=taxonomy.horizon_days(task),
        costs=taxonomy.costs(task),
    )


def _amounts(run: Run, task: str) -> pd.DataFrame | None:
    """What the customers held at the horizon's end, where the labels are tiers of it."""
    path = run.paths.labels / AMOUNTS
    return read_parquet(path) if task == "value_tier" and path.exists() else None
