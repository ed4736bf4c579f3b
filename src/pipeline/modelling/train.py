"""Stage train: the candidates of one task."""

import pandas as pd

from src.core.files import read_parquet
from src.core.progress import say
from src.models.candidates import save_candidates
from src.models.train import train_task
from src.pipeline.paths import AMOUNTS
from src.pipeline.provenance import data_hashes
from src.pipeline.run import Run, run_stage
from src.pipeline.unsupported import write_unsupported


def main(run: Run, task: str) -> None:
    """Train the LightGBM and the baselines, or say why the source doesn't support the task."""
    params = run.params
    if reason := run.why_unsupported(task):
        say("train", f"{task}: nothing to train: {reason}")
        write_unsupported(run, task, run.paths.models / task)
        return
    taxonomy = run.taxonomy
    features, labels = run.paths.features / "features.parquet", run.paths.labels / f"{task}.parquet"
    trained = train_task(
        features=read_parquet(features),
        labels=read_parquet(labels),
        spec=run.spec(),
        classes=taxonomy.classes(task),
        wordings=taxonomy.wordings(task),
        task=task,
        horizon_days=taxonomy.horizon_days(task),
        params=params.train,
        seed=params.seed,
        study=run.paths.studies,
        provenance={"data": data_hashes(features, labels)},
        costs=taxonomy.costs(task),
        amounts=_amounts(run, task),
    )
    save_candidates(trained, run.paths.models / task)


def _amounts(run: Run, task: str) -> pd.DataFrame | None:
    """What the customers held at the horizon's end, where the labels are tiers of it."""
    path = run.paths.labels / AMOUNTS
    return read_parquet(path) if task == "value_tier" and path.exists() else None


if __name__ == "__main__":
    run_stage(main, "TASK")
