"""Train one task: split, search, fit, calibrate, and the baselines beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from src.core.errors import ModelError
from src.core.files import read_parquet, replacing_folder, write_parquet
from src.core.params import TrainParams
from src.core.progress import step
from src.core.taxonomy import Wording
from src.features.spec import FeatureSpec
from src.models.baselines import fit_base_rate, fit_logistic, fit_one_rule
from src.models.bundle import Bundle, load_bundle, save_bundle
from src.models.calibrate import choose_calibration
from src.models.calibration import Calibration, Floats, identity
from src.models.evaluate import MODEL
from src.models.fit import Indices, Machine, Table, cross_fit, fit_all
from src.models.predictors import Predictor
from src.models.rows import KEYS as KEYS
from src.models.rows import checked_split, labelled_rows, usable_features
from src.models.search import search
from src.models.splits import Split, grouped_folds, subsample

# The rounds and the calibration are settled on more rows than the search uses.
_REFIT = 2
Fitted = dict[str, tuple[Predictor, Calibration, dict[str, Any]]]


@dataclass(frozen=True)
class Trained:
    """The candidates of one task, "lightgbm" first, and how they came about.

    test: the test rows (customer_id, as_of, label). probabilities: (n, k) of each candidate on
    them. trials: one row per trial of the search.
    """

    task: str
    candidates: Mapping[str, Bundle]
    split: Split
    test: pd.DataFrame
    probabilities: Mapping[str, Floats]
    trials: pd.DataFrame


def train_task(
    features: pd.DataFrame,
    labels: pd.DataFrame,
    spec: FeatureSpec,
    classes: Sequence[str],
    wordings: Mapping[str, Wording],
    task: str,
    horizon_days: int,
    params: TrainParams,
    seed: int,
    study: Path,
    provenance: Mapping[str, Any] | None = None,
) -> Trained:
    """Train the LightGBM and the baselines of one task on its development rows.

    features: customer_id, as_of and the spec's columns. labels: customer_id, as_of, arrival (see
    src/features/arrivals.py), label (index into classes). study: the SQLite file of the search.
    provenance: hashes of the data and the git revision, put into each bundle's card. The test rows
    are only predicted, at the end.
    Raises ModelError if the rows can't carry a model (see src/models/splits.py).
    """
    rows = labelled_rows(features, labels, task)
    split = checked_split(rows, classes, task, horizon_days, params, seed)
    development = rows[split.development].reset_index(drop=True)
    label = development["label"].to_numpy(dtype=np.int64)
    used = usable_features(development, spec)
    chosen = spec.select(used)
    matrix = development[list(used)].to_numpy(dtype=np.float64, na_value=np.nan)
    table = Table(matrix, label, used, len(classes))
    facts = {
        "split": split.facts()
        | {"horizon_days": horizon_days, "seed": seed, "test_share": params.test_share},
        "customers": int(development["customer_id"].nunique()),
        "features_unused": sorted(set(spec.names) - set(used)),
        "provenance": dict(provenance or {}),
    }
    fitted, trials = _fit(task, table, development, params, seed, study)
    candidates = {
        name: Bundle(
            task, tuple(classes), dict(wordings), chosen, predictor, calibration, facts | notes
        )
        for name, (predictor, calibration, notes) in fitted.items()
    }
    test = rows[split.test].reset_index(drop=True)
    return Trained(
        task,
        candidates,
        split,
        test[[*KEYS, "label"]],
        {name: bundle.probabilities(test) for name, bundle in candidates.items()},
        trials,
    )


def save_candidates(trained: Trained, folder: Path) -> None:
    """Write model/, baselines/<name>/, test_predictions.parquet and trials.csv, all or nothing."""
    with replacing_folder(folder) as aside:
        for name, bundle in trained.candidates.items():
            save_bundle(bundle, candidate_folder(aside, name))
        write_parquet(aside / "test_predictions.parquet", predictions(trained))
        trained.trials.to_csv(aside / "trials.csv", index=False)


def load_candidates(folder: Path) -> dict[str, Bundle]:
    """The bundles that `save_candidates` wrote, "lightgbm" first. Raises ModelError."""
    baselines = folder / "baselines"
    if not baselines.is_dir():
        raise ModelError(f"{baselines}: no such folder. Run `dvc repro train` to make it.")
    names = [MODEL, *sorted(path.name for path in baselines.iterdir())]
    return {name: load_bundle(candidate_folder(folder, name)) for name in names}


def predictions(trained: Trained) -> pd.DataFrame:
    """One row per candidate and test row: customer_id, as_of, label, candidate, then p_<class>."""
    parts = []
    for name, probability in trained.probabilities.items():
        columns = {
            f"p_{label}": probability[:, index]
            for index, label in enumerate(trained.candidates[name].classes)
        }
        parts.append(trained.test.assign(candidate=name, **columns))
    return pd.concat(parts, ignore_index=True)


def read_predictions(
    folder: Path, classes: Sequence[str]
) -> tuple[pd.DataFrame, dict[str, Floats]]:
    """The test rows and each candidate's (n, k) probabilities that `save_candidates` wrote."""
    table = read_parquet(folder / "test_predictions.parquet")
    columns = [f"p_{name}" for name in classes]
    parts = {str(name): part for name, part in table.groupby("candidate", sort=False)}
    rows = parts[MODEL][[*KEYS, "label"]].reset_index(drop=True)
    return rows, {name: part[columns].to_numpy() for name, part in parts.items()}


def _fit(
    task: str,
    table: Table,
    development: pd.DataFrame,
    params: TrainParams,
    seed: int,
    study: Path,
) -> tuple[Fitted, pd.DataFrame]:
    """Each candidate's predictor, calibration and notes, and the trials of the search."""
    customers = development["arrival"]
    places = grouped_folds(customers, params.folds, seed)
    machine = Machine(seed, params.threads, params.max_rounds, params.early_stopping_rounds)
    # a round grows one tree per class, so that more classes afford fewer rows
    budget = params.max_rows * 2 // table.classes
    few = subsample(development, budget, seed)
    more = subsample(development, _REFIT * budget, seed)
    with step("train", f"{task}: search on {len(few)} of {len(table.y)} development rows"):
        found = search(task, table.take(few), places[few], params, seed, study)
    with step("train", f"{task}: rounds and calibration on {len(more)} rows"):
        crossed = cross_fit(table.take(more), places[more], found.growth, machine)
        calibration, losses = choose_calibration(crossed.margins, table.y[more], places[more])
    with step("train", f"{task}: final fit of {crossed.rounds} rounds on {len(table.y)} rows"):
        model = fit_all(table, found.growth, machine, crossed.rounds)
    notes: dict[str, Any] = {
        "growth": dict(found.growth),
        "rounds": crossed.rounds,
        "trials": len(found.trials),
        "search_log_loss": found.loss,
        "calibration_log_loss": losses,
    }
    with step("train", f"{task}: baselines"), threadpool_limits(1, user_api="blas"):
        baselines = _baselines(table, few, more, places, customers, seed)
    return {MODEL: (model, calibration, notes), **baselines}, found.trials


def _baselines(
    table: Table, few: Indices, more: Indices, places: Indices, customers: pd.Series, seed: int
) -> Fitted:
    """Choices are made on fold 0 of `few`; the logistic is fitted on `more`, the others on all."""
    outputs = 1 if table.classes == 2 else table.classes
    train, held_out = few[places[few] != 0], few[places[few] == 0]
    logistic, margins, strength = fit_logistic(table, more, train, held_out)
    halves = grouped_folds(customers.iloc[held_out], 2, seed + 1)
    calibration, losses = choose_calibration(margins, table.y[held_out], halves)
    rule = fit_one_rule(table, train, held_out)
    return {
        "base_rate": (fit_base_rate(table), identity(outputs), {}),
        "one_rule": (rule, identity(outputs), {"feature": rule.feature}),
        "logistic": (logistic, calibration, {"C": strength, "calibration_log_loss": losses}),
    }


def candidate_folder(folder: Path, name: str) -> Path:
    """Where `save_candidates` puts the bundle of one candidate."""
    return folder / "model" if name == MODEL else folder / "baselines" / name
