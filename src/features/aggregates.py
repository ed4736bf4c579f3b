"""Windowed aggregates and recencies of movements and contacts.

Rows become integer columns, one per distinct (measure, filter); src/features/trailing.py takes
those over the windows.
"""

from collections.abc import Sequence

import ibis.expr.types as ir

from src.features.definitions.events import Recency, Windowed
from src.features.plan import Plan
from src.features.row_kernels import SCORE_SCALE
from src.features.rows import Series, event_rows
from src.features.trailing import Trailing, trailing
from src.features.windows import in_days

MINOR_PER_UNIT = 100.0


def aggregate_events(plan: Plan, table: str, definitions: Sequence[Windowed | Recency]) -> ir.Table:
    """(row, one float64 column per definition) for the spine's rows that have visible events."""
    keys = list(dict.fromkeys(Series(d.measure, d.only) for d in definitions))
    series = {key: number for number, key in enumerate(keys)}
    rows = event_rows(plan, table, (key.only for key in keys))
    parts = {d.name: _parts(d, series[Series(d.measure, d.only)]) for d in definitions}
    wanted = list(dict.fromkeys(part for names in parts.values() for part in names))
    whole = trailing(plan, f"{table}_trailing", rows, keys, wanted)
    figures = {d.name: _figure(d, [whole[p.name] for p in parts[d.name]]) for d in definitions}
    return whole.select("row", **figures)


def _parts(d: Windowed | Recency, series: int) -> list[Trailing]:
    """The whole numbers that the figure is made of."""
    if isinstance(d, Recency):
        return [Trailing(d.which, series, None)]
    if d.how == "mean":
        return [Trailing("sum", series, d.days), Trailing("count", series, d.days)]
    return [Trailing("count" if d.measure == "rows" else d.how, series, d.days)]


def _figure(d: Windowed | Recency, parts: Sequence[ir.IntegerColumn]) -> ir.FloatingValue:
    if isinstance(d, Recency):
        return in_days(parts[0])
    whole = parts[0].cast("float64")
    if d.how == "count" or d.measure == "rows":
        return whole
    scale = SCORE_SCALE if d.measure == "score" else MINOR_PER_UNIT
    if d.how == "mean":
        return whole / parts[1].nullif(0).cast("float64") / scale
    return whole / scale
