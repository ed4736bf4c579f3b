"""How good expected amounts are: their order, their level by tenth, and what their interval holds.

Tables have the columns actual, today, expected, low, high: amounts in units of the base currency.
"""

from typing import Any

import numpy as np
import pandas as pd

from src.core.money import MINOR_PER_UNIT
from src.core.params import EvaluateParams
from src.models.calibration import Floats
from src.models.evaluate import customer_draws
from src.models.future_assets import TODAY, FutureAssets
from src.models.rows import KEYS

_TENTHS = 10


def expected_amounts(
    assets: FutureAssets, rows: pd.DataFrame, amounts: pd.DataFrame
) -> pd.DataFrame:
    """The table of the rows whose amount is known, with their customer_id and as_of.

    rows: customer_id, as_of and the features; amounts: customer_id, as_of, asset_minor.
    """
    known = rows.merge(amounts, on=KEYS, how="inner", validate="1:1")
    expected, low, high = assets.amounts(known).T
    actual = known["asset_minor"].to_numpy(np.float64) / MINOR_PER_UNIT
    return known[KEYS].assign(
        actual=actual, today=known[TODAY], expected=expected, low=low, high=high
    )


def normalised_gini(actual: Floats, predicted: Floats, weights: Floats) -> Floats:
    """(d,) how well `predicted` orders the amounts: 0 by chance, 1 as they order themselves.

    actual, predicted: (n,); weights: (d, n). The area between the concentration curve and the
    diagonal over that of the perfect order (Frees, Meyers and Cummings, 2014); ties share a place.
    """
    ratio: Floats = _concentration(actual, predicted, weights) / _concentration(
        actual, actual, weights
    )
    return ratio


def judge_amounts(
    table: pd.DataFrame, coverage: float, params: EvaluateParams, seed: int
) -> dict[str, Any]:
    """Figures of the test rows with intervals over draws of whole customers.

    table: of `expected_amounts`. gini: of the expected amount, and of `today`, what the
    customer holds at as_of, as the yardstick; lead: of the first over the second, paired. total:
    the sum of what was expected over the sum that came. covered: the share of amounts within their
    interval, stated as `coverage`. width: the median of the interval over the expected amount.
    """
    actual, expected = table["actual"].to_numpy(), table["expected"].to_numpy()
    today, inside = np.nan_to_num(table["today"].to_numpy()), within(table)
    everyone = np.ones((1, len(table)))
    parts: dict[str, list[Floats]] = {"gini": [], "gini_of_today": [], "covered": []}
    for weights in [everyone, *customer_draws(table["customer_id"], params.bootstrap, seed)]:
        parts["gini"].append(normalised_gini(actual, expected, weights))
        parts["gini_of_today"].append(normalised_gini(actual, today, weights))
        parts["covered"].append(weights @ inside / weights.sum(axis=1))
    drawn = {name: np.concatenate(found) for name, found in parts.items()}
    drawn["lead"] = drawn["gini"] - drawn["gini_of_today"]
    ends = (50 * (1 - params.confidence), 50 * (1 + params.confidence))
    figures: dict[str, Any] = {}
    for name, found in drawn.items():
        low, high = np.percentile(found[1:], ends)
        figures[name] = {"value": float(found[0]), "low": float(low), "high": float(high)}
    wide: pd.Series[float] = (table["high"] - table["low"]) / table["expected"].abs().clip(
        lower=1.0
    )
    return figures | {
        "rows": len(table),
        "stated_coverage": coverage,
        "total": float(expected.sum() / actual.sum()),
        "width": float(wide.median()),
    }


def tenths(table: pd.DataFrame) -> pd.DataFrame:
    """Ten equal groups by falling expected amount.

    Columns tenth (1 = highest), rows, expected, actual (means), low, high (means of the ends),
    covered, share: of all amounts that came.
    """
    ordered = table.sort_values("expected", ascending=False, kind="stable", ignore_index=True)
    tenth = np.arange(len(ordered)) * _TENTHS // len(ordered) + 1
    grouped = ordered.assign(tenth=tenth, covered=within(ordered)).groupby("tenth")
    found = grouped.agg(
        rows=("actual", "size"),
        expected=("expected", "mean"),
        actual=("actual", "mean"),
        low=("low", "mean"),
        high=("high", "mean"),
        covered=("covered", "mean"),
        share=("actual", "sum"),
    )
    result: pd.DataFrame = found.assign(share=found["share"] / table["actual"].sum()).reset_index()
    return result


def within(table: pd.DataFrame) -> Floats:
    """(n,) 1.0 where the amount that came lies in its interval, else 0.0."""
    actual, low, high = (table[name].to_numpy() for name in ("actual", "low", "high"))
    inside: Floats = ((low <= actual) & (actual <= high)).astype(np.float64)
    return inside


def _concentration(actual: Floats, by: Floats, weights: Floats) -> Floats:
    order = np.argsort(by, kind="stable")
    starts = np.flatnonzero(np.diff(by[order], prepend=-np.inf))
    size = np.add.reduceat(weights[:, order], starts, axis=1)
    amount = np.add.reduceat(weights[:, order] * actual[order], starts, axis=1)
    place = np.cumsum(size, axis=1) - size / 2.0
    area: Floats = (amount * place).sum(axis=1) / (amount.sum(axis=1) * size.sum(axis=1))
    return 2.0 * area - 1.0
