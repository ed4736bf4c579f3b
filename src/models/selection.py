"""Which features a model keeps: those that gained most in a first model of the same rows."""

import lightgbm as lgb
import numpy as np

from src.models.fit import FIXED, Growth, Indices, Machine, Table, dataset

_ROUNDS = 40
_GROWTH: Growth = {
    "learning_rate": 0.15,
    "num_leaves": 16,
    "min_data_in_leaf": 40,
    "feature_fraction": 0.6,
    "bagging_fraction": 0.8,
    "lambda_l2": 1.0,
}


def rank_features(table: Table, machine: Machine) -> Indices:
    """The features that gain in a first model of the rows of `table`, by falling gain.

    That model has one tree a round: of the log-odds for two classes, else of the class's place in
    the order. Only the rows given are seen: rank within a fold on its training rows.
    """
    params = {
        **FIXED,
        **_GROWTH,
        "objective": "binary" if table.classes == 2 else "regression",
        "seed": machine.seed,
        "num_threads": machine.threads,
    }
    booster = lgb.train(params, dataset(table, machine), _ROUNDS)
    gain = booster.feature_importance("gain")
    order = np.argsort(-gain, kind="stable")
    return order[gain[order] > 0].astype(np.int64)


def kept(ranking: Indices, features: int | None, available: int) -> Indices:
    """The places of the first `features` of the ranking, in the table's order; all for None or for
    as many as are available."""
    if features is None or features >= available or not len(ranking):
        return np.arange(available)
    return np.sort(ranking[:features])


def select(table: Table, features: int | None, machine: Machine) -> Table:
    """The table with the features that its own rows would keep."""
    if features is None or features >= len(table.names):
        return table
    return table.columns(kept(rank_features(table, machine), features, len(table.names)))
