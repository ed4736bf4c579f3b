"""LightGBM on a table: deterministic, with a fixed number of rounds or stopped early."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt

from src.models.boosted import LightGBM
from src.models.calibration import Floats
from src.models.forms import Form, outputs_of, plain_form
from src.models.ordinal import Ordinal, baked, ordinal

Labels = npt.NDArray[np.int64]
Indices = npt.NDArray[np.int64]
Growth = Mapping[str, float | int]
# round (from 1), held-out log loss so far; may raise to give up
Watch = Callable[[int, float], None]

FIXED: dict[str, Any] = {
    "verbosity": -1,
    "deterministic": True,
    "force_row_wise": True,
    "feature_pre_filter": False,
    "max_bin": 255,
    "bagging_freq": 1,
}


@dataclass(frozen=True)
class Table:
    """Rows to learn from: X (n, f), NaN where unknown; y (n,) class indices; names of features.

    directions: per feature 1 or -1 where the business holds that more of it means more or less of
    the later classes, else 0; empty where it holds nothing. Forms without order can't heed them.
    """

    X: Floats
    y: Labels
    names: tuple[str, ...]
    classes: int
    directions: tuple[int, ...] = ()

    def take(self, rows: Indices) -> "Table":
        """Those rows, in that order."""
        return replace(self, X=self.X[rows], y=self.y[rows])

    def columns(self, chosen: Indices) -> "Table":
        """Those features, in that order."""
        names = tuple(self.names[place] for place in chosen)
        directions = tuple(self.directions[place] for place in chosen) if self.directions else ()
        return replace(self, X=self.X[:, chosen], names=names, directions=directions)

    def free(self) -> "Table":
        """The same without directions."""
        return replace(self, directions=())


@dataclass(frozen=True)
class Recipe:
    """What is searched: the growth of the trees, how many features are kept (None: all), and the
    form (None: the one without order)."""

    growth: Growth
    features: int | None = None
    form: Form | None = None


@dataclass(frozen=True)
class Machine:
    """What holds for every fit of a task besides the recipe."""

    seed: int
    threads: int
    max_rounds: int
    early_stopping_rounds: int


@dataclass(frozen=True)
class Grown:
    """A booster and what is added to its raw scores to give (n, m) margins; the lowest held-out
    log loss."""

    booster: lgb.Booster
    offset: Floats
    loss: float

    def margins(self, X: Floats, rounds: int) -> Floats:
        """(n, m) margins after that many rounds."""
        raw = self.booster.predict(X, raw_score=True, num_iteration=rounds)
        return np.asarray(raw).reshape(len(X), len(self.offset)) + self.offset


def fit_all(table: Table, recipe: Recipe, machine: Machine, rounds: int) -> LightGBM:
    """The model of all rows with a fixed number of rounds; the same input gives the same text."""
    params, ordered = _task(table, table.y, recipe, machine)
    booster = lgb.train(params, dataset(table, machine), rounds)
    if ordered:
        baked(booster, ordered.offset)
    return LightGBM(booster.model_to_string(num_iteration=-1))


def fit_stopped(
    table: Table,
    train: lgb.Dataset,
    valid: lgb.Dataset,
    recipe: Recipe,
    machine: Machine,
    watch: Watch | None = None,
) -> Grown:
    """A booster grown until the log loss on `valid` no longer falls.

    train, valid: binned rows of `table`. Directions of the table hold for every form but
    multiclass.
    """

    def report(env: lgb.callback.CallbackEnv) -> None:
        (result,) = env.evaluation_result_list or []
        if watch:
            watch(env.iteration + 1, float(result[2]))

    labels = np.asarray(train.get_label()).astype(np.int64)
    params, ordered = _task(table, labels, recipe, machine)
    booster = lgb.train(
        params,
        train,
        num_boost_round=machine.max_rounds,
        valid_sets=[valid],
        valid_names=["valid"],
        feval=ordered.loss if ordered else None,
        callbacks=[report, lgb.early_stopping(machine.early_stopping_rounds, verbose=False)],
    )
    (loss,) = booster.best_score["valid"].values()
    form = recipe.form or plain_form(table.classes)
    offset = ordered.offset if ordered else np.zeros(outputs_of(form, table.classes))
    return Grown(booster, offset, float(loss))


def dataset(table: Table, machine: Machine) -> lgb.Dataset:
    """The table for LightGBM, binned when it is first used."""
    return lgb.Dataset(
        table.X,
        label=table.y.astype(np.float64),
        feature_name=list(table.names),
        params={**FIXED, "seed": machine.seed, "num_threads": machine.threads},
        free_raw_data=False,
    )


def _task(
    table: Table, labels: Labels, recipe: Recipe, machine: Machine
) -> tuple[dict[str, Any], Ordinal | None]:
    """LightGBM's parameters of a fit on rows with these labels, and the loss if it is our own."""
    form = recipe.form or plain_form(table.classes)
    params: dict[str, Any] = {**FIXED, **recipe.growth}
    params |= {"seed": machine.seed, "num_threads": machine.threads}
    if form != "multiclass" and any(table.directions):
        params["monotone_constraints"] = list(table.directions)
    if form == "binary":
        return params | {"objective": "binary", "metric": "binary_logloss"}, None
    if form == "multiclass":
        target = {"objective": "multiclass", "metric": "multi_logloss"}
        return params | target | {"num_class": table.classes}, None
    ordered = ordinal(form, labels, table.classes)
    own = {"objective": ordered.gradients, "metric": "None", "num_class": ordered.outputs}
    return params | own, ordered
