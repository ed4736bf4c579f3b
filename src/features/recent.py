"""The movements of the last months beside each spine row: one pass that several kinds share."""

from collections.abc import Sequence
from functools import partial

import ibis
import ibis.expr.types as ir

from src.features.aggregates import MINOR_PER_UNIT
from src.features.definitions.recent import Timing
from src.features.plan import Kernel, Plan
from src.features.recent_kernel import recent_rows
from src.features.rows import matches
from src.features.windows import age, day_number, in_window, is_visible, period

SYSTEM_CHANNEL = "system"
# Movements that the institution books by itself: no sign that the customer was active.
BANK_BOOKED_KINDS = ("fee", "interest", "dividend")


def recent_moves(plan: Plan, days: int) -> ir.Table:
    """(row, age, day, period, kind, category, counterparty, channel, amount_minor) of what moved in
    the last `days` days before each spine row and was known then. day and period count from 0, the
    newest; empty texts where a movement has no category or counterparty.
    """
    moves, spine = plan.of_slice("transactions"), plan.spine
    joined = spine.join(
        moves,
        [
            spine.customer_id == moves.customer_id,
            is_visible(spine.as_of, moves.occurred_at, moves.known_at, moves.known_until),
        ],
    )
    joined = joined.mutate(age=age(joined.as_of, joined.occurred_at))
    joined = joined.filter(in_window(joined.age, days))
    return plan.keep(
        "recent",
        joined.select(
            "row",
            "age",
            "kind",
            "channel",
            "amount_minor",
            day=day_number(joined.age),
            period=period(joined.age),
            category=joined.category.fill_null(""),
            counterparty=joined.counterparty.fill_null(""),
        ),
        Kernel((plan.numbered, moves), partial(recent_rows, days=days)),
    )


def is_unasked(moves: ir.Table) -> ir.BooleanValue:
    """True where the bank books the movement by itself: interest, fees, dividends, its system."""
    by_system = (moves.channel == SYSTEM_CHANNEL).fill_null(False)
    return moves.kind.isin(BANK_BOOKED_KINDS) | by_system


def towards(moves: ir.Table, direction: str) -> ir.BooleanValue:
    """True where the movement adds to ("inflow") or takes from ("outflow") the cash."""
    amount = moves.amount_minor
    return amount > 0 if direction == "inflow" else amount < 0


def timing_figures(plan: Plan, recent: ir.Table, definitions: Sequence[Timing]) -> ir.Table:
    """(row, one float64 column per definition): mean age in whole days, weighted by the amount."""
    figures = {}
    for d in definitions:
        kept = towards(recent, d.direction) & in_window(recent.age, d.days)
        kept = kept & matches(recent, d.only)
        amount = ibis.ifelse(kept, recent.amount_minor.abs(), 0)
        weighted = (amount * recent.day).sum().cast("float64") / MINOR_PER_UNIT
        figures[d.name] = weighted / (amount.sum().cast("float64") / MINOR_PER_UNIT).nullif(0.0)
    return plan.keep("timing_figures", recent.group_by("row").aggregate(**figures))
