"""Stage train: the candidates of one task."""

import pandas as pd

from src.core.errors import run_command
from src.core.files import read_json, read_parquet
from src.core.params import load_params
from src.core.progress import say
from src.core.taxonomy import load_taxonomy
from src.features.spec import FeatureSpec
from src.models.candidates import save_candidates
from src.models.champion import champion_recipe
from src.models.train import train_task
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
    taxonomy = load_taxonomy(params.taxonomy, params.source)
    features, labels = paths.FEATURES / "features.parquet", paths.LABELS / f"{task}.parquet"
    trained = train_task(
        features=read_parquet(features),
        labels=read_parquet(labels),
        spec=FeatureSpec.from_json(read_json(paths.FEATURES / "spec.json")),
        classes=taxonomy.classes(task),
        wordings=taxonomy.wordings(task),
        task=task,
        horizon_days=taxonomy.horizon_days(task),
        params=params.train,
        seed=params.seed,
        study=paths.STUDIES,
        provenance={"data": data_hashes(features, labels)},
        champion=champion_recipe(paths.BUNDLE / task, task),
        costs=taxonomy.costs(task),
        amounts=_amounts(task),
    )
    save_candidates(trained, paths.MODELS / task)


def _amounts(task: str) -> pd.DataFrame | None:
    """What the customers held at the horizon's end, where the labels are tiers of it."""
    path = paths.LABELS / paths.AMOUNTS
    return read_parquet(path) if task == "value_tier" and path.exists() else None


if __name__ == "__main__":
    run_command(main)
