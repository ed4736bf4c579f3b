"""Customer asset size: identify what is held, value it, sum it, and say whether that is complete.

Held = the latest statement per account and product plus the movements since (positions.py).
Valued = the last price and exchange rate known before as_of (valuation.py).
"""

from collections.abc import Sequence
from datetime import datetime

import ibis
import ibis.expr.types as ir

from src.core.ledger import Ledger
from src.core.schemas import ASSET_CLASSES
from src.features.plan import Plan, Rows
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
from src.features.windows import is_known, moment, until

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


def asset_size(ledger: Ledger, spine: Rows) -> Rows:
    """Customer asset size of each spine row (customer_id, as_of), sorted by as_of, customer_id.

    Columns: asset_minor (int64, loans subtract), <class>_minor per asset class, complete (bool),
    why_incomplete: the reasons of src/features/valuation.GAPS, comma-separated, null if complete.
    """

    def make(plan: Plan) -> ir.Table:
        sums = asset_sums(holdings(plan), "row")
        joined = plan.spine.select("row").left_join(sums, "row").drop("row_right")
        filled = {name: joined[name].fill_null(0) for name in MONEY_COLUMNS}
        gaps = joined.gaps.fill_null(nothing_known())
        return with_completeness(joined.select("row", **filled, gaps=gaps))

    return run_over_spine(ledger, spine, "asset_size", make)


def sizes_at(ledger: Ledger, instant: datetime) -> ir.Table:
    """Customer asset size at `instant` of each customer known then, as a table of Spark's: what
    src/features/asset_state.py comes to step by step, computed whole."""
    known = ledger["customers"]
    known = known.filter(is_known(moment(instant), known.known_at, until(known.known_until)))
    spine = known.select("customer_id").distinct().mutate(as_of=moment(instant))
    return asset_size(ledger, ledger.backend.keep("kehu_spine_known", spine, number="row"))


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


def with_completeness(sizes: ir.Table) -> ir.Table:
    """`sizes` with complete and why_incomplete in the place of gaps."""
    reasons = [ibis.ifelse(sizes.gaps & _bit(name) != 0, name, None) for name in GAPS]
    why = ibis.literal(",").join(reasons).nullif("")
    complete = sizes.gaps == 0
    return sizes.mutate(complete=complete, why_incomplete=why).drop("gaps")


def nothing_known() -> int:
    """The gaps of a customer without any statement or movement."""
    return _bit(NOTHING_KNOWN)


def _bit(gap: str) -> int:
    return 1 << GAPS.index(gap)
