"""The figures of src/features/trailing.py computed along sorted events, without a join."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from src.features.row_kernels import MeasuredRows
from src.features.rows import Series
from src.features.sorted_events import HIGHEST, LOWEST, Along, SortedEvents
from src.features.sorted_rows import Flags, Ints
from src.features.windows import DAY_US, PERIOD_DAYS


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
    starts: dict[int | None, Ints] = {None: seen.first}
    inside: dict[int | None, Flags] = {None: np.ones(len(seen.pair_age), dtype=bool)}
    for days in {each for _, _, each in wanted if each}:
        starts[days] = seen.window_start(days * DAY_US)
        inside[days] = seen.pair_age <= days * DAY_US
    columns: dict[str, pa.Array] = {}
    for number in sorted({of for _, of, _ in wanted}):
        along = Along(seen, *rows.series(series[number].measure, series[number].only))
        for figure in wanted:
            how, of, window = figure
            if of == number:
                whole = getattr(along, how)(starts[window], inside[window])
                unknown = (
                    None if how in ("sum", "count") else (whole == LOWEST) | (whole == HIGHEST)
                )
                columns[_name(*figure)] = pa.array(whole, mask=unknown)
    ordered = {_name(*figure): columns[_name(*figure)] for figure in wanted}
    some = seen.everything.count(starts[None], inside[None]) > 0
    return pa.table({"row": seen.row, **ordered}).filter(pa.array(some))


def _name(how: str, series: int, days: int | None) -> str:
    return f"{how}{series}" + (f"_{days}" if days else "")


def period_sums(
    spine: pa.Table, events: pa.Table, series: Sequence[Series], periods: int
) -> pa.Table:
    """(row, period, v<n>) for the periods of each row that have visible events."""
    seen, rows = SortedEvents(spine, events), MeasuredRows(events)
    length = PERIOD_DAYS * DAY_US
    edges = np.stack([seen.window_start(k * length) for k in range(periods + 1)], axis=1)
    period = (seen.pair_age - 1) // length
    inside = period < periods
    cells = seen.pair_row[inside] * periods + period[inside]

    def sums(along: Along) -> Ints:
        running = along.running[edges]
        whole = (running[:, :-1] - running[:, 1:]).ravel()
        np.add.at(whole, cells, np.where(along.pair_has, along.pair_values, 0)[inside])
        return whole

    some = np.flatnonzero(sums(seen.everything))
    columns = {
        f"v{n}": sums(Along(seen, *rows.series(key.measure, key.only)))[some]
        for n, key in enumerate(series)
    }
    return pa.table({"row": seen.row[some // periods], "period": some % periods, **columns})
