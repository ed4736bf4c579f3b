"""Proxies: how well the features of a model tell a sensitive attribute that it is not given.

A small LightGBM predicts the attribute of customers whom it has not seen. What it tells apart the
model could tell apart as well, by the same features.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd

from src.core.params import EvaluateParams
from src.core.params.fairness import FairnessParams
from src.models.boosted import LightGBM
from src.models.calibration import Floats, softmax
from src.models.evaluate import customer_draws, interval
from src.models.fairness.groups import Groups, grouped
from src.models.fit import FIXED
from src.models.metrics import Labels
from src.models.resampled import auroc
from src.models.splits import grouped_folds

# Features named, those that carry most.
_NAMED = 5
# Small trees over coarse bins: whether an attribute can be told at all needs no better model.
_GROWTH: dict[str, Any] = {
    "learning_rate": 0.2,
    "num_leaves": 8,
    "min_data_in_leaf": 20,
    "feature_fraction": 0.3,
    "lambda_l2": 1.0,
    "max_bin": 63,
}


@dataclass(frozen=True)
class Fitting:
    """How an attribute is predicted: folds of customers, threads of LightGBM, seed."""

    folds: int
    threads: int
    seed: int


def proxies(
    rows: pd.DataFrame,
    attribute: str,
    features: Sequence[str],
    params: FairnessParams,
    intervals: EvaluateParams,
    fitting: Fitting,
) -> dict[str, Any]:
    """How well `features` tell the groups of one attribute apart, as plain JSON.

    rows: one row of each customer (customer_id, arrival, features, and the attribute, missing where
    it is not known). Returns the account of the groups, and either auroc, by_group and features, or
    reason. by_group: AUROC of each group against all others, out of fold; auroc: their plain mean;
    both with intervals by bootstrap over customers. features:
    their shares of the sum of absolute SHAP values out of fold, the highest first. Raises
    ModelError if a fold is empty.
    """
    groups = grouped(rows[attribute], rows["customer_id"], attribute, params.min_customers)
    if groups.reason:
        return groups.account() | {"reason": groups.reason}
    kept = rows[groups.kept].reset_index(drop=True)
    y = _numbered(kept[attribute], groups)
    X = kept[list(features)].to_numpy(dtype=np.float64, na_value=np.nan)
    places = grouped_folds(kept["arrival"], fitting.folds, fitting.seed)
    told = np.empty((len(y), len(groups.names)))
    weight = np.zeros(len(features))
    for fold in range(fitting.folds):
        held_out = places == fold
        model = _fit(X[~held_out], y[~held_out], features, groups, params.proxy_rounds, fitting)
        told[held_out] = _chances(model.margins(X[held_out]))
        weight += np.abs(model.contributions(X[held_out])[:, :, :-1]).sum(axis=(0, 1))
    return groups.account() | {
        "features": _heaviest(features, weight),
        **_areas(kept["customer_id"], y, told, groups, intervals, fitting.seed),
    }


def _fit(
    X: Floats, y: Labels, features: Sequence[str], groups: Groups, rounds: int, fitting: Fitting
) -> LightGBM:
    k = len(groups.names)
    target = {"objective": "multiclass", "num_class": k} if k > 2 else {"objective": "binary"}
    machine = {"seed": fitting.seed, "num_threads": fitting.threads}
    data = lgb.Dataset(X, label=y.astype(np.float64), feature_name=list(features))
    booster = lgb.train({**FIXED, **_GROWTH, **target, **machine}, data, rounds)
    return LightGBM(booster.model_to_string(), threads=fitting.threads)


def _chances(margins: Floats) -> Floats:
    """(n, k) scores that rank customers by how much they look like each of k groups."""
    return np.hstack([-margins, margins]) if margins.shape[1] == 1 else softmax(margins)


def _areas(
    customers: "pd.Series[str]",
    y: Labels,
    told: Floats,
    groups: Groups,
    intervals: EvaluateParams,
    seed: int,
) -> dict[str, Any]:
    once = np.ones((1, len(y)))
    points = _each(y, told, once)[0]
    draws = np.vstack(
        [_each(y, told, w) for w in customer_draws(customers, intervals.bootstrap, seed)]
    )
    return {
        "auroc": interval(float(points.mean()), draws.mean(axis=1), intervals.confidence),
        "by_group": {
            name: interval(float(points[k]), draws[:, k], intervals.confidence)
            for k, name in enumerate(groups.names)
        },
    }


def _each(y: Labels, told: Floats, weights: Floats) -> Floats:
    """(draws, groups) AUROC of each group against all others."""
    columns = []
    for k in range(told.shape[1]):
        pair = np.column_stack([-told[:, k], told[:, k]])
        columns.append(auroc((y == k).astype(np.int64), pair, weights))
    return np.column_stack(columns)


def _heaviest(features: Sequence[str], weight: Floats) -> list[dict[str, Any]]:
    total = weight.sum()
    order = np.argsort(-weight, kind="stable")[:_NAMED]
    return [
        {"name": features[place], "share": round(float(weight[place] / total), 4)}
        for place in order
        if weight[place] > 0
    ]


def _numbered(values: "pd.Series[str]", groups: Groups) -> Labels:
    """The place of each value among the names, which are in order."""
    return np.searchsorted(np.asarray(groups.names), values.to_numpy(dtype=str)).astype(np.int64)
