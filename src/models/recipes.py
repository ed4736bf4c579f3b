"""A recipe as values that a search can try: drawn from the space, written down, read back."""

from collections.abc import Mapping
from typing import Any

import optuna

from src.core.params.train import IntRange, SearchSpace
from src.models.fit import Recipe
from src.models.forms import Form

# A sensible model to begin with, of all features: what the search is held against.
UNTUNED = Recipe(
    {
        "learning_rate": 0.08,
        "num_leaves": 8,
        "min_data_in_leaf": 40,
        "feature_fraction": 0.6,
        "bagging_fraction": 0.8,
        "lambda_l2": 1.0,
    }
)


def drawn(trial: optuna.Trial, space: SearchSpace, forms: tuple[Form, ...]) -> Recipe:
    """The recipe that the study's sampler suggests for the trial."""
    growth: dict[str, float | int] = {}
    for name, within in space.ranges().items():
        if isinstance(within, IntRange):
            growth[name] = trial.suggest_int(name, within.low, within.high, log=within.log)
        else:
            growth[name] = trial.suggest_float(name, within.low, within.high, log=within.log)
    features = int(trial.suggest_categorical("features", space.features))
    form: Any = trial.suggest_categorical("form", forms)
    return Recipe(growth, features, form)


def values_of(recipe: Recipe) -> dict[str, Any]:
    """The recipe as plain values by name."""
    return {**recipe.growth, "features": recipe.features, "form": recipe.form}


def brought_within(
    space: SearchSpace, forms: tuple[Form, ...], first: Mapping[str, Any]
) -> dict[str, Any]:
    """The values of `first` that the space knows, brought to its edges; no number of features
    means the largest, a form that is not tried the first that is."""
    values: dict[str, Any] = {
        name: min(max(first[name], within.low), within.high)
        for name, within in space.ranges().items()
        if name in first
    }
    wanted = first.get("features") or max(space.features)
    form = first.get("form")
    values["features"] = min(space.features, key=lambda n: (abs(n - wanted), n))
    return values | {"form": form if form in forms else forms[0]}


def recipe_of(values: Mapping[str, Any]) -> Recipe:
    """The recipe that `values_of` wrote down."""
    growth = dict(values)
    return Recipe(growth=growth, features=growth.pop("features"), form=growth.pop("form"))
