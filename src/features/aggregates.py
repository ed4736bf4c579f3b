"""Windowed aggregates and recencies: one pass over the events into disjoint age buckets.

Rows become integer columns, one per distinct (measure, filter); the buckets of a customer and
snapshot are folded into every window afterwards. So neither the number of windows nor that of
features multiplies the pass over the events.
"""

from collections.abc import Iterable, Sequence
from functools import partial

import ibis
import ibis.expr.types as ir

from src.features.definitions.events import Recency, Windowed
from src.features.plan import Plan
from src.features.rows import SCORE_SCALE, Series, event_rows, series_columns
from src.features.windows import age, bucket, in_days, is_visible

MINOR_PER_UNIT = 100.0


def aggregate_events(plan: Plan, table: str, definitions: Sequence[Windowed | Recency]) -> ir.Table:
    """(row, one float64 column per definition) for the spine's rows that have visible events."""
    series = {
        key: number
        for number, key in enumerate(dict.fromkeys(Series(d.measure, d.only) for d in definitions))
    }
    edges = sorted({d.days for d in definitions if isinstance(d, Windowed)})
    rows = event_rows(plan, table, (key.only for key in series))
    events = plan.keep(f"{table}_series", series_columns(rows, list(series)))
    needed = _columns_needed(definitions, series)
    seen = plan.keep(f"{table}_buckets", _by_bucket(events, plan.spine, edges, needed))
    figures = {d.name: _figure(seen, d, series, edges) for d in definitions}
    return plan.keep(f"{table}_figures", seen.group_by("row").aggregate(**figures))


def _columns_needed(
    definitions: Iterable[Windowed | Recency], series: dict[Series, int]
) -> set[tuple[str, int]]:
    needed: set[tuple[str, int]] = set()
    for d in definitions:
        number = series[Series(d.measure, d.only)]
        if isinstance(d, Recency):
            needed.add((d.which, number))
        elif d.how == "mean":
            needed |= {("sum", number), ("count", number)}
        elif d.measure == "rows":
            needed.add(("count", number))
        else:
            needed.add((d.how, number))
    return needed


def _by_bucket(
    events: ir.Table, spine: ir.Table, edges: Sequence[int], needed: set[tuple[str, int]]
) -> ir.Table:
    """(row, bucket, one partial aggregate per needed column)."""
    joined = spine.join(
        events,
        [
            spine.customer_id == events.customer_id,
            is_visible(spine.as_of, events.occurred_at, events.known_at, events.known_until),
        ],
    )
    joined = joined.mutate(age=age(joined.as_of, joined.occurred_at))
    joined = joined.mutate(bucket=bucket(joined.age, edges))
    partials: dict[str, ir.Value] = {}
    for how, number in sorted(needed):
        value = joined[f"v{number}"]
        has_it = value.notnull()
        figures = {
            "count": value.count,
            "sum": value.sum,
            "max": value.max,
            "last": partial(joined.age.min, where=has_it),
            "first": partial(joined.age.max, where=has_it),
        }
        partials[f"{how}{number}"] = figures[how]()
    return joined.group_by("row", "bucket").aggregate(**partials)


def _figure(
    seen: ir.Table, d: Windowed | Recency, series: dict[Series, int], edges: Sequence[int]
) -> ir.FloatingValue:
    number = series[Series(d.measure, d.only)]
    if isinstance(d, Recency):
        column = seen[f"{d.which}{number}"]
        return in_days(column.min() if d.which == "last" else column.max())
    inside = seen.bucket <= edges.index(d.days)
    if d.how == "count" or d.measure == "rows":
        return _whole(_inside(seen[f"count{number}"], inside).sum())
    scale = SCORE_SCALE if d.measure == "score" else MINOR_PER_UNIT
    if d.how == "max":
        return _inside(seen[f"max{number}"], inside).max().cast("float64") / scale
    total = _inside(seen[f"sum{number}"], inside).sum()
    if d.how == "sum":
        return _whole(total) / scale
    count = _inside(seen[f"count{number}"], inside).sum()
    return total.cast("float64") / count.nullif(0).cast("float64") / scale


def _whole(total: ir.NumericValue) -> ir.FloatingValue:
    return total.fill_null(0).cast("float64")


def _inside(column: ir.NumericValue, inside: ir.BooleanValue) -> ir.NumericValue:
    """The column where `inside` holds, else null: cheaper for the engine than a FILTER each."""
    return ibis.ifelse(inside, column, None)
