"""What the training windows of the served models looked like, from this run's features."""

from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path

import pandas as pd

from src.core.files import read_json, read_parquet, write_json
from src.core.params import Params
from src.features.spec import FeatureSpec
from src.models.bundle import Bundle
from src.models.population import profile_columns
from src.models.reference import Reference, build_reference
from src.models.served_features import with_features
from src.pipeline import paths
from src.pipeline.contest import Contest, ServedOn
from src.pipeline.ledger import all_arrivals, the_ledger
from src.pipeline.served import reference_file


def write_references(
    contests: Iterable[Contest], kept: Iterable[ServedOn], folder: Path, params: Params
) -> dict[str, Path]:
    """The file of each task: of a champion that stays the one that it has, else a new one in
    `folder`."""
    stays = {each.task: each.champion for each in kept}
    found = {}
    for contest in contests:
        if contest.champion and not contest.decision.promoted:
            stays[contest.task] = contest.champion
            continue
        figures = contest.evaluation["candidates"][contest.evaluation["served"]]
        said = {name: figure["value"] for name, figure in figures.items()}
        found[contest.task] = _written(contest.challenger, said, folder, params)
    for task, champion in stays.items():
        path = reference_file(paths.BUNDLE, task)
        found[task] = path if path.is_file() else _written(champion, {}, folder, params)
    return found


def _written(
    bundle: Bundle, figures: Mapping[str, float | None], folder: Path, params: Params
) -> Path:
    path = folder / f"{bundle.task}.json"
    write_json(path, reference_of(bundle, figures, params).to_json())
    return path


def reference_of(bundle: Bundle, figures: Mapping[str, float | None], params: Params) -> Reference:
    """The training window of a bundle. figures: of its test rows, empty if they are not known."""
    features: pd.DataFrame = read_parquet(paths.FEATURES / "features.parquet")
    features = with_features(features, [bundle.spec], partial(the_ledger, params))
    arrived = all_arrivals(the_ledger(params))
    features = features.assign(arrival=features["customer_id"].map(arrived))
    labels = read_parquet(paths.LABELS / f"{bundle.task}.parquet", ["as_of", "label"])
    catalogue = FeatureSpec.from_json(read_json(paths.FEATURES / "spec.json"))
    return build_reference(bundle, features, labels, figures, profile_columns(catalogue))
