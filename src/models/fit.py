"""LightGBM on a table: deterministic, with a fixed number of rounds or stopped early."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt

from src.models.boosted import LightGBM
from src.models.calibration import Floats

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
    """Rows to learn from: X (n, f), NaN where unknown; y (n,) class indices; names of features."""

    X: Floats
    y: Labels
    names: tuple[str, ...]
    classes: int

    def take(self, rows: Indices) -> "Table":
        """Those rows, in that order."""
        return Table(self.X[rows], self.y[rows], self.names, self.classes)

    def columns(self, chosen: Indices) -> "Table":
        """Those features, in that order."""
        names = tuple(self.names[place] for place in chosen)
        return Table(self.X[:, chosen], self.y, names, self.classes)


@dataclass(frozen=True)
class Recipe:
    """What is searched: the growth of the trees and how many features are kept (None: all)."""

    growth: Growth
    features: int | None = None


@dataclass(frozen=True)
class Machine:
    """What holds for every fit of a task besides the recipe."""

    seed: int
    threads: int
    max_rounds: int
    early_stopping_rounds: int


def fit_all(table: Table, growth: Growth, machine: Machine, rounds: int) -> LightGBM:
    """The model of all rows with a fixed number of rounds; the same input gives the same text."""
    booster = lgb.train(
        lightgbm_params(table.classes, growth, machine), dataset(table, machine), rounds
    )
    return LightGBM(booster.model_to_string(num_iteration=-1))


def fit_stopped(
    train: lgb.Dataset,
    valid: lgb.Dataset,
    classes: int,
    growth: Growth,
    machine: Machine,
    watch: Watch | None = None,
) -> tuple[lgb.Booster, float]:
    """A booster grown until the log loss on `valid` no longer falls, and the lowest log loss."""

    def report(env: lgb.callback.CallbackEnv) -> None:
        (result,) = env.evaluation_result_list or []
        if watch:
            watch(env.iteration + 1, float(result[2]))

    booster = lgb.train(
        lightgbm_params(classes, growth, machine),
        train,
        num_boost_round=machine.max_rounds,
        valid_sets=[valid],
        valid_names=["valid"],
        callbacks=[report, lgb.early_stopping(machine.early_stopping_rounds, verbose=False)],
    )
    return booster, float(booster.best_score["valid"][_metric(classes)])


def dataset(table: Table, machine: Machine) -> lgb.Dataset:
    """The table for LightGBM, binned when it is first used."""
    return lgb.Dataset(
        table.X,
        label=table.y.astype(np.float64),
        feature_name=list(table.names),
        params={**FIXED, "seed": machine.seed, "num_threads": machine.threads},
        free_raw_data=False,
    )


def lightgbm_params(classes: int, growth: Growth, machine: Machine) -> dict[str, Any]:
    """LightGBM's own parameters of a fit."""
    target: dict[str, Any] = {"objective": "binary", "metric": _metric(classes)}
    if classes > 2:
        target |= {"objective": "multiclass", "num_class": classes}
    common = {"seed": machine.seed, "num_threads": machine.threads}
    return {**FIXED, **target, **common, **growth}


def _metric(classes: int) -> str:
    return "binary_logloss" if classes == 2 else "multi_logloss"
