"""LightGBM over folds and on all rows: bins once, deterministic, rounds by early stopping."""

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
# fold, round (from 1), held-out log loss so far; may raise to give up
Watch = Callable[[int, int, float], None]

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


@dataclass(frozen=True)
class Machine:
    """What holds for every fit of a task besides the tree growth that is searched."""

    seed: int
    threads: int
    max_rounds: int
    early_stopping_rounds: int


@dataclass(frozen=True)
class Fold:
    """One fold's training and held-out rows over bins shared by all folds, and its positions."""

    train: lgb.Dataset
    valid: lgb.Dataset
    held_out: Indices


@dataclass(frozen=True)
class CrossFit:
    """Fits on all folds but one. margins: (n, m) out of fold, at `rounds` rounds each."""

    loss: float
    rounds: int
    margins: Floats


def binned_folds(table: Table, places: Indices, machine: Machine) -> list[Fold]:
    """Bin the table once and cut it by the fold number of each row, ready for many fits."""
    data = _dataset(table, machine).construct()
    folds = []
    for place in range(int(places.max()) + 1):
        train = data.subset(np.flatnonzero(places != place).tolist()).construct()
        held_out = np.flatnonzero(places == place)
        folds.append(Fold(train, data.subset(held_out.tolist()).construct(), held_out))
    return folds


def fold_losses(
    folds: list[Fold], classes: int, growth: Growth, machine: Machine, watch: Watch
) -> tuple[list[lgb.Booster], float, int]:
    """A booster per fold, the mean of their best held-out log losses and of their best rounds."""
    boosters = [
        _train_fold(fold, number, classes, growth, machine, watch)
        for number, fold in enumerate(folds)
    ]
    losses = [booster.best_score["valid"][_metric(classes)] for booster in boosters]
    rounds = [booster.best_iteration for booster in boosters]
    return boosters, float(np.mean(losses)), max(1, round(float(np.mean(rounds))))


def cross_fit(table: Table, places: Indices, growth: Growth, machine: Machine) -> CrossFit:
    """Fit each fold's complement; the rounds are common to all so that one final fit matches."""
    folds = binned_folds(table, places, machine)
    boosters, loss, rounds = fold_losses(folds, table.classes, growth, machine, _ignore)
    outputs = 1 if table.classes == 2 else table.classes
    margins = np.empty((len(table.y), outputs))
    for booster, fold in zip(boosters, folds, strict=True):
        raw = booster.predict(table.X[fold.held_out], raw_score=True, num_iteration=rounds)
        margins[fold.held_out] = np.asarray(raw).reshape(-1, outputs)
    return CrossFit(loss, rounds, margins)


def fit_all(table: Table, growth: Growth, machine: Machine, rounds: int) -> LightGBM:
    """The model of all rows with a fixed number of rounds; the same input gives the same text."""
    booster = lgb.train(
        _params(table.classes, growth, machine), _dataset(table, machine), num_boost_round=rounds
    )
    return LightGBM(booster.model_to_string(num_iteration=-1))


def _train_fold(
    fold: Fold, number: int, classes: int, growth: Growth, machine: Machine, watch: Watch
) -> lgb.Booster:
    def report(env: lgb.callback.CallbackEnv) -> None:
        (result,) = env.evaluation_result_list or []
        watch(number, env.iteration + 1, float(result[2]))

    return lgb.train(
        _params(classes, growth, machine),
        fold.train,
        num_boost_round=machine.max_rounds,
        valid_sets=[fold.valid],
        valid_names=["valid"],
        callbacks=[report, lgb.early_stopping(machine.early_stopping_rounds, verbose=False)],
    )


def _ignore(fold: int, rounds: int, loss: float) -> None:
    """Watch without giving up."""


def _dataset(table: Table, machine: Machine) -> lgb.Dataset:
    return lgb.Dataset(
        table.X,
        label=table.y.astype(np.float64),
        feature_name=list(table.names),
        params={**FIXED, "seed": machine.seed, "num_threads": machine.threads},
        free_raw_data=False,
    )


def _params(classes: int, growth: Growth, machine: Machine) -> dict[str, Any]:
    target: dict[str, Any] = {"objective": "binary", "metric": _metric(classes)}
    if classes > 2:
        target |= {"objective": "multiclass", "num_class": classes}
    common = {"seed": machine.seed, "num_threads": machine.threads}
    return {**FIXED, **target, **common, **growth}


def _metric(classes: int) -> str:
    return "binary_logloss" if classes == 2 else "multi_logloss"
