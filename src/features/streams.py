"""Streams of like movements: which are regular (salaries, standing orders), and how varied all are.

A stream is what moves in one direction with one kind, category and counterparty.
"""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from src.features.aggregates import MINOR_PER_UNIT
from src.features.definitions.recent import Recurring, Variety
from src.features.plan import Plan
from src.features.recent import towards
from src.features.windows import PERIOD_DAYS, in_days, in_window

# Movements that come at intervals by a product's terms: no salary and no standing order.
BY_TERMS_KINDS = ("fee", "interest", "dividend")
# How far a regular stream may stray from one movement a period, and its amounts from one another.
STRAY_PERIODS = 2
SIMILAR_TIMES = 2
_NANO = 1e9


def stream_figures(
    plan: Plan, recent: ir.Table, definitions: Sequence[Recurring | Variety]
) -> list[ir.Table]:
    """Tables (row, one float64 column per definition): one of what is regular, one per column."""
    regular = [d for d in definitions if isinstance(d, Recurring)]
    varied = [d for d in definitions if isinstance(d, Variety)]
    spans = {d.periods for d in regular}
    streams = plan.keep("streams", _streams(recent, spans, {d.days for d in varied}))
    parts = []
    if regular:
        figures = {d.name: _recurring(streams, d) for d in regular}
        parts.append(plan.keep("regular_figures", streams.group_by("row").aggregate(**figures)))
    for column in dict.fromkeys(d.column for d in varied):
        chosen = [d for d in varied if d.column == column]
        parts.append(plan.keep(f"{column}_figures", _varieties(streams, column, chosen)))
    return parts


def _streams(recent: ir.Table, spans: set[int], windows: set[int]) -> ir.Table:
    moves = recent.filter(recent.amount_minor != 0)
    amount = moves.amount_minor.abs()
    columns: dict[str, ir.Value] = {}
    for n in sorted(spans):
        inside = in_window(moves.age, n * PERIOD_DAYS)
        columns |= {
            f"times_{n}p": inside.cast("int64").sum(),
            f"active_{n}p": moves.period.nunique(where=inside),
            f"smallest_{n}p": amount.min(where=inside),
            f"largest_{n}p": amount.max(where=inside),
            f"total_{n}p": amount.sum(where=inside).fill_null(0),
            f"newest_{n}p": moves.age.min(where=inside),
        }
    for days in sorted(windows):
        columns[f"times_{days}d"] = in_window(moves.age, days).cast("int64").sum()
    keys = {"inflow": towards(moves, "inflow")}
    return moves.group_by("row", "kind", "category", "counterparty", **keys).aggregate(**columns)


def _recurring(streams: ir.Table, d: Recurring) -> ir.FloatingValue:
    n = f"{d.periods}p"
    smallest, largest = streams[f"smallest_{n}"], streams[f"largest_{n}"]
    alike = largest == smallest if d.amounts == "equal" else largest <= smallest * SIMILAR_TIMES
    moved = _moved(streams, d.direction)
    regular = (
        moved
        & ~streams.kind.isin(BY_TERMS_KINDS)
        & (streams[f"active_{n}"] >= d.periods - STRAY_PERIODS)
        & (streams[f"times_{n}"] <= d.periods + STRAY_PERIODS)
        & alike
    ).fill_null(False)
    if d.how == "streams":
        return regular.cast("int64").sum().cast("float64")
    if d.how == "days_since_last":
        return in_days(streams[f"newest_{n}"].min(where=regular))
    total = streams[f"total_{n}"].sum(where=regular).fill_null(0).cast("float64")
    if d.how == "mean":
        return total / (MINOR_PER_UNIT * d.periods)
    return total / streams[f"total_{n}"].sum(where=moved).cast("float64").nullif(0.0)


def _moved(streams: ir.Table, direction: str) -> ir.BooleanValue:
    return streams.inflow if direction == "inflow" else ~streams.inflow


def _varieties(streams: ir.Table, column: str, definitions: Sequence[Variety]) -> ir.Table:
    named = streams.filter(streams[column] != "")
    counts = {
        (d.direction, d.days): named[f"times_{d.days}d"].sum(where=_moved(named, d.direction))
        for d in definitions
    }
    by_value = named.group_by("row", column).aggregate(
        **{f"{direction}{days}": n.fill_null(0) for (direction, days), n in counts.items()}
    )
    return by_value.group_by("row").aggregate(
        **{d.name: _variety(by_value, d) for d in definitions}
    )


def _variety(by_value: ir.Table, d: Variety) -> ir.FloatingValue:
    n = by_value[f"{d.direction}{d.days}"]
    if d.how == "distinct":
        return (n > 0).cast("int64").sum().cast("float64")
    total = n.sum().cast("float64").nullif(0.0)
    if d.how == "top_share":
        return n.max().cast("float64") / total
    return entropy_of_counts(n, total)


def entropy_of_counts(n: ir.IntegerValue, total: ir.FloatingValue) -> ir.FloatingValue:
    """Entropy in nats, ln N - sum of n ln n / N, to nine places: summed in whole billionths, so
    that no order of addition shows. total: the sum of n as a float, empty where it is 0.
    """
    known = n.cast("float64").nullif(0.0)
    terms = (known * known.ln() * _NANO).round().cast("int64").sum()
    rough: ir.FloatingValue = (total.ln() - terms.cast("float64") / _NANO / total).round(9)
    return ibis.ifelse(rough < 0.0, 0.0, rough)
