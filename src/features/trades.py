"""The record of what the customer bought and sold: gains, holding periods, novelty."""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from src.features.definitions.market import Trades
from src.features.plan import Plan
from src.features.positions import micro_units
from src.features.products import product_versions
from src.features.row_kernels import TRADES
from src.features.windows import age, in_days, in_window, is_known, is_visible


def traded_products(plan: Plan, windows: Sequence[int]) -> ir.Table:
    """What each spine row's customer did with each product, as known then, one row each.

    bought_micro, bought_minor: all units (millionths) and money of the purchases; first: age of the
    first purchase, empty without one; per window, sales and how many of them were above the average
    price paid before, with the time from the last purchase to them; asset_class, risk_grade.
    """
    instants = plan.keep("trade_instants", _with_past(_instants(plan)))
    columns: dict[str, ir.Value] = {
        "bought_micro": instants.bought_micro.sum().cast("float64"),
        "bought_minor": instants.bought_minor.sum().cast("float64"),
        "first": instants.age.max(where=instants.bought),
    }
    for days in windows:
        sold = instants.sold & in_window(instants.age, days)
        columns |= {
            f"priced{days}": (sold & instants.gain.notnull()).cast("int64").sum(),
            f"gains{days}": (sold & (instants.gain > 0.0).fill_null(False)).cast("int64").sum(),
            f"sales{days}": (sold & instants.waited.notnull()).cast("int64").sum(),
            f"waited{days}": ibis.ifelse(sold, instants.waited, None).sum(),
        }
    record = instants.group_by("row", "as_of", "product_id").aggregate(**columns)
    versions = product_versions(plan).drop("currency")
    known = record.left_join(
        versions,
        [
            record.product_id == versions.product_id,
            is_known(record["as_of"], versions.known_at, versions.known_until),
        ],
        rname="{name}_version",
    )
    return plan.keep("traded_products", known.select(*record.columns, "asset_class", "risk_grade"))


def _instants(plan: Plan) -> ir.Table:
    """The visible trades; those of one product and instant together, with no order among them."""
    moves, spine = plan.of_slice("transactions"), plan.spine
    trades = moves.filter(moves.kind.isin(TRADES), moves.product_id.notnull())
    joined = spine.join(
        trades,
        [
            spine.customer_id == trades.customer_id,
            is_visible(spine.as_of, trades.occurred_at, trades.known_at, trades.known_until),
        ],
    )
    buys = joined.kind == "buy"
    micro, minor = micro_units(joined.quantity).abs(), joined.amount_minor.abs()
    return joined.group_by(
        "row", "as_of", "product_id", age=age(joined.as_of, joined.occurred_at)
    ).aggregate(
        bought=buys.any(),
        sold=(~buys).any(),
        bought_micro=micro.sum(where=buys).fill_null(0),
        bought_minor=minor.sum(where=buys).fill_null(0),
        sold_micro=micro.sum(where=~buys).fill_null(0),
        sold_minor=minor.sum(where=~buys).fill_null(0),
    )


def _with_past(instants: ir.Table) -> ir.Table:
    """With gain, the price of a sale less the average price of the purchases before, and waited,
    the microseconds since the last of them; empty where nothing is known of such purchases.
    """
    before = ibis.window(
        group_by=["row", "product_id"], order_by=ibis.desc("age"), preceding=(None, 1)
    )
    paid = _price(
        instants.bought_minor.sum().over(before), instants.bought_micro.sum().over(before)
    )
    last = ibis.ifelse(instants.bought, instants.age, None).min().over(before)
    received = _price(instants.sold_minor, instants.sold_micro)
    return instants.mutate(gain=received - paid, waited=last - instants.age)


def _price(minor: ir.IntegerValue, micro: ir.IntegerValue) -> ir.FloatingValue:
    return minor.cast("float64") / micro.cast("float64").nullif(0.0)


def trade_figures(plan: Plan, record: ir.Table, definitions: Sequence[Trades]) -> ir.Table:
    """(row, one float64 column per definition) for the rows with trades before them."""
    of_class = ibis.window(group_by=["row", "asset_class"])
    first = ibis.ifelse(record.asset_class.notnull(), record.first.max().over(of_class), None)
    record = record.mutate(class_first=first)
    figures = {d.name: _figure(record, d) for d in definitions}
    return plan.keep("trade_figures", record.group_by("row").aggregate(**figures))


def _figure(record: ir.Table, d: Trades) -> ir.FloatingValue:
    if d.how == "days_since_new_class" or d.days is None:
        return in_days(record.class_first.min())
    if d.how == "gain_share":
        return _share(record[f"gains{d.days}"], record[f"priced{d.days}"])
    if d.how == "days_to_sale":
        return in_days(_share(record[f"waited{d.days}"], record[f"sales{d.days}"]))
    is_new = in_window(record["first"], d.days).fill_null(False)
    if d.how == "new_products":
        return is_new.cast("int64").sum().cast("float64")
    if d.how == "new_classes":
        new = in_window(record.class_first, d.days).fill_null(False)
        return record.asset_class.nunique(where=new).cast("float64")
    was_there = record["first"].notnull() & ~is_new
    step = record.risk_grade.max(where=is_new) - record.risk_grade.max(where=was_there)
    return step.cast("float64")


def _share(part: ir.IntegerValue, whole: ir.IntegerValue) -> ir.FloatingValue:
    return part.sum().cast("float64") / whole.sum().cast("float64").nullif(0.0)
