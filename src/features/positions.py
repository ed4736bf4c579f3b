"""What a customer holds: the latest statement per account and product, and the movements since.

A position that no statement covers starts at 0. Of statements and movements, those count whose
version was known at the instant. What was held some days earlier follows for plain money from the
latest statement of then; where none is so old, and for units, from what is held now less the
movements since.
"""

from collections.abc import Callable, Sequence

import ibis
import ibis.expr.types as ir

from src.features.plan import Plan
from src.features.windows import (
    age,
    days_earlier,
    in_window,
    is_old_enough,
    is_since,
    is_stated,
    is_visible,
)

MICRO = 1_000_000
# Movements that may name a product and leave the position in it as it was.
POSITION_NEUTRAL_KINDS = ("fee", "interest", "dividend")


def micro_units(quantity: ir.FloatingValue) -> ir.IntegerValue:
    """A quantity in exact millionths, 0 where there is none: sums show no order of addition."""
    return (quantity * MICRO).round().cast("int64").fill_null(0)


def place(rows: ir.Table) -> dict[str, ir.StringValue]:
    """Account and product on which rows stand; an empty text where they name none."""
    return {
        "account": rows.account_id.fill_null(""),
        "product": rows.product_id.fill_null(""),
    }


def unsized(moves: ir.Table) -> ir.IntegerValue:
    """1 for a movement of a product of which nobody said how much of it, else 0."""
    moving = moves.product_id.notnull() & ~moves.kind.isin(POSITION_NEUTRAL_KINDS)
    return (moving & moves.quantity.isnull()).cast("int64")


def latest_statements(plan: Plan) -> ir.Table:
    """The latest statement of each spine row's accounts and products."""
    joined = known_statements(plan)
    latest = ibis.window(
        group_by=["row", "account", "product"],
        order_by=[ibis.desc("stated_at"), ibis.desc("known_at")],
    )
    joined = joined.mutate(place=ibis.row_number().over(latest))
    return joined.filter(joined.place == 0).drop("place")


def earlier_statements(plan: Plan, lags: Sequence[int]) -> ir.Table:
    """(row, account, at<lag>, minor<lag>): the latest statement of plain money that was there `lag`
    days before as_of, null where none is so old."""
    stated = known_statements(plan)
    stated = stated.filter(stated["product"] == "")
    columns = {}
    for lag in lags:
        old = is_old_enough(stated.stated_at, days_earlier(stated["as_of"], lag))
        columns[f"at{lag}"] = stated.stated_at.max(where=old)
        columns[f"minor{lag}"] = stated.amount_minor.fill_null(0).argmax(
            stated.stated_at, where=old
        )
    return stated.group_by("row", "account").aggregate(**columns)


def known_statements(plan: Plan) -> ir.Table:
    """All statements of each spine row's customer that were known at as_of."""
    stated = plan.of_slice("balances")
    stated = stated.select(
        "customer_id",
        "quantity",
        "amount_minor",
        "known_at",
        "known_until",
        **place(stated),
        money_class=stated.asset_class.fill_null("cash"),
        stated_at=stated.as_of,
    )
    return beside(plan.spine, stated, is_stated, stated.stated_at)


def visible_moves(plan: Plan) -> ir.Table:
    """The movements visible at each spine row, with quantities in exact millionths."""
    events = plan.of_slice("transactions")
    events = events.select(
        "customer_id",
        "occurred_at",
        "known_at",
        "known_until",
        "amount_minor",
        **place(events),
        micro=micro_units(events.quantity),
        unsized=unsized(events),
    )
    joined = beside(plan.spine, events, is_visible, events.occurred_at)
    return joined.select(
        "row",
        "as_of",
        "account",
        "product",
        "occurred_at",
        "amount_minor",
        "micro",
        "unsized",
        age=age(joined.as_of, joined.occurred_at),
    )


def beside(
    spine: ir.Table,
    rows: ir.Table,
    is_seen: Callable[..., ir.BooleanValue],
    happened: ir.TimestampValue,
) -> ir.Table:
    """Each spine row with the rows of its customer that are seen at as_of: is_seen(as_of, happened,
    known_at, known_until)."""
    seen = is_seen(spine.as_of, happened, rows.known_at, rows.known_until)
    return spine.join(rows, [spine.customer_id == rows.customer_id, seen]).drop("customer_id_right")


def _since_statement(moves: ir.Table, statements: ir.Table, keys: Sequence[str]) -> ir.Table:
    """The movements, `counted` False where a statement covers them already."""
    joined = moves.left_join(statements, list(keys), rname="{name}_stated")
    return joined.mutate(counted=is_since(joined.occurred_at, joined.stated_at))


def money(
    statements: ir.Table, earlier: ir.Table, moves: ir.Table, lags: Sequence[int]
) -> ir.Table:
    """Cash and other plain money by asset class."""
    accounts = statements.filter(statements["product"] == "").select(
        "row", "account", "stated_at", "money_class", "amount_minor"
    )
    accounts = accounts.left_join(earlier, ["row", "account"], rname="{name}_earlier")
    joined = _since_statement(moves, accounts, ("row", "account"))
    amount = joined.amount_minor
    moved = joined.group_by("row", asset_class=joined.money_class.fill_null("cash")).aggregate(
        now=amount.sum(where=joined.counted).fill_null(0),
        **{f"before{lag}": _moved_before(joined, lag).sum().fill_null(0) for lag in lags},
    )
    held = accounts.amount_minor.fill_null(0)
    stated = accounts.select(
        "row",
        asset_class=accounts.money_class,
        now=held,
        **{f"before{lag}": accounts[f"minor{lag}"].fill_null(held) for lag in lags},
    )
    both = moved.cast(dict.fromkeys(stated.columns[2:], "int64")).union(stated)
    total = both.group_by("row", "asset_class").aggregate(
        minor=both.now.sum(), **{f"before{lag}": both[f"before{lag}"].sum() for lag in lags}
    )
    return total.mutate(
        product_id=ibis.null("string"),
        risk_grade=ibis.literal(1, type="int64"),
        gap=ibis.null("string"),
    )


def _moved_before(joined: ir.Table, lag: int) -> ir.IntegerValue:
    """What a movement adds to the money of `lag` days before as_of: itself between the statement of
    then and then, or, without such a statement, its effect now less itself where it came later."""
    amount, late = joined.amount_minor, in_window(joined.age, lag)
    between = is_since(joined.occurred_at, joined[f"at{lag}"]) & ~late
    back = joined.counted.cast("int64") - late.cast("int64")
    return ibis.ifelse(joined[f"at{lag}"].notnull(), between.cast("int64"), back) * amount


def positions(statements: ir.Table, moves: ir.Table, lags: Sequence[int]) -> ir.Table:
    """(row, as_of, product_id, micro, stated_minor, unsized, moved<lag>): held units in millionths,
    and how many movements are of unknown size."""
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
        unsized=ibis.ifelse(joined.counted, joined.unsized, zero),
        **{
            f"moved{lag}": ibis.ifelse(in_window(joined.age, lag), joined.micro, zero)
            for lag in lags
        },
    )
    unstated = stated.quantity.isnull()
    opening = stated.select(
        "row",
        "as_of",
        product_id=stated["product"],
        micro=micro_units(stated.quantity),
        stated_minor=ibis.ifelse(unstated, stated.amount_minor, zero).fill_null(0),
        unsized=zero,
        **{f"moved{lag}": zero for lag in lags},
    )
    both = parts.union(opening)
    sums = {name: both[name].sum() for name in both.columns[3:]}
    return both.group_by("row", "as_of", "product_id").aggregate(**sums)
