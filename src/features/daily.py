"""Figures by days: on which of them the customer moved money, and the cash at their ends."""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from src.features.aggregates import MINOR_PER_UNIT
from src.features.definitions.recent import DailyCash, Rhythm
from src.features.plan import Plan
from src.features.recent import is_unasked

LOW_PARTS = 10
_WHOLE = "decimal(38, 0)"


def daily_figures(
    plan: Plan,
    recent: ir.Table,
    definitions: Sequence[Rhythm | DailyCash],
    cash: ir.Table | None,
) -> list[ir.Table]:
    """Tables (row, one float64 column per definition): of the rhythm, of the daily cash.

    cash: (row, cash_minor) for the rows that hold anything; needed by daily cash.
    """
    days = plan.keep(
        "days",
        recent.group_by("row", "day").aggregate(
            net=_int64(recent.amount_minor.sum()),
            started=(~is_unasked(recent)).any(),
        ),
    )
    rhythms = [d for d in definitions if isinstance(d, Rhythm)]
    paths = [d for d in definitions if isinstance(d, DailyCash)]
    parts = []
    if rhythms:
        parts.append(plan.keep("rhythm_figures", _rhythm_figures(days, rhythms)))
    if paths and cash is not None:
        parts.append(plan.keep("daily_cash_figures", _cash_figures(days, cash, paths)))
    return parts


def _rhythm_figures(days: ir.Table, definitions: Sequence[Rhythm]) -> ir.Table:
    active = days.filter(days.started)
    in_order = ibis.window(group_by="row", order_by="day")
    active = active.mutate(gap=active.day - active.day.lag().over(in_order))
    return active.group_by("row").aggregate(**{d.name: _rhythm(active, d) for d in definitions})


def _rhythm(active: ir.Table, d: Rhythm) -> ir.FloatingValue:
    """gap: from the newer neighbour, empty for the newest day."""
    inside = active.day < d.days
    if d.how == "active":
        return inside.cast("int64").sum().cast("float64")
    gap = ibis.ifelse(inside, active.gap, None)
    if d.how == "quiet":
        newest, oldest = active.day.min(where=inside), active.day.max(where=inside)
        longest = ibis.greatest(newest, d.days - 1 - oldest, gap.max().fill_null(1) - 1)
        return ibis.ifelse(newest.notnull(), longest, None).cast("float64")
    n, total, squares = gap.count(), gap.sum(), (gap * gap).sum()
    deviation = (n * squares - total * total).cast("float64").sqrt()
    return ibis.ifelse(n >= 2, deviation / total.cast("float64").nullif(0.0), None)


def _cash_figures(days: ir.Table, cash: ir.Table, definitions: Sequence[DailyCash]) -> ir.Table:
    """The path as stretches of equal cash: each from after a day with movements back to the next.

    The end of day d before as_of is followed by all movements of the days 0 … d - 1.
    """
    now = cash.select("row", day=ibis.literal(-1, type="int64"), net=ibis.literal(0, type="int64"))
    path = days.select("row", "day", "net").union(now).join(cash, "row")
    back = ibis.window(group_by="row", order_by="day")
    since = path.net.sum().over(ibis.cumulative_window(group_by="row", order_by="day"))
    path = path.mutate(
        level=_int64(path.cash_minor) - _int64(since), following=path.day.lead().over(back)
    )
    windows = sorted({d.days for d in definitions})
    path = path.mutate(**{f"ends{w}": _ends(path, w) for w in windows})
    per_row = ibis.window(group_by="row")
    path = path.mutate(**{f"peak{w}": _inside(path, w).max().over(per_row) for w in windows})
    return path.group_by("row").aggregate(**{d.name: _cash(path, d) for d in definitions})


def _ends(path: ir.Table, days: int) -> ir.IntegerValue:
    """How many of the ends of the last `days` days lie in the stretch."""
    upto = ibis.least(path.following.fill_null(days - 1), days - 1)
    return ibis.greatest(upto - path.day, 0)


def _inside(path: ir.Table, days: int) -> ir.IntegerValue:
    return ibis.ifelse(path[f"ends{days}"] > 0, path.level, None)


def _cash(path: ir.Table, d: DailyCash) -> ir.FloatingValue:
    ends, peak, level = path[f"ends{d.days}"], path[f"peak{d.days}"], _inside(path, d.days)
    if d.how in ("low", "negative"):
        border = path.level * LOW_PARTS <= peak if d.how == "low" else path.level < 0
        return ibis.ifelse(border, ends, 0).sum().cast("float64")
    total = (path.level * ends).sum().cast("float64")
    if d.how == "mean":
        return total / (MINOR_PER_UNIT * d.days)
    highest, lowest = peak.max().cast("float64"), level.min().cast("float64")
    if d.how == "minimum":
        return lowest / MINOR_PER_UNIT
    if d.how == "spread":
        return ibis.ifelse(total > 0.0, (highest - lowest) * d.days / total.nullif(0.0), None)
    now = path.cash_minor.max()
    return ibis.ifelse(highest > 0.0, (highest - now) / highest.nullif(0.0), None)


def _int64(whole: ir.NumericValue) -> ir.IntegerValue:
    """The engine sums 64-bit integers in 128 bits, which Ibis takes for 64: back by a detour."""
    return whole.cast(_WHOLE).cast("int64")
