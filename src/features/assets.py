"""Customer asset size: identify what is held, value it, sum it, and say whether that is complete.

Held = the latest statement per account and product plus the movements since; a position that no
statement covers starts at 0. Valued = the last price and exchange rate known before as_of.
"""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
import pandas as pd

from src.core.ledger import Ledger
from src.core.schemas import ASSET_CLASSES
from src.features.plan import Plan, run_over_spine
from src.features.prices import price_before, rate_before, slice_prices, slice_rates
from src.features.windows import age, days_earlier, in_window, is_since, is_stated, is_visible

MICRO = 1_000_000
# What is worth its face value where nobody quotes a price.
FACE_VALUE_CLASSES = ("cash", "deposit", "insurance", "loan")


def holdings(plan: Plan, lags: Sequence[int] = ()) -> ir.Table:
    """What each spine row's customer holds: (row, product_id, asset_class, risk_grade, minor, …).

    One row per spine row and product; plain money has product_id null and grade 1. minor: int64
    value in minor units of base currency, 0 where it can't be priced, and then priced is False.
    before<lag>: the value `lag` days earlier, by today's knowledge of the movements since and the
    price known then.
    """
    statements = plan.keep("statements", _statements(plan))
    moves = _moves(plan)
    money = _money(statements, moves, lags)
    positions = plan.keep("positions", _positions(statements, moves, lags))
    valued = _valued(positions, plan, lags)
    columns = ["row", "product_id", "asset_class", "risk_grade", "minor", "priced"]
    columns += [f"before{lag}" for lag in lags]
    return plan.keep("holdings", money.select(columns).union(valued.select(columns)))


def _statements(plan: Plan) -> ir.Table:
    """The latest statement of each spine row's accounts and products."""
    spine, stated = plan.spine, plan.of_slice("balances")
    stated = stated.select(
        "customer_id",
        "quantity",
        "amount_minor",
        "known_at",
        account=stated.account_id.fill_null(""),
        product=stated.product_id.fill_null(""),
        money_class=stated.asset_class.fill_null("cash"),
        stated_at=stated.as_of,
    )
    joined = spine.join(
        stated,
        [
            spine.customer_id == stated.customer_id,
            is_stated(spine.as_of, stated.stated_at, stated.known_at),
        ],
    )
    latest = ibis.window(
        group_by=["row", "account", "product"],
        order_by=[ibis.desc("stated_at"), ibis.desc("known_at")],
    )
    joined = joined.mutate(place=ibis.row_number().over(latest))
    return joined.filter(joined.place == 0).drop("place", "customer_id_right")


def _moves(plan: Plan) -> ir.Table:
    """The movements visible at each spine row, with quantities in exact millionths."""
    spine, events = plan.spine, plan.of_slice("transactions")
    events = events.select(
        "customer_id",
        "occurred_at",
        "known_at",
        "amount_minor",
        account=events.account_id.fill_null(""),
        product=events.product_id.fill_null(""),
        micro=(events.quantity * MICRO).round().cast("int64").fill_null(0),
    )
    joined = spine.join(
        events,
        [
            spine.customer_id == events.customer_id,
            is_visible(spine.as_of, events.occurred_at, events.known_at),
        ],
    )
    return joined.select(
        "row",
        "as_of",
        "account",
        "product",
        "occurred_at",
        "amount_minor",
        "micro",
        age=age(joined.as_of, joined.occurred_at),
    )


def _since_statement(moves: ir.Table, statements: ir.Table, keys: Sequence[str]) -> ir.Table:
    """The movements, `counted` False where a statement covers them already."""
    joined = moves.left_join(statements, list(keys), rname="{name}_stated")
    return joined.mutate(counted=is_since(joined.occurred_at, joined.stated_at))


def _money(statements: ir.Table, moves: ir.Table, lags: Sequence[int]) -> ir.Table:
    """Cash and other plain money by asset class."""
    accounts = statements.filter(statements["product"] == "").select(
        "row", "account", "stated_at", "money_class", "amount_minor"
    )
    joined = _since_statement(moves, accounts, ("row", "account"))
    amount = joined.amount_minor
    zero = ibis.literal(0, type="int64")
    moved = joined.group_by("row", asset_class=joined.money_class.fill_null("cash")).aggregate(
        now=amount.sum(where=joined.counted).fill_null(0),
        **{
            f"moved{lag}": amount.sum(where=in_window(joined.age, lag)).fill_null(0) for lag in lags
        },
    )
    stated = accounts.select(
        "row",
        asset_class=accounts.money_class,
        now=accounts.amount_minor.fill_null(0),
        **{f"moved{lag}": zero for lag in lags},
    )
    both = moved.cast(dict.fromkeys(stated.columns[2:], "int64")).union(stated)
    total = both.group_by("row", "asset_class").aggregate(
        minor=both.now.sum(),
        **{f"before{lag}": both.now.sum() - both[f"moved{lag}"].sum() for lag in lags},
    )
    return total.mutate(
        product_id=ibis.null("string"),
        risk_grade=ibis.literal(1, type="int64"),
        priced=ibis.literal(True),
    )


def _positions(statements: ir.Table, moves: ir.Table, lags: Sequence[int]) -> ir.Table:
    """(row, as_of, product_id, micro, stated_minor, moved<lag>): units held, in millionths."""
    stated = statements.filter(statements["product"] != "")
    joined = _since_statement(
        moves.filter(moves["product"] != ""),
        stated.select("row", "account", "product", "stated_at"),
        ("row", "account", "product"),
    )
    zero = ibis.literal(0, type="int64")
    parts = joined.select(
        "row",
        "as_of",
        product_id=joined["product"],
        micro=ibis.ifelse(joined.counted, joined.micro, zero),
        stated_minor=zero,
        **{
            f"moved{lag}": ibis.ifelse(in_window(joined.age, lag), joined.micro, zero)
            for lag in lags
        },
    )
    unstated = stated.quantity.isnull()  # noqa: PD003 (an Ibis column)
    opening = stated.select(
        "row",
        "as_of",
        product_id=stated["product"],
        micro=(stated.quantity * MICRO).round().cast("int64").fill_null(0),
        stated_minor=ibis.ifelse(unstated, stated.amount_minor, zero).fill_null(0),
        **{f"moved{lag}": zero for lag in lags},
    )
    both = parts.union(opening)
    sums = {name: both[name].sum() for name in both.columns[3:]}
    return both.group_by("row", "as_of", "product_id").aggregate(**sums)


def _valued(positions: ir.Table, plan: Plan, lags: Sequence[int]) -> ir.Table:
    """The positions with their class, grade and value in minor units, now and before."""
    products = plan["products"].select("product_id", "asset_class", "risk_grade")
    quotes = plan.keep("quotes", _quotes(positions, plan, lags))
    held = positions.left_join(products, "product_id", rname="{name}_product")
    held = held.left_join(quotes, ["product_id", "as_of"], rname="{name}_quote")
    worth = {lag: _minor(held, lag) for lag in (0, *lags)}
    return held.select(
        "row",
        "product_id",
        "asset_class",
        "risk_grade",
        minor=worth[0].fill_null(0),
        priced=worth[0].notnull(),  # noqa: PD004 (an Ibis column)
        **{f"before{lag}": worth[lag].fill_null(0) for lag in lags},
    )


def _quotes(positions: ir.Table, plan: Plan, lags: Sequence[int]) -> ir.Table:
    """(product_id, as_of, unit<lag>): worth of one unit in base currency at as_of - lag days.

    Null without a price or without a rate; the base currency has its row of rate 1 in fx_rates.
    """
    products = plan["products"].select("product_id", "asset_class", "currency")
    quoted = positions.select("product_id", "as_of").distinct()
    quoted = quoted.left_join(products, "product_id").drop("product_id_right")
    face = quoted.asset_class.isin(FACE_VALUE_CLASSES).fill_null(False)
    quoted = quoted.select(
        "product_id",
        "as_of",
        "currency",
        face=ibis.ifelse(face, 1.0, None),
        lag=ibis.array([0, *lags]).unnest(),
    )
    quoted = price_before(
        quoted, slice_prices(plan), days_earlier(quoted.as_of, quoted.lag), "price"
    )
    quoted = rate_before(quoted, slice_rates(plan), days_earlier(quoted.as_of, quoted.lag), "rate")
    quoted = quoted.mutate(unit=ibis.coalesce(quoted.price, quoted.face) * quoted.rate)
    return quoted.group_by("product_id", "as_of").aggregate(
        **{f"unit{lag}": quoted.unit.max(where=quoted.lag == lag) for lag in (0, *lags)}
    )


def _minor(held: ir.Table, lag: int) -> ir.IntegerValue:
    """Value in minor units, half away from zero; 0 units are worth 0 even without a price."""
    micro = held.micro - held[f"moved{lag}"] if lag else held.micro
    units = micro.cast("float64") / float(MICRO)
    money = (units * held[f"unit{lag}"] * 100.0).round().cast("int64") + held.stated_minor
    return ibis.ifelse((micro == 0) & (held.stated_minor == 0), 0, money)


def asset_size(ledger: Ledger, spine: pd.DataFrame) -> pd.DataFrame:
    """Customer asset size of each spine row (customer_id, as_of), sorted by as_of, customer_id.

    Columns: asset_minor (int64, loans subtract), <class>_minor per asset class, complete: False
    where a held product has no known class, price or rate, or nothing was ever held or moved.
    """

    def make(plan: Plan) -> ir.Table:
        held = holdings(plan)
        by_class = {
            f"{name}_minor": held.minor.sum(where=held.asset_class == name).fill_null(0)
            for name in ASSET_CLASSES
        }
        sums = held.group_by("row").aggregate(
            asset_minor=held.minor.sum(), **by_class, complete=held.priced.all()
        )
        all_rows = plan.spine.select("row").left_join(sums, "row").drop("row_right")
        money = {name: all_rows[name].cast("float64") for name in ("asset_minor", *by_class)}
        return all_rows.select("row", **money, complete=all_rows.complete.fill_null(False))

    table = run_over_spine(ledger, spine, "asset_size", make)
    money = [name for name in table.columns if name.endswith("_minor")]
    table[money] = table[money].fillna(0).astype("int64")
    return table
