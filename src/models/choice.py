"""Choices that follow the search, on development rows alone: the form by time, and what the
declared directions cost."""

from typing import Any

import numpy as np
import pandas as pd

from src.core.errors import ModelError
from src.core.params.train import TrainParams
from src.models.fit import Indices, Machine, Recipe, Table, dataset, fit_stopped
from src.models.folds import Folds
from src.models.forms import ORDERED, Form
from src.models.search import Found
from src.models.selection import kept, rank_features
from src.models.splits import out_of_time

# Of the customers of the development rows, those who judge the forms at their last snapshots.
_JUDGING_SHARE = 0.34


def choose_form(
    found: Found,
    table: Table,
    rows: pd.DataFrame,
    horizon_days: int,
    params: TrainParams,
    machine: Machine,
) -> tuple[Recipe, dict[str, Any]]:
    """The recipe whose form predicts later rows best, and the log loss of each form on them.

    table: development rows; rows: their customer's arrival and as_of. Training rows lie before the
    judging ones by the label's horizon and are of other customers. A form that can't hold the
    table's directions is measured with the best growth, and not chosen. Where the rows span too
    little time the search's own order of the forms stands.
    """
    if table.classes == 2:
        return found.recipe, {}
    try:
        split = out_of_time(
            rows, horizon_days, _JUDGING_SHARE, params.test_snapshots, machine.seed + 1
        )
    except ModelError as error:
        return found.recipe, {"chosen": found.recipe.form, "by": f"the folds: {error}"}
    train, judge = np.flatnonzero(split.development), np.flatnonzero(split.test)
    ranking = rank_features(table.take(train), machine)
    losses: dict[Form, float] = {}
    for form in params.space.forms:
        recipe = found.recipes.get(form, Recipe(found.recipe.growth, found.recipe.features, form))
        own = table.columns(kept(ranking, recipe.features, len(table.names)))
        data = dataset(own, machine).construct()
        losses[form] = fit_stopped(
            own,
            data.subset(train.tolist()).construct(),
            data.subset(judge.tolist()).construct(),
            recipe,
            machine,
        ).loss
    chosen = min(found.recipes, key=lambda form: losses.get(form, np.inf))
    notes: dict[str, Any] = {
        "chosen": chosen,
        "by": "log loss out of time",
        "log_loss": dict(losses),
        "first_judging": split.first_test.isoformat(),
        "judging_rows": len(judge),
    }
    if any(table.directions):
        notes["cannot_hold_directions"] = [f for f in losses if f not in ORDERED]
    return found.recipes[chosen], notes


def cost_of_directions(
    table: Table, places: Indices, recipe: Recipe, machine: Machine
) -> dict[str, Any]:
    """The out-of-fold log loss with the declared directions held and without them.

    Empty where none is declared. cost: of holding them; negative where they help.
    """
    if not any(table.directions):
        return {}
    folds = Folds(table, places, machine)
    held = _loss(folds, recipe)
    free = _loss(Folds(table.free(), places, machine), recipe)
    return {
        "features": sum(map(bool, table.directions)),
        "log_loss_held": held,
        "log_loss_free": free,
        "cost": held - free,
    }


def _loss(folds: Folds, recipe: Recipe) -> float:
    """The mean of the folds' lowest log losses."""
    return float(
        np.mean([fold.fit(recipe, folds.machine).loss for fold in folds.keeping(recipe.features)])
    )
