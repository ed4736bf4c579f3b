"""What a spine row sees of its customer's events in trailing windows: sums, counts, extremes, ages.

An event is in the window of `days` at as_of exactly where visible_from < as_of <= known_until and
as_of - days <= occurred_at. The expression joins and aggregates by disjoint age buckets, so that
the number of windows does not multiply the pass over the events; the kernel of
src/features/trailing_kernels.py comes to the same numbers without a join.
"""

from collections.abc import Sequence
from functools import partial
from typing import Literal, NamedTuple

import ibis
import ibis.expr.types as ir

from src.features.plan import Kernel, Plan
from src.features.rows import Series, series_columns
from src.features.trailing_kernels import period_sums, trailing_figures
from src.features.windows import PERIOD_DAYS, age, bucket, in_window, is_visible, period

How = Literal["sum", "count", "max", "last", "first"]


class Trailing(NamedTuple):
    """One whole number over the events of a window that have a value in series v<series>.

    sum: 0 without any; count: of the events; max; last, first: age in microseconds of the newest
    and the oldest event. days: None for all history.
    """

    how: How
    series: int
    days: int | None

    @property
    def name(self) -> str:
        """Such as sum3_90."""
        return f"{self.how}{self.series}" + (f"_{self.days}" if self.days else "")


def trailing(
    plan: Plan, name: str, rows: ir.Table, series: Sequence[Series], wanted: Sequence[Trailing]
) -> ir.Table:
    """(row, one int64 column per wanted figure) for the spine's rows that have visible events.

    rows: as `event_rows` returns them.
    """
    along = partial(trailing_figures, series=tuple(series), wanted=tuple(wanted))
    seen = _seen(plan, series_columns(rows, series))
    return plan.keep(
        name, _by_window(seen, wanted), Kernel((plan.numbered, rows), along, lean=True)
    )


def by_period(
    plan: Plan, name: str, rows: ir.Table, series: Sequence[Series], periods: int
) -> ir.Table:
    """(row, period, v<n>): sums of each series in the last 30-day periods that have events."""
    along = partial(period_sums, series=tuple(series), periods=periods)
    seen = _seen(plan, series_columns(rows, series))
    seen = seen.filter(in_window(seen.age, periods * PERIOD_DAYS))
    sums = {f"v{n}": seen[f"v{n}"].sum().fill_null(0) for n in range(len(series))}
    expression = seen.group_by("row", period=period(seen.age)).aggregate(**sums)
    return plan.keep(name, expression, Kernel((plan.numbered, rows), along, lean=True))


def _seen(plan: Plan, events: ir.Table) -> ir.Table:
    """Each spine row beside the events that are visible there: (row, age, v<n>)."""
    spine = plan.numbered
    joined = spine.join(
        events,
        [
            spine.who == events.who,
            is_visible(spine.as_of, events.occurred_at, events.known_at, events.known_until),
        ],
    )
    age_us = age(joined["as_of"], joined.occurred_at)
    return joined.select("row", *events.columns[4:], age=age_us)


def _by_window(seen: ir.Table, wanted: Sequence[Trailing]) -> ir.Table:
    edges = sorted({figure.days for figure in wanted if figure.days})
    seen = seen.mutate(bucket=bucket(seen.age, edges))
    parts = {_part(figure): _over_events(seen, figure) for figure in wanted}
    parted = seen.group_by("row", "bucket").aggregate(**parts)
    figures = {figure.name: _over_buckets(parted, figure, edges) for figure in wanted}
    return parted.group_by("row").aggregate(**figures)


def _part(figure: Trailing) -> str:
    return f"{figure.how}{figure.series}"


def _over_events(seen: ir.Table, figure: Trailing) -> ir.IntegerScalar:
    value = seen[f"v{figure.series}"]
    if figure.how == "last":
        return seen.age.min(where=value.notnull())
    if figure.how == "first":
        return seen.age.max(where=value.notnull())
    whole: ir.IntegerScalar = getattr(value, figure.how)()
    return whole


def _over_buckets(parted: ir.Table, figure: Trailing, edges: Sequence[int]) -> ir.IntegerScalar:
    """Cheaper for the engine with the window in the value than with a FILTER for each."""
    part = parted[_part(figure)]
    if figure.days:
        part = ibis.ifelse(parted.bucket <= edges.index(figure.days), part, None)
    if figure.how in ("sum", "count"):
        return part.sum().fill_null(0)
    return part.min() if figure.how == "last" else part.max()
