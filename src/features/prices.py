"""The last price and rate known before an instant."""

import ibis
import ibis.expr.types as ir

from src.features.plan import Plan
from src.features.windows import is_before, visible_from


def slice_prices(plan: Plan) -> ir.Table:
    """Prices of what the slice's customers moved or held: (product_id, visible, level).

    One row per instant of visibility. An older price that becomes known late never replaces a
    newer one, so that the last visible row before an instant is the last price (by date) known
    before it.
    """

    def make() -> ir.Table:
        moved = plan.of_slice("transactions").select("product_id")
        stated = plan.of_slice("balances").select("product_id")
        wanted = plan["prices"].semi_join(moved.union(stated, distinct=True), "product_id")
        return _visible(wanted, "product_id", wanted.close)

    return plan.kept("prices", make)


def slice_rates(plan: Plan) -> ir.Table:
    """Rates to the base currency, its own included: (currency, visible, level)."""
    rates = plan["fx_rates"]
    return plan.kept("rates", lambda: _visible(rates, "currency", rates.rate))


def _visible(rows: ir.Table, key: str, level: ir.FloatingValue) -> ir.Table:
    rows = rows.select(key, "date", level=level, visible=visible_from(rows["date"], rows.known_at))
    order = ["visible", ibis.desc("date")]
    before = ibis.window(group_by=key, order_by=order, preceding=(None, 1))
    rows = rows.mutate(newest=rows["date"].max().over(before))
    kept = rows.filter(is_before(rows.newest, rows["date"]).fill_null(True))
    return kept.select(key, "visible", "level")


def price_before(
    rows: ir.Table, prices: ir.Table, instant: ir.TimestampValue, name: str
) -> ir.Table:
    """`rows` with a column `name`: the last price visible before `instant`, null if none."""
    return _before(rows, prices, "product_id", instant, name)


def rate_before(rows: ir.Table, rates: ir.Table, instant: ir.TimestampValue, name: str) -> ir.Table:
    """`rows` with a column `name`: the last rate visible before `instant`, null if none."""
    return _before(rows, rates, "currency", instant, name)


def _before(
    rows: ir.Table, levels: ir.Table, key: str, instant: ir.TimestampValue, name: str
) -> ir.Table:
    columns = [column for column in rows.columns if column != name]
    timed = rows.mutate(instant_=instant)
    joined = timed.asof_join(levels, is_before(levels.visible, timed.instant_), predicates=key)
    return joined.select(*columns, **{name: joined.level})
