"""Train one task: split, search, fit, calibrate, and the baselines beside it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from src.core.params.train import TrainParams
from src.core.progress import step
from src.features.spec import FeatureSpec
from src.models.amounts import expected_amounts
from src.models.bundle import Bundle
from src.models.candidates import Trained
from src.models.evaluate import MODEL
from src.models.fit import Table
from src.models.fit_future_assets import learn_future_assets
from src.models.future_assets import FutureAssets
from src.models.rows import KEYS, checked_split, labelled_rows, usable_features
from src.models.splits import Split
from src.models.training import UNTUNED_MODEL, Fitted, TaskPolicy, Training


@dataclass(frozen=True)
class TaskRows:
    """What a task's models learn from.

    features: customer_id, as_of and the spec's columns. labels: customer_id, as_of, arrival (see
    src/features/arrivals.py), label (index into the classes). hashes: of the files that they were
    read from, by path; they are put into each bundle's card. amounts: customer_id, as_of,
    asset_minor at the horizon's end, if the bundles shall expect it.
    """

    features: pd.DataFrame
    labels: pd.DataFrame
    spec: FeatureSpec
    hashes: Mapping[str, str] = field(default_factory=dict)
    amounts: pd.DataFrame | None = None


def train_task(
    rows: TaskRows, policy: TaskPolicy, params: TrainParams, seed: int, study: Path
) -> Trained:
    """Train the LightGBM and the baselines of one task on its development rows.

    study: the SQLite file of the search. The test rows are only predicted, at the end. The result
    depends on the arguments and the code alone: not on the machine, the clock or the folder.
    Raises ModelError if the rows can't carry a model (see src/models/splits.py).
    """
    labelled = labelled_rows(rows.features, rows.labels, policy.task)
    split = checked_split(labelled, policy.classes, policy.task, policy.horizon_days, params, seed)
    development = labelled[split.development].reset_index(drop=True)
    table = _table(development, rows.spec, policy)
    fitted, trials = Training(policy, table, development, params, seed).fit(study)
    facts: dict[str, Any] = {
        "split": split.facts()
        | {"horizon_days": policy.horizon_days, "seed": seed, "test_share": params.test_share},
        "customers": int(development["customer_id"].nunique()),
        "features_unused": sorted(set(rows.spec.names) - set(table.names)),
        "provenance": {"data": dict(rows.hashes)},
    }
    assets = None
    if rows.amounts is not None:
        spec, used = rows.spec.select(table.names), fitted[MODEL].predictor.features
        with step("train", f"{policy.task}: expected assets and their interval"):
            assets, facts["assets"] = learn_future_assets(
                development, rows.amounts, spec, used, params, seed
            )
    bundles = {
        name: _bundle(each, policy, rows.spec, facts, assets) for name, each in fitted.items()
    }
    return _predicted(bundles, split, labelled[split.test].reset_index(drop=True), rows, trials)


def _predicted(
    bundles: Mapping[str, Bundle],
    split: Split,
    test: pd.DataFrame,
    rows: TaskRows,
    trials: pd.DataFrame,
) -> Trained:
    """The candidates and what they say of the test rows."""
    probabilities = {name: bundle.probabilities(test) for name, bundle in bundles.items()}
    untuned = probabilities.pop(UNTUNED_MODEL)
    candidates = {name: bundles[name] for name in probabilities}
    task, assets = candidates[MODEL].task, candidates[MODEL].assets
    amounts = None
    if assets and rows.amounts is not None:
        amounts = expected_amounts(assets, test, rows.amounts)
    keys = test[[*KEYS, "label"]]
    return Trained(task, candidates, split, keys, probabilities, untuned, trials, amounts)


def _table(development: pd.DataFrame, spec: FeatureSpec, policy: TaskPolicy) -> Table:
    """The usable features of the development rows, with the directions declared for the task."""
    used = usable_features(development, spec)
    matrix = development[list(used)].to_numpy(dtype=np.float64, na_value=np.nan)
    label = development["label"].to_numpy(dtype=np.int64)
    directions = tuple(spec[name].direction.get(policy.task, 0) for name in used)
    return Table(matrix, label, used, len(policy.classes), directions)


def _bundle(
    fitted: Fitted,
    policy: TaskPolicy,
    spec: FeatureSpec,
    facts: Mapping[str, Any],
    assets: FutureAssets | None,
) -> Bundle:
    return Bundle(
        task=policy.task,
        classes=tuple(policy.classes),
        wordings=dict(policy.wordings),
        spec=spec.select(fitted.predictor.features),
        predictor=fitted.predictor,
        calibration=fitted.calibration,
        card={**facts, **fitted.notes},
        costs=policy.costs,
        assets=assets,
        sets=fitted.sets,
    )
