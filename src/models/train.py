"""Train one task: split, search, fit, calibrate, and the baselines beside it."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from src.core.params.train import TrainParams
from src.core.progress import step
from src.core.taxonomy import Wording
from src.features.spec import FeatureSpec
from src.models.amounts import expected_amounts
from src.models.baselines import fit_base_rate, fit_one_rule
from src.models.bundle import Bundle
from src.models.calibrate import choose_calibration
from src.models.calibration import Calibration, Floats, identity
from src.models.candidates import Trained
from src.models.choice import choose_form, cost_of_directions
from src.models.decision import Costs
from src.models.evaluate import MODEL
from src.models.fit import Indices, Machine, Recipe, Table, fit_all
from src.models.fit_future_assets import learn_future_assets
from src.models.fit_logistic import fit_logistic
from src.models.folds import CrossFit, Folds, cross_fit
from src.models.forms import plain_form
from src.models.prediction_sets import PredictionSets, fit_sets
from src.models.predictors import Predictor
from src.models.recipes import UNTUNED
from src.models.rows import KEYS, checked_split, labelled_rows, usable_features
from src.models.search import Found, search
from src.models.selection import select
from src.models.splits import grouped_folds, subsample

# The rounds and the calibration are settled on more rows than the search uses.
_REFIT = 2
_UNTUNED = "untuned"
Fitted = dict[str, tuple[Predictor, Calibration, PredictionSets, dict[str, Any]]]


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
    champion: Mapping[str, Any] | None = None,
    costs: Costs = (),
    amounts: pd.DataFrame | None = None,
) -> Trained:
    """Train the LightGBM and the baselines of one task on its development rows.

    features: customer_id, as_of and the spec's columns. labels: customer_id, as_of, arrival (see
    src/features/arrivals.py), label (index into classes). study: the SQLite file of the search.
    provenance: hashes of the data and the git revision, put into each bundle's card. champion: of
    src/models/champion.py, for the search to begin with. costs: costs[actual][decided] of
    decisions. amounts: customer_id, as_of, asset_minor at the horizon's end, if the bundles shall
    expect it. The test rows are only predicted, at the end.
    Raises ModelError if the rows can't carry a model (see src/models/splits.py).
    """
    rows = labelled_rows(features, labels, task)
    split = checked_split(rows, classes, task, horizon_days, params, seed)
    development = rows[split.development].reset_index(drop=True)
    label = development["label"].to_numpy(dtype=np.int64)
    used = usable_features(development, spec)
    matrix = development[list(used)].to_numpy(dtype=np.float64, na_value=np.nan)
    directions = tuple(spec[name].direction.get(task, 0) for name in used)
    table = Table(matrix, label, used, len(classes), directions)
    facts = {
        "split": split.facts()
        | {"horizon_days": horizon_days, "seed": seed, "test_share": params.test_share},
        "customers": int(development["customer_id"].nunique()),
        "features_unused": sorted(set(spec.names) - set(used)),
        "provenance": dict(provenance or {}),
    }
    fitted, trials = _fit(
        task, table, development, horizon_days, params, seed, study, champion or {}, costs
    )
    assets = None
    if amounts is not None:
        with step("train", f"{task}: expected assets and their interval"):
            learnable = spec.select(used)
            features_of_model = fitted[MODEL][0].features
            assets, facts["assets"] = learn_future_assets(
                development, amounts, learnable, features_of_model, params, seed
            )
    bundles = {
        name: Bundle(
            task,
            tuple(classes),
            dict(wordings),
            spec.select(predictor.features),
            predictor,
            calibration,
            facts | notes,
            costs,
            assets,
            sets,
        )
        for name, (predictor, calibration, sets, notes) in fitted.items()
    }
    test = rows[split.test].reset_index(drop=True)
    probabilities = {name: bundle.probabilities(test) for name, bundle in bundles.items()}
    untuned = probabilities.pop(_UNTUNED)
    candidates = {name: bundles[name] for name in probabilities}
    keys = test[[*KEYS, "label"]]
    told = expected_amounts(assets, test, amounts) if assets and amounts is not None else None
    return Trained(task, candidates, split, keys, probabilities, untuned, trials, told)


def _fit(
    task: str,
    table: Table,
    development: pd.DataFrame,
    horizon_days: int,
    params: TrainParams,
    seed: int,
    study: Path,
    champion: Mapping[str, Any],
    costs: Costs,
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
        found = search(task, table.take(few), places[few], params, seed, study, champion)
    with step("train", f"{task}: form and directions on {len(few)} rows"):
        recipe, forms = choose_form(
            found, table.take(few), development.iloc[few], horizon_days, params, machine
        )
        cost = cost_of_directions(table.take(few), places[few], recipe, machine)
    models: Fitted = {}
    for name, tried, own in ((MODEL, recipe, table), (_UNTUNED, UNTUNED, table.free())):
        folds = Folds(own.take(more), places[more], machine)
        with step("train", f"{task}: {name}: rounds and calibration on {len(more)} rows"):
            crossed = cross_fit(folds, tried)
            calibration, losses, unseen = choose_calibration(
                crossed.margins, folds.table.y, folds.places, tried.form, table.classes
            )
            sets = fit_sets(unseen, folds.table.y, params.coverage, costs)
        with step("train", f"{task}: {name}: {crossed.rounds} rounds on {len(table.y)} rows"):
            kept = select(own, tried.features, machine)
            model = fit_all(kept, tried, machine, crossed.rounds)
        models[name] = model, calibration, sets, _notes(tried, crossed, losses, table)
    models[MODEL][3].update(_search_notes(found), forms=forms, directions=cost)
    with step("train", f"{task}: baselines"), threadpool_limits(1, user_api="blas"):
        sets_of = partial(fit_sets, coverage=params.coverage, costs=costs)
        baselines = _baselines(table, few, more, places, customers, sets_of, seed)
    return models | baselines, found.trials


def _notes(
    recipe: Recipe, crossed: CrossFit, losses: Mapping[str, float], table: Table
) -> dict[str, Any]:
    return {
        "growth": dict(recipe.growth),
        "form": recipe.form or plain_form(table.classes),
        "features": {"kept_at_most": recipe.features, "of": len(table.names)},
        "rounds": crossed.rounds,
        "calibration_log_loss": dict(losses),
    }


def _search_notes(found: Found) -> dict[str, Any]:
    return {
        "trials": len(found.trials),
        "search_log_loss": found.loss,
        "search_importance": {name: float(share) for name, share in found.importance.items()},
        "search_began_with": dict(found.champion),
    }


def _baselines(
    table: Table,
    few: Indices,
    more: Indices,
    places: Indices,
    customers: pd.Series,
    sets_of: Callable[[Floats, Indices], PredictionSets],
    seed: int,
) -> Fitted:
    """Choices are made on fold 0 of `few`; the logistic is fitted on `more`, the others on all."""
    unchanged = identity(1 if table.classes == 2 else table.classes)
    train, held_out = few[places[few] != 0], few[places[few] == 0]
    logistic, margins, strength = fit_logistic(table, more, train, held_out)
    halves = grouped_folds(customers.iloc[held_out], 2, seed + 1)
    calibration, losses, unseen = choose_calibration(
        margins, table.y[held_out], halves, directed=any(table.directions)
    )
    sets = sets_of(unseen, table.y[held_out])
    rate, rule = fit_base_rate(table), fit_one_rule(table, train, held_out)
    # too few parameters to have learnt their rows by heart
    simple = {
        model.kind: sets_of(unchanged.probabilities(model.margins(table.X[more])), table.y[more])
        for model in (rate, rule)
    }
    notes = {"C": strength, "calibration_log_loss": losses}
    return {
        "base_rate": (rate, unchanged, simple[rate.kind], {}),
        "one_rule": (rule, unchanged, simple[rule.kind], {"feature": rule.feature}),
        "logistic": (logistic, calibration, sets, notes),
    }
