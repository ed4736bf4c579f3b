"""Event rows with what filters and measures need: product attributes, trailing product return."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from src.features.definitions import Filter
from src.features.plan import Plan
from src.features.prices import price_before, slice_prices
from src.features.windows import days_earlier

RETURN_DAYS = 30
RETURN_BORDER = 0.03
SCORE_SCALE = 1000.0


@dataclass(frozen=True)
class Series:
    """One measure over the rows of one filter: what several features share."""

    measure: str
    only: Filter | None


def event_rows(plan: Plan, table: str, filters: Iterable[Filter | None]) -> ir.Table:
    """The slice's transactions or interactions with the columns that `filters` look at.

    asset_class and risk_grade come from the products, product_return from the prices known
    before the row occurred. No row is added or lost: products are unique by product_id.
    """
    rows = plan.of_slice(table)
    used = [only for only in filters if only is not None]
    if table != "transactions":
        return rows
    if any(only.asset_classes or only.min_grade or only.max_grade for only in used):
        products = plan["products"].select("product_id", "asset_class", "risk_grade")
        rows = rows.left_join(products, "product_id").drop("product_id_right")
    if any(only.after for only in used):
        returns = plan.kept("returns", lambda: _returns(plan))
        rows = rows.left_join(returns, "transaction_id").drop("transaction_id_right")
    return rows


def _returns(plan: Plan) -> ir.Table:
    """(transaction_id, product_return) of the trades: price before it over that 30 days earlier."""
    rows = plan.of_slice("transactions")
    trades = rows.filter(rows.kind.isin(("buy", "sell")), rows.product_id.notnull()).select(
        "transaction_id", "product_id", at=rows.occurred_at
    )
    prices = slice_prices(plan)
    trades = price_before(trades, prices, trades.at, "now")
    trades = price_before(trades, prices, days_earlier(trades.at, RETURN_DAYS), "then")
    return trades.select("transaction_id", product_return=trades.now / trades.then - 1.0)


def matches(rows: ir.Table, only: Filter | None) -> ir.BooleanValue:
    """True where the row meets every condition of the filter; unknown values never meet one."""
    conditions = []
    if only is not None:
        for column, allowed in (
            ("kind", only.kinds),
            ("channel", only.channels),
            ("category", only.categories),
            ("topic", only.topics),
            ("asset_class", only.asset_classes),
        ):
            if allowed:
                conditions.append(rows[column].isin(allowed))
        if only.min_grade is not None:
            conditions.append(rows.risk_grade >= only.min_grade)
        if only.max_grade is not None:
            conditions.append(rows.risk_grade <= only.max_grade)
        if only.after == "fall":
            conditions.append(rows.product_return <= -RETURN_BORDER)
        if only.after == "rise":
            conditions.append(rows.product_return >= RETURN_BORDER)
    holds: ir.BooleanValue = ibis.and_(*conditions) if conditions else ibis.literal(True)
    return holds.fill_null(False)


def measured(rows: ir.Table, measure: str) -> ir.NumericValue:
    """The measure of each row as a whole number, null where the row doesn't have it.

    net, turnover: of every row; inflow, outflow: of rows above and below 0; minor units, positive
    but for net. rows: 1. score: of interactions where it was asked, in thousandths.
    """
    if measure == "rows":
        return ibis.literal(1, type="int64")
    if measure == "score":
        return (rows.score * SCORE_SCALE).round().cast("int64")
    amount = rows.amount_minor
    if measure == "inflow":
        return ibis.ifelse(amount > 0, amount, None)
    if measure == "outflow":
        return ibis.ifelse(amount < 0, -amount, None)
    return amount.abs() if measure == "turnover" else amount


def series_columns(rows: ir.Table, series: Sequence[Series]) -> ir.Table:
    """(customer_id, occurred_at, known_at, v<n>): the measure of series n, null where its filter
    leaves the row out. Each measure and each filter is computed once.
    """
    measures = sorted({key.measure for key in series})
    filters = {key.only.name: key.only for key in series if key.only is not None}
    named = rows.select(
        "customer_id",
        "occurred_at",
        "known_at",
        **{f"measure_{name}": measured(rows, name) for name in measures},
        **{f"filter_{name}": matches(rows, only) for name, only in filters.items()},
    )
    columns = {}
    for number, key in enumerate(series):
        value = named[f"measure_{key.measure}"]
        if key.only is not None:
            value = ibis.ifelse(named[f"filter_{key.only.name}"], value, None)
        columns[f"v{number}"] = value
    return named.select("customer_id", "occurred_at", "known_at", **columns)
