"""Windowed aggregates and recencies of movements and contacts.

Rows become integer columns, one per distinct (measure, filter); src/features/trailing.py takes
those over the windows.
"""

from collections.abc import Sequence
from functools import partial

import ibis.expr.types as ir

from src.features.aggregate_kernels import Scaled, scaled_figures
from src.features.definitions.events import Recency, Windowed
from src.features.plan import Kernel, Plan
from src.features.row_kernels import SCORE_SCALE
from src.features.rows import Series, event_rows
from src.features.trailing import Trailing, trailing
from src.features.windows import DAY_US

MINOR_PER_UNIT = 100.0


def aggregate_events(plan: Plan, table: str, definitions: Sequence[Windowed | Recency]) -> ir.Table:
    """(row, one float64 column per definition) for the spine's rows that have visible events."""
    keys = list(dict.fromkeys(Series(d.measure, d.only) for d in definitions))
    series = {key: number for number, key in enumerate(keys)}
    rows = event_rows(plan, table, (key.only for key in keys))
    parts = {d.name: _parts(d, series[Series(d.measure, d.only)]) for d in definitions}
    wanted = list(dict.fromkeys(part for names in parts.values() for part in names))
    whole = trailing(plan, f"{table}_trailing", rows, keys, wanted)
    scaled = {d.name: _scaled(d, [part.name for part in parts[d.name]]) for d in definitions}
    figures = {name: _figure(whole, of) for name, of in scaled.items()}
    kernel = Kernel((whole,), partial(scaled_figures, wanted=scaled), lean=True)
    return plan.keep(f"{table}_figures", whole.select("row", **figures), kernel)


def _parts(d: Windowed | Recency, series: int) -> list[Trailing]:
    """The whole numbers that the figure is made of."""
    if isinstance(d, Recency):
        return [Trailing(d.which, series, None)]
    if d.how == "mean":
        return [Trailing("sum", series, d.days), Trailing("count", series, d.days)]
    return [Trailing("count" if d.measure == "rows" else d.how, series, d.days)]


def _scaled(d: Windowed | Recency, parts: Sequence[str]) -> Scaled:
    if isinstance(d, Recency):
        return Scaled(parts[0], None, DAY_US)
    if d.how == "count" or d.measure == "rows":
        return Scaled(parts[0], None, 1.0)
    scale = SCORE_SCALE if d.measure == "score" else MINOR_PER_UNIT
    return Scaled(parts[0], parts[1] if d.how == "mean" else None, scale)


def _figure(whole: ir.Table, of: Scaled) -> ir.FloatingValue:
    figure = whole[of.column].cast("float64")
    if of.over is not None:
        figure = figure / whole[of.over].nullif(0).cast("float64")
    return figure / of.scale
