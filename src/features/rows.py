"""Event rows with what filters and measures need: product attributes, trailing product return."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from src.features.definitions.conditions import Filter
from src.features.plan import Kernel, Plan
from src.features.prices import price_before, slice_prices
from src.features.products import product_periods
from src.features.row_kernels import (
    RETURN_BORDER,
    RETURN_DAYS,
    SCORE_SCALE,
    TRADES,
    classed,
    with_returns,
)
from src.features.windows import days_earlier, is_before, visible_from


@dataclass(frozen=True)
class Series:
    """One measure over the rows of one filter: what several features share."""

    measure: str
    only: Filter | None


def event_rows(plan: Plan, table: str, filters: Iterable[Filter | None]) -> ir.Table:
    """The slice's transactions or interactions with the columns that `filters` look at.

    asset_class and risk_grade come from the products, product_return from the prices known
    before the row occurred. A row whose product was known otherwise at another time comes once
    for each of those times, so that at any instant exactly one of them is known.
    """
    rows = plan.of_slice(table)
    used = [only for only in filters if only is not None]
    if table != "transactions":
        return rows
    if any(only.asset_classes or only.min_grade or only.max_grade for only in used):
        plain, periods = rows, product_periods(plan)
        rows = plan.kept(
            "classed_events",
            lambda: _classed(plain, periods),
            lambda _: Kernel((plain, periods), classed, lean=True),
        )
    if any(only.after for only in used):
        before, prices = rows, slice_prices(plan)
        rows = plan.kept(
            "returned_events",
            lambda: _with_returns(plan, before),
            lambda _: Kernel((before, prices.lasting, prices.withdrawn), with_returns, lean=True),
        )
    return rows


def _classed(rows: ir.Table, products: ir.Table) -> ir.Table:
    """The rows with their product's class and grade, each for the time that both were known."""
    periods = products.select(
        "product_id", "asset_class", "risk_grade", begins="known_at", ends="known_until"
    )
    joined = rows.left_join(periods, "product_id", rname="{name}_period")
    joined = joined.mutate(
        known_at=ibis.greatest(joined.known_at, joined.begins.fill_null(joined.known_at)),
        known_until=ibis.least(joined.known_until, joined.ends.fill_null(joined.known_until)),
    )
    seen = is_before(visible_from(joined.occurred_at, joined.known_at), joined.known_until)
    return joined.filter(seen).drop("begins", "ends", "product_id_period")


def _with_returns(plan: Plan, rows: ir.Table) -> ir.Table:
    """The rows with product_return where they are trades."""
    joined = rows.left_join(_returns(plan), ["product_id", "occurred_at"], rname="{name}_return")
    return joined.mutate(
        product_return=ibis.ifelse(joined.kind.isin(TRADES), joined.product_return, None)
    ).drop("product_id_return", "occurred_at_return")


def _returns(plan: Plan) -> ir.Table:
    """(product_id, occurred_at, product_return) of the trades: price over 30 days earlier."""
    rows = plan.of_slice("transactions")
    trades = rows.filter(rows.kind.isin(TRADES), rows.product_id.notnull())
    trades = trades.select("product_id", "occurred_at").distinct()
    prices = slice_prices(plan)
    trades = price_before(trades, prices, trades.occurred_at, "now")
    trades = price_before(trades, prices, days_earlier(trades.occurred_at, RETURN_DAYS), "then")
    return trades.select("product_id", "occurred_at", product_return=trades.now / trades.then - 1.0)


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
    """(who, occurred_at, known_at, known_until, v<n>): the measure of series n, null where its
    filter leaves the row out.
    """
    columns = {}
    for number, key in enumerate(series):
        value = measured(rows, key.measure)
        if key.only is not None:
            value = ibis.ifelse(matches(rows, key.only), value, None)
        columns[f"v{number}"] = value
    return rows.select("who", "occurred_at", "known_at", "known_until", **columns)
