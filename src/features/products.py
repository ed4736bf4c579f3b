"""What was known of the products, and when."""

import ibis
import ibis.expr.types as ir

from src.features.plan import Plan
from src.features.windows import BEGINNING, FOREVER, is_before, until

ATTRIBUTES = ("asset_class", "risk_grade", "currency")


def product_versions(plan: Plan) -> ir.Table:
    """(product_id, asset_class, risk_grade, currency, known_at, known_until): one at an instant.

    known_until is never empty: a version ends, at the latest, where the next of its product begins.
    """
    return plan.kept("product_versions", lambda: _versions(plan["products"]))


def product_periods(plan: Plan) -> ir.Table:
    """The versions and, with empty attributes, the times before, between and after them: for each
    product exactly one at any instant.
    """
    return plan.kept("product_periods", lambda: _with_gaps(product_versions(plan)))


def _versions(products: ir.Table) -> ir.Table:
    in_order = ibis.window(group_by="product_id", order_by="known_at")
    following = until(products.known_at.lead().over(in_order))
    return products.select(
        "product_id",
        *ATTRIBUTES,
        "known_at",
        known_until=ibis.least(until(products.known_until), following),
    )


def _with_gaps(versions: ir.Table) -> ir.Table:
    nothing = {name: ibis.null(versions[name].type()) for name in ATTRIBUTES}
    in_order = ibis.window(group_by="product_id", order_by="known_at")
    ended = versions.known_until.lag().over(in_order).fill_null(BEGINNING)
    before = versions.select("product_id", **nothing, known_at=ended, known_until=versions.known_at)
    last = versions.group_by("product_id").aggregate(known_at=versions.known_until.max())
    after = last.select("product_id", **nothing, known_at=last.known_at, known_until=FOREVER)
    empty = before.union(after)
    return versions.union(empty.filter(is_before(empty.known_at, empty.known_until)))
