"""Rows put aside by integration: what is held is not known whole until a statement covers them."""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from src.features.plan import Plan
from src.features.positions import beside, place
from src.features.windows import is_since, is_visible, until

REJECTED_ROWS = "rejected_rows"


def places(rejected: ir.Table) -> ir.Table:
    """Rows of the ledger's `rejected` with the account and product that they would have changed;
    product is empty for money, account where none is told.

    A movement changes its account's money and the product that it names; a statement is of one.
    Other tables' rows change nothing that is held.
    """
    rows = rejected.mutate(**place(rejected))
    moved, stated = rows.meant_for == "transactions", rows.meant_for == "balances"
    of_product = rows["product"] != ""
    money = rows.filter(moved | (stated & ~of_product))
    money = money.mutate(product=ibis.literal("", type="string"))
    return money.union(rows.filter(moved | stated, of_product))


def uncovered(lacking: ir.Table, statements: ir.Table, keys: Sequence[str]) -> ir.Table:
    """The rows (keys, happened_at) that no statement (keys, stated_at) covers."""
    joined = lacking.left_join(statements, list(keys), rname="{name}_stated")
    return joined.filter(is_since(joined.happened_at, joined.stated_at)).select(lacking.columns)


def rejected_holdings(plan: Plan, statements: ir.Table, lags: Sequence[int]) -> ir.Table:
    """Money of no worth whose gap says so, for each spine row that lacks a row: (row, product_id,
    asset_class, risk_grade, minor, gap, before<lag>)."""
    rejected = plan["rejected"]
    rejected = rejected.mutate(known_until=until(rejected.known_until))
    seen = places(beside(plan.spine, rejected, is_visible, rejected.happened_at))
    keys = ("row", "account", "product")
    lacking = uncovered(
        seen.select(*keys, "happened_at"), statements.select(*keys, "stated_at"), keys
    )
    nothing = ibis.literal(0, type="int64")
    return (
        lacking.select("row")
        .distinct()
        .mutate(
            product_id=ibis.null("string"),
            asset_class=ibis.literal("cash"),
            risk_grade=ibis.literal(1, type="int64"),
            minor=nothing,
            gap=ibis.literal(REJECTED_ROWS),
            **{f"before{lag}": nothing for lag in lags},
        )
    )
