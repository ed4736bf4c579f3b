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
from src.pipeline.contest import Contest
from src.pipeline.ledger import all_arrivals, the_ledger
from src.pipeline.served import reference_file


def write_references(contests: Iterable[Contest], folder: Path, params: Params) -> dict[str, Path]:
    """The file of each task: of a champion that stays the one that it has, else a new one in
    `folder`."""
    found = {}
    for contest in contests:
        found[contest.task] = reference_file(paths.BUNDLE, contest.task)
        stays = contest.champion is not None and not contest.decision.promoted
        if stays and found[contest.task].is_file():
            continue
        bundle, figures = contest.challenger, contest.evaluation["candidates"]
        said = {n: f["value"] for n, f in figures[contest.evaluation["served"]].items()}
        if stays and contest.champion is not None:
            bundle, said = contest.champion, {}
        found[contest.task] = folder / f"{contest.task}.json"
        write_json(found[contest.task], reference_of(bundle, said, params).to_json())
    return found


def reference_of(bundle: Bundle, figures: Mapping[str, float | None], params: Params) -> Reference:
    """The training window of a bundle. figures: of its test rows, empty if they are not known."""
    features: pd.DataFrame = read_parquet(paths.FEATURES / "features.parquet")
    features = with_features(features, [bundle.spec], partial(the_ledger, params))
    arrived = all_arrivals(the_ledger(params))
    features = features.assign(arrival=features["customer_id"].map(arrived))
    labels = read_parquet(paths.LABELS / f"{bundle.task}.parquet", ["as_of", "label"])
    catalogue = FeatureSpec.from_json(read_json(paths.FEATURES / "spec.json"))
    return build_reference(bundle, features, labels, figures, profile_columns(catalogue))
