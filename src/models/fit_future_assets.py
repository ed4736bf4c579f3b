"""Fit the expected customer asset size and its interval on development rows."""

from collections.abc import Iterable, Mapping
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd

from src.core.money import MINOR_PER_UNIT
from src.core.params.train import TrainParams
from src.features.spec import FeatureSpec
from src.models.boosted import LightGBM
from src.models.calibration import Floats
from src.models.conformal import quantile_with_guarantee
from src.models.fit import FIXED, Growth, Indices, Machine
from src.models.folds import common_rounds
from src.models.future_assets import TODAY, FutureAssets, group_of
from src.models.rows import KEYS
from src.models.splits import grouped_folds, subsample

_GROWTH: Growth = {
    "learning_rate": 0.08,
    "num_leaves": 8,
    "min_data_in_leaf": 40,
    "feature_fraction": 0.6,
    "bagging_fraction": 0.8,
    "lambda_l2": 1.0,
}
# Below this share of the median amount a customer counts as nearly empty.
_SMALL = 0.05
_VARIANCE_POWER = 1.5
# Of customers by what they hold today; the interval holds its share in each.
_GROUPS = 8


def learn_future_assets(
    development: pd.DataFrame,
    amounts: pd.DataFrame,
    spec: FeatureSpec,
    features: Iterable[str],
    params: TrainParams,
    seed: int,
) -> tuple[FutureAssets | None, dict[str, Any]]:
    """The model of at most max_rows of the development rows whose later asset size is known.

    development: customer_id, as_of, arrival and the spec's columns; amounts: customer_id, as_of,
    asset_minor at the horizon's end; features: those that the model may use, today's asset size
    besides. None, and why, where that is not among the spec's features or no amount is known.
    """
    rows = development.merge(amounts, on=KEYS, how="inner", validate="1:1")
    rows = rows.sort_values(["as_of", "arrival"], ignore_index=True)
    if TODAY not in spec.names or rows.empty:
        return None, {"why": f"{TODAY} is no feature" if len(rows) else "no amount is known"}
    kept = rows.iloc[subsample(rows, params.max_rows, seed)]
    used = spec.select([*(name for name in features if name != TODAY), TODAY])
    return fit_future_assets(
        kept[list(used.names)].to_numpy(dtype=np.float64, na_value=np.nan),
        kept["asset_minor"].to_numpy(dtype=np.float64) / MINOR_PER_UNIT,
        used,
        grouped_folds(kept["arrival"], params.folds, seed),
        params.coverage,
        Machine(seed, params.threads, params.max_rounds, params.early_stopping_rounds),
    )


def fit_future_assets(
    X: Floats,
    amounts: Floats,
    spec: FeatureSpec,
    places: Indices,
    coverage: float,
    machine: Machine,
) -> tuple[FutureAssets, dict[str, Any]]:
    """The model, and the rounds of its parts.

    X: (n, f) of the spec's features, `holding_value` among them; amounts: (n,) asset size at the
    horizon's end in units of the base currency; places: (n,) fold of each row, whole customers.
    The mean minimises the Tweedie deviance with today's assets as the exposure (Jørgensen and Paes
    de Souza, 1994), in which debts count as nothing; the ends are quantiles of the growth, widened
    by what they missed out of fold, for groups of customers by what they hold today.
    """
    today = np.nan_to_num(X[:, spec.names.index(TODAY)])
    scale = max(1.0, _SMALL * float(np.median(np.maximum(amounts, 0.0))))
    exposure = np.log1p(np.maximum(today, 0.0) / scale)
    growth = np.arcsinh(amounts / scale) - np.arcsinh(today / scale)
    data = _Data(X, spec.names, places, machine)
    tweedie: dict[str, Any] = {"objective": "tweedie", "tweedie_variance_power": _VARIANCE_POWER}
    tweedie |= {"boost_from_average": False}
    expected, _, rounds = data.fit(tweedie, 1.0 + np.maximum(amounts, 0.0) / scale, exposure)
    tail = (1.0 - coverage) / 2.0
    low, lows, low_rounds = data.fit({"objective": "quantile", "alpha": tail}, growth)
    high, highs, high_rounds = data.fit({"objective": "quantile", "alpha": 1.0 - tail}, growth)
    borders = tuple(np.unique(np.quantile(today, np.linspace(0, 1, _GROUPS + 1)[1:-1])).tolist())
    group = group_of(today, borders)
    widened = tuple(
        (
            -_missed((lows - growth)[group == number], 1.0 - tail),
            _missed((growth - highs)[group == number], 1.0 - tail),
        )
        for number in range(len(borders) + 1)
    )
    model = FutureAssets(spec, scale, coverage, borders, widened, expected, low, high)
    return model, {"rounds": {"expected": rounds, "low": low_rounds, "high": high_rounds}}


def _missed(beyond: Floats, share: float) -> float:
    """By how much an end has to give way; of too few rows for a guarantee all that was seen."""
    found = quantile_with_guarantee(beyond, share)
    return found if np.isfinite(found) else float(max(beyond, default=0.0))


class _Data:
    """Rows binned once for several targets."""

    def __init__(
        self, X: Floats, names: tuple[str, ...], places: Indices, machine: Machine
    ) -> None:
        self.X, self.places, self.machine = X, places, machine
        self.settings = (
            FIXED | dict(_GROWTH) | {"seed": machine.seed, "num_threads": machine.threads}
        )
        self.data = lgb.Dataset(
            X, label=np.zeros(len(X)), feature_name=list(names), params=FIXED, free_raw_data=False
        ).construct()

    def fit(
        self, target: Mapping[str, Any], y: Floats, start: Floats | None = None
    ) -> tuple[LightGBM, Floats, int]:
        """The model of all rows, the raw scores out of fold, and the rounds common to all fits."""
        params = {**self.settings, **target}
        grown, unseen = [], np.empty(len(y))
        for place in range(int(self.places.max()) + 1):
            held = np.flatnonzero(self.places == place)
            train = self._rows(np.flatnonzero(self.places != place), y, start)
            stop = lgb.early_stopping(self.machine.early_stopping_rounds, verbose=False)
            valid = [self._rows(held, y, start)]
            most = self.machine.max_rounds
            grown.append(lgb.train(params, train, most, valid_sets=valid, callbacks=[stop]))
        rounds = common_rounds(grown)
        for place, booster in enumerate(grown):
            held = np.flatnonzero(self.places == place)
            raw = booster.predict(self.X[held], raw_score=True, num_iteration=rounds)
            unseen[held] = np.asarray(raw)
        whole = lgb.train(params, self._rows(np.arange(len(y)), y, start), rounds)
        return LightGBM(whole.model_to_string(num_iteration=-1)), unseen, rounds

    def _rows(self, rows: Indices, y: Floats, start: Floats | None) -> lgb.Dataset:
        part = self.data.subset(rows.tolist())
        part.construct()
        part.set_label(y[rows])
        if start is not None:
            part.set_init_score(start[rows])
        return part
