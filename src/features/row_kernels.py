"""The columns of src/features/rows.py along sorted rows: product attributes, trailing product
return, measures and filters, as numbers and flags of this process."""

from collections.abc import Callable, Collection
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from src.features.definitions.conditions import Filter
from src.features.sorted_levels import SortedLevels
from src.features.sorted_rows import (
    Flags,
    Ints,
    codes_among,
    codes_of,
    encoded,
    ints,
    is_among,
    valid,
)
from src.features.windows import DAY_US

TRADES = ("buy", "sell")
ATTRIBUTES = ("asset_class", "risk_grade")
RETURN_DAYS = 30
RETURN_BORDER = 0.03
SCORE_SCALE = 1000.0


def classed(rows: pa.Table, periods: pa.Table) -> pa.Table:
    """The rows with their product's class and grade, those of them that `periods` has, each for
    the time that both were known.

    rows: in order. periods: of src/features/products.product_periods.
    """
    row, at = _beside(rows["product_id"], periods["product_id"])
    since, upto = ints(rows["known_at"])[row], ints(rows["known_until"])[row]
    has = np.flatnonzero(at >= 0)
    since[has] = np.maximum(since[has], ints(periods["known_at"])[at[has]])
    upto[has] = np.minimum(upto[has], ints(periods["known_until"])[at[has]])
    seen = np.maximum(ints(rows["occurred_at"])[row], since) < upto
    if len(row) != len(rows) or not seen.all():
        row, at, since, upto = row[seen], at[seen], since[seen], upto[seen]
        rows = rows.take(pa.array(row))
    places = pa.array(at, mask=at < 0)
    instant = rows.schema.field("known_at").type
    columns = {name: rows[name] for name in rows.column_names} | {
        "known_at": pa.array(since).cast(instant),
        "known_until": pa.array(upto).cast(instant),
    }
    attributes = encoded(periods.select([c for c in ATTRIBUTES if c in periods.column_names]))
    return pa.table(columns | {name: each.take(places) for name, each in attributes.items()})


def _beside(products: pa.ChunkedArray, others: pa.ChunkedArray) -> tuple[Ints, Ints]:
    """The places of the products' rows, each beside those of all others of its product; -1 where
    there is none."""
    codes, names = codes_of(others)
    by_product = np.argsort(codes, kind="stable")
    begins = np.searchsorted(codes[by_product], np.arange(len(names) + 1))
    of = codes_among(products, names)
    row = np.arange(len(of))
    # of what is no product the last: one row, beside none
    counts = np.append(np.diff(begins), 1)[of]
    within = 0
    if (counts != 1).any():
        row = np.repeat(row, counts)
        within = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    return row, np.append(by_product, -1)[np.where(of[row] < 0, -1, begins[of[row]] + within)]


def with_returns(rows: pa.Table, lasting: pa.Table, withdrawn: pa.Table) -> pa.Table:
    """The rows with product_return, the price over 30 days earlier, where they are trades."""
    trades = np.flatnonzero(is_among(rows["kind"], TRADES))
    products = rows["product_id"].take(pa.array(trades))
    at, prices = ints(rows["occurred_at"])[trades], SortedLevels(lasting, withdrawn)
    returns = np.full(len(rows), np.nan)
    now, then = prices.before(products, at), prices.before(products, at - RETURN_DAYS * DAY_US)
    with np.errstate(all="ignore"):
        returns[trades] = now / then - 1.0
    known = np.zeros(len(rows), dtype=bool)
    known[trades] = ~(np.isnan(now) | np.isnan(then))
    return rows.append_column("product_return", pa.array(returns, mask=~known))


class MeasuredRows:
    """Measures and filters of rows in order, each computed once."""

    def __init__(self, rows: pa.Table) -> None:
        self._rows = rows
        self._measures: dict[str, tuple[Ints, Flags | None]] = {}
        self._filters: dict[str, Flags] = {}
        self._texts: dict[str, tuple[NDArray[Any], list[str]]] = {}

    def series(self, measure: str, only: Filter | None) -> tuple[Ints, Flags | None]:
        """The measure's values and where the rows have one and meet the filter; None: everywhere.

        As src/features/rows.py says in `measured` and `matches`.
        """
        if measure not in self._measures:
            values, has = self._measured(measure)
            # a copy of what is Arrow's, which a compiled loop would else make each time
            self._measures[measure] = np.require(values, requirements="W"), has
        values, has = self._measures[measure]
        if only is None:
            return values, has
        if only.name not in self._filters:
            self._filters[only.name] = self._matches(only)
        kept = self._filters[only.name]
        return values, kept if has is None else has & kept

    def _measured(self, measure: str) -> tuple[Ints, Flags | None]:
        if measure == "rows":
            return np.ones(len(self._rows), dtype=np.int64), None
        if measure == "score":
            scores, has = self._rows["score"], valid(self._rows["score"])
            thousandths = np.nan_to_num(scores.to_numpy().astype(np.float64)) * SCORE_SCALE
            return _rounded(thousandths), has
        amount, has = ints(self._rows["amount_minor"]), valid(self._rows["amount_minor"])
        if measure in ("inflow", "outflow"):
            moved = amount if measure == "inflow" else -amount
            return moved, moved > 0
        return np.abs(amount) if measure == "turnover" else amount, has

    def _matches(self, only: Filter) -> Flags:
        kept = np.ones(len(self._rows), dtype=bool)
        for column, allowed in (
            ("kind", only.kinds),
            ("channel", only.channels),
            ("category", only.categories),
            ("topic", only.topics),
            ("asset_class", only.asset_classes),
        ):
            if allowed:
                kept &= self._is_among(column, allowed)
        if only.min_grade is not None:
            kept &= self._holds("risk_grade", lambda grade: grade >= only.min_grade)
        if only.max_grade is not None:
            kept &= self._holds("risk_grade", lambda grade: grade <= only.max_grade)
        if only.after == "fall":
            kept &= self._holds("product_return", lambda change: change <= -RETURN_BORDER)
        if only.after == "rise":
            # as the engine compares: what is no number is above every number
            kept &= self._holds("product_return", lambda change: ~(change < RETURN_BORDER))
        return kept

    def _is_among(self, column: str, allowed: Collection[str]) -> Flags:
        """True where the text is one of `allowed`."""
        if column not in self._texts:
            codes, names = codes_of(self._rows[column])
            self._texts[column] = codes, names.to_pylist()
        codes, texts = self._texts[column]
        among = np.zeros(len(codes), dtype=bool)
        for code, text in enumerate(texts):
            if text in allowed:
                among |= codes == code
        return among

    def _holds(self, column: str, test: Callable[..., Flags]) -> Flags:
        """True where the column is known and passes the test."""
        values = self._rows[column]
        of = ints(values) if pa.types.is_integer(values.type) else values.to_numpy()
        held, has = test(of), valid(values)
        return held if has is None else held & has


def _rounded(values: NDArray[np.float64]) -> Ints:
    """Halves away from zero, as the engine rounds."""
    cut = np.trunc(values)
    up = np.abs(values - cut) >= 0.5
    rounded: Ints = (cut + np.copysign(up, values)).astype(np.int64)
    return rounded
