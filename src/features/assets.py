"""Customer asset size: identify what is held, value it, sum it, and say whether that is complete.

Held = the latest statement per account and product plus the movements since (positions.py).
Valued = the last price and exchange rate known before as_of (valuation.py).
"""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
import pandas as pd

from src.core.ledger import Ledger
from src.core.schemas import ASSET_CLASSES
from src.features.plan import Plan
from src.features.positions import (
    earlier_statements,
    latest_statements,
    money,
    positions,
    visible_moves,
)
from src.features.rejected import rejected_holdings
from src.features.run import run_over_spine
from src.features.valuation import GAPS, NOTHING_KNOWN, valued

MONEY_COLUMNS = ("asset_minor", *(f"{name}_minor" for name in ASSET_CLASSES))


def holdings(plan: Plan, lags: Sequence[int] = (), quoted: Sequence[int] = ()) -> ir.Table:
    """What each spine row's customer holds: (row, product_id, asset_class, risk_grade, minor, …).

    One row per spine row and product; plain money has product_id null and grade 1, and so has a row
    of no worth where the customer's rows were rejected. minor: int64
    value in minor units of base currency, 0 where it can't be known, and then gap says why.
    before<lag>: the value `lag` days earlier, by today's knowledge of the movements since and the
    price known then. quoted: further days before as_of at which prices will be asked for.
    """
    statements = plan.keep("statements", latest_statements(plan))
    moves = visible_moves(plan)
    plain = money(statements, earlier_statements(plan, lags), moves, lags)
    held = plan.keep("positions", positions(statements, moves, lags))
    worth = valued(held, plan, lags, quoted)
    lacking = rejected_holdings(plan, statements, lags)
    columns = ["row", "product_id", "asset_class", "risk_grade", "minor", "gap"]
    columns += [f"before{lag}" for lag in lags]
    parts = [part.select(columns) for part in (plain, worth, lacking)]
    return plan.keep("holdings", ibis.union(*parts))


def asset_size(ledger: Ledger, spine: pd.DataFrame) -> pd.DataFrame:
    """Customer asset size of each spine row (customer_id, as_of), sorted by as_of, customer_id.

    Columns: asset_minor (int64, loans subtract), <class>_minor per asset class, complete (bool),
    why_incomplete: the reasons of src/features/valuation.GAPS, comma-separated, null if complete.
    """

    def make(plan: Plan) -> ir.Table:
        sums = asset_sums(holdings(plan), "row")
        joined = plan.spine.select("row").left_join(sums, "row").drop("row_right")
        filled = {name: joined[name].fill_null(0) for name in MONEY_COLUMNS}
        return joined.select("row", **filled, gaps=joined.gaps.fill_null(nothing_known()))

    return with_completeness(run_over_spine(ledger, spine, "asset_size", make))


def asset_sums(held: ir.Table, by: str) -> ir.Table:
    """(by, MONEY_COLUMNS int64, gaps): sums over holdings; gaps has a bit for each of GAPS."""
    minor = held.minor
    sums = {
        f"{name}_minor": minor.sum(where=held.asset_class == name) for name in ASSET_CLASSES
    } | {"asset_minor": minor.sum()}
    bits = [(held.gap == name).any().fill_null(False).cast("int64") * _bit(name) for name in GAPS]
    gaps = bits[0]
    for bit in bits[1:]:
        gaps = gaps + bit
    # The engine sums 64-bit integers in 128 bits, which Ibis takes for 64: cast back by a detour.
    whole = {
        name: sums[name].fill_null(0).cast("decimal(38, 0)").cast("int64") for name in MONEY_COLUMNS
    }
    return held.group_by(by).aggregate(**whole, gaps=gaps)


def with_completeness(sizes: pd.DataFrame) -> pd.DataFrame:
    """`sizes` with complete and why_incomplete in the place of gaps."""
    reasons = {
        bits: ",".join(name for name in GAPS if bits & _bit(name)) or None
        for bits in sizes["gaps"].unique().tolist()
    }
    why = sizes["gaps"].map(reasons).astype("str")
    return sizes.drop(columns="gaps").assign(complete=sizes["gaps"] == 0, why_incomplete=why)


def nothing_known() -> int:
    """The gaps of a customer without any statement or movement."""
    return _bit(NOTHING_KNOWN)


def _bit(gap: str) -> int:
    return 1 << GAPS.index(gap)
