"""The figures of src/features/trailing.py computed along sorted events, without a join."""

import math
from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa

from src.features.row_kernels import MeasuredRows
from src.features.rows import Series
from src.features.sorted_events import HIGHEST, LOWEST, Along, SortedEvents, Windows
from src.features.sorted_rows import Ints
from src.features.windows import DAY_US, PERIOD_DAYS

_Days = tuple[int | None, ...]


def trailing_figures(
    spine: pa.Table,
    events: pa.Table,
    series: Sequence[Series],
    wanted: Sequence[tuple[str, int, int | None]],
) -> pa.Table:
    """(row, one column per wanted figure) for the rows that have visible events.

    wanted: of src/features/trailing.Trailing. events: rows in order, as
    src/features/rows.event_rows has them.
    """
    seen, rows = SortedEvents(spine, events), MeasuredRows(events)
    windows: dict[_Days, Windows] = {}
    columns: dict[str, pa.Array] = {}
    for number, key in enumerate(series):
        along = Along(seen, *rows.series(key.measure, key.only))
        for how in dict.fromkeys(how for how, of, _ in wanted if of == number):
            days = _shortest_first(window for h, of, window in wanted if (h, of) == (how, number))
            if days not in windows:
                windows[days] = seen.windows([each and each * DAY_US for each in days])
            figures = getattr(along, how)(windows[days])
            for each, figure in zip(days, figures, strict=True):
                columns[_name(how, number, each)] = _known(how, figure)
    return pa.table({"row": seen.row, **{_name(*each): columns[_name(*each)] for each in wanted}})


def _shortest_first(windows: Iterable[int | None]) -> _Days:
    return tuple(sorted(set(windows), key=lambda days: days or math.inf))


def _known(how: str, figure: Ints) -> pa.Array:
    """The figure, null where no event has a value."""
    if how in ("sum", "count"):
        return pa.array(figure)
    return pa.array(figure, mask=(figure == LOWEST) | (figure == HIGHEST))


def _name(how: str, series: int, days: int | None) -> str:
    return f"{how}{series}" + (f"_{days}" if days else "")


def period_sums(
    spine: pa.Table, events: pa.Table, series: Sequence[Series], periods: int
) -> pa.Table:
    """(row, period, v<n>) for the periods of each row that have visible events."""
    seen, rows = SortedEvents(spine, events), MeasuredRows(events)
    windows = seen.windows([k * PERIOD_DAYS * DAY_US for k in range(periods + 1)])
    in_each = np.diff(Along(seen, seen.ones, None).count(windows), axis=0)
    row, period = np.nonzero(in_each.T)
    columns: dict[str, Ints] = {"row": seen.row[row], "period": period}
    for number, key in enumerate(series):
        along = Along(seen, *rows.series(key.measure, key.only))
        columns[f"v{number}"] = np.diff(along.sum(windows), axis=0)[period, row]
    return pa.table(columns)
