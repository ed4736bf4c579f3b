"""The rows and features that a task's models learn from and are judged on."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from src.core.errors import ModelError
from src.core.params.train import TrainParams
from src.features.spec import FeatureSpec
from src.models.calibration import Floats
from src.models.splits import Split, grouped_folds, require_classes, split_rows

KEYS = ["customer_id", "as_of"]


def labelled_rows(features: pd.DataFrame, labels: pd.DataFrame, task: str) -> pd.DataFrame:
    """The labelled rows with their features, sorted by as_of and arrival: in an order that does not
    depend on the key of the pseudonyms."""
    rows = labels[[*KEYS, "arrival", "label"]].merge(
        features, on=KEYS, how="left", indicator="found"
    )
    lost = rows[rows["found"] != "both"]
    if len(lost):
        first = lost.iloc[0]
        raise ModelError(
            f"{task}: {len(lost)} of {len(rows)} labels have no features, such as customer "
            f"{first['customer_id']!r} at {first['as_of']}; expected one row of features for each. "
            "Run `dvc repro` to make features and labels from the same ledger."
        )
    return rows.drop(columns="found").sort_values(["as_of", "arrival"], ignore_index=True)


def checked_split(
    rows: pd.DataFrame,
    classes: Sequence[str],
    task: str,
    horizon_days: int,
    params: TrainParams,
    seed: int,
) -> Split:
    """The split that the rows allow, with enough classes on both sides to learn and to judge."""
    try:
        split = split_rows(rows, horizon_days, params.test_share, params.test_snapshots, seed)
    except ModelError as error:
        raise ModelError(f"{task}: {error}") from error
    for name, mask in (("development", split.development), ("test", split.test)):
        labels = rows["label"].to_numpy(dtype=np.int64)[mask]
        require_classes(labels, classes, f"{task}: {name} rows", all_of_them=len(classes) == 2)
    return split


def why_untrainable(
    labels: pd.DataFrame,
    classes: Sequence[str],
    task: str,
    horizon_days: int,
    params: TrainParams,
    seed: int,
) -> str | None:
    """The reason why `train_task` would refuse these labels, or None if it would not.

    For the stage before, so that a source too small for a task is told so by name.
    """
    try:
        split = checked_split(labels, classes, task, horizon_days, params, seed)
        development = labels[split.development]
        places = grouped_folds(development["arrival"], params.folds, seed)
        for fold in range(params.folds):
            others = development["label"].to_numpy(dtype=np.int64)[places != fold]
            where = f"{task}: development rows outside fold {fold + 1} of {params.folds}"
            require_classes(others, classes, where, all_of_them=len(classes) == 2)
    except ModelError as error:
        return str(error)
    return None


def usable_features(development: pd.DataFrame, spec: FeatureSpec) -> tuple[str, ...]:
    """The features that differ between development rows and are not sensitive attributes."""
    missing = [name for name in spec.names if name not in development.columns]
    if missing:
        raise ModelError(
            f"features: {', '.join(missing[:5])} of the spec are missing. Run `dvc repro features`."
        )
    used = tuple(
        name
        for name in spec.names
        if not spec[name].sensitive and _varies(development[name].to_numpy(dtype=np.float64))
    )
    if not used:
        raise ModelError("features: none of them varies between development rows. Check the data.")
    return used


def _varies(values: Floats) -> bool:
    return not np.array_equal(values, np.full_like(values, values[0]), equal_nan=True)
