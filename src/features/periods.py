"""Figures over 30-day periods: regularity and trend of sums, and the path of the cash balance."""

from collections.abc import Sequence
from functools import partial

import ibis
import ibis.expr.types as ir

from src.features.aggregates import MINOR_PER_UNIT
from src.features.definitions.events import Periodic
from src.features.definitions.state import BalancePath
from src.features.period_kernels import period_figures as of_matrix
from src.features.period_kernels import steps_squared
from src.features.plan import Kernel, Plan
from src.features.rows import Series, event_rows
from src.features.trailing import by_period

LOW_PARTS = 10
NET = Series("net", None)


def period_figures(
    plan: Plan, definitions: Sequence[Periodic | BalancePath], cash: ir.Table | None
) -> list[ir.Table]:
    """Tables (row, one float64 column per definition): the periodic figures, the cash path's.

    cash: (row, cash_minor) for the rows that hold anything; needed by balance paths.
    """
    wanted = list(
        dict.fromkeys(
            NET if isinstance(d, BalancePath) else Series(d.measure, d.only) for d in definitions
        )
    )
    periods = max(d.periods for d in definitions)
    sums = _period_sums(plan, wanted, periods)
    figures = {
        d.name: _figure(sums, d, wanted.index(Series(d.measure, d.only)))
        for d in definitions
        if isinstance(d, Periodic)
    }
    parts = []
    if figures:
        series = {
            d.name: (d, f"v{wanted.index(Series(d.measure, d.only))}")
            for d in definitions
            if isinstance(d, Periodic)
        }
        kernel = Kernel((sums,), partial(of_matrix, wanted=series))
        parts.append(plan.keep("period_figures", sums.group_by("row").aggregate(**figures), kernel))
    paths = [d for d in definitions if isinstance(d, BalancePath)]
    if paths and cash is not None:
        net = sums[f"v{wanted.index(NET)}"]
        since = sums.group_by("row").aggregate(
            **{f"since{k}": _float(net.sum(where=sums.period < k)) for k in range(1, periods + 1)}
        )
        wide = cash.left_join(since, "row", rname="{name}_since")
        parts.append(plan.keep("path_figures", _path_figures(wide, paths)))
    return parts


def _period_sums(plan: Plan, wanted: Sequence[Series], periods: int) -> ir.Table:
    """(row, period, v<n>): the sum of each series in each 30-day period that has movements."""
    rows = event_rows(plan, "transactions", (key.only for key in wanted))
    return by_period(plan, "periods", rows, wanted, periods)


def _figure(sums: ir.Table, d: Periodic, number: int) -> ir.FloatingValue:
    """Out of exact whole numbers, so that no order of addition shows in the result."""
    value, inside, n = sums[f"v{number}"], sums.period < d.periods, d.periods
    scale = 1.0 if d.measure == "rows" else MINOR_PER_UNIT
    if d.how == "active":
        return _float((value != 0).cast("int64").sum(where=inside))
    if d.how == "slope":
        rise = (value * (n - 1 - 2 * sums.period)).sum(where=inside)
        return _float(rise) / (2.0 * scale * steps_squared(n))
    if d.how == "peak":
        total = _float(value.abs().sum(where=inside))
        return _float(value.abs().max(where=inside)) / total.nullif(0.0)
    total = value.sum(where=inside).fill_null(0)
    # 64 bits hold the sums and not their squares.
    squares = _wide(value * n) * _wide(value)
    spread = squares.sum(where=inside).fill_null(0) - _wide(total) * _wide(total)
    std = _float(spread).sqrt() / n / scale
    return std if d.how == "std" else std * n * scale / _float(total).abs().nullif(0.0)


def _wide(minor: ir.IntegerValue) -> ir.DecimalValue:
    """The same whole number in a type whose products have 38 digits."""
    return minor.cast("decimal(19, 0)")


def _float(whole: ir.NumericValue) -> ir.FloatingValue:
    return whole.fill_null(0).cast("float64")


def _path_figures(wide: ir.Table, definitions: Sequence[BalancePath]) -> ir.Table:
    """The cash path in minor units: cash_minor now, less the movements since (null: none)."""
    points: dict[str, ir.Value] = {"point0": wide.cash_minor}
    for k in range(1, max(d.periods for d in definitions) + 1):
        points[f"point{k}"] = wide.cash_minor - wide[f"since{k}"].fill_null(0.0)
    path = wide.select("row", **points)
    peaks = {
        f"peak{n}": ibis.greatest(*[path[f"point{k}"] for k in range(n + 1)])
        for n in sorted({d.periods for d in definitions})
    }
    path = path.mutate(**peaks)
    return path.select("row", **{d.name: _path_figure(path, d) for d in definitions})


def _path_figure(pointed: ir.Table, d: BalancePath) -> ir.FloatingValue:
    """Sums of whole minor units are exact, so that a path that adds up to 0 is found to."""
    path = [pointed[f"point{k}"] for k in range(d.periods + 1)]
    now, peak, n = path[0], pointed[f"peak{d.periods}"], d.periods + 1
    if d.how == "slope":
        parts = [(n - 1 - 2 * k) * point for k, point in enumerate(path)]
        return _total(parts) / (2.0 * steps_squared(n) * MINOR_PER_UNIT)
    if d.how == "minimum":
        return ibis.least(*path) / MINOR_PER_UNIT
    if d.how == "drawdown":
        return ibis.ifelse(peak > 0.0, (peak - now) / peak.nullif(0.0), None)
    if d.how == "low":
        return _total([(point * LOW_PARTS <= peak).cast("float64") for point in path])
    total = _total(path)
    return ibis.ifelse(total > 0.0, now * n / total.nullif(0.0), None)


def _total(values: Sequence[ir.FloatingValue]) -> ir.FloatingValue:
    total = values[0]
    for value in values[1:]:
        total = total + value
    return total
