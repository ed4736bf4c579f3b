"""The figures of src/features/trailing.py computed along sorted events, without a join."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from src.features.sorted_events import HIGHEST, LOWEST, Flags, Ints, Series, SortedEvents
from src.features.windows import DAY_US, PERIOD_DAYS

# The columns of a series: of its measure, and of its filter if it has one.
Columns = tuple[str, str | None]


def trailing_figures(
    spine: pa.Table,
    events: pa.Table,
    series: Sequence[Columns],
    wanted: Sequence[tuple[str, int, int | None]],
) -> pa.Table:
    """(row, one column per wanted figure) for the rows that have visible events.

    wanted: of src/features/trailing.Trailing. events: measured_rows of src/features/rows.py.
    """
    seen = SortedEvents(spine, events)
    starts: dict[int | None, Ints] = {None: seen.first}
    inside: dict[int | None, Flags] = {None: np.ones(len(seen.pair_age), dtype=bool)}
    for days in {each for _, _, each in wanted if each}:
        starts[days] = seen.window_start(days * DAY_US)
        inside[days] = seen.pair_age <= days * DAY_US
    columns: dict[str, pa.Array] = {}
    for number in sorted({of for _, of, _ in wanted}):
        along = seen.series(*series[number])
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
    spine: pa.Table, events: pa.Table, series: Sequence[Columns], periods: int
) -> pa.Table:
    """(row, period, v<n>) for the periods of each row that have visible events."""
    seen = SortedEvents(spine, events)
    length = PERIOD_DAYS * DAY_US
    edges = np.stack([seen.window_start(k * length) for k in range(periods + 1)], axis=1)
    period = (seen.pair_age - 1) // length
    inside = period < periods
    cells = seen.pair_row[inside] * periods + period[inside]

    def sums(along: Series) -> Ints:
        running = along.running[edges]
        whole = (running[:, :-1] - running[:, 1:]).ravel()
        np.add.at(whole, cells, np.where(along.pair_has, along.pair_values, 0)[inside])
        return whole

    some = np.flatnonzero(sums(seen.everything))
    columns = {f"v{n}": sums(seen.series(*names))[some] for n, names in enumerate(series)}
    return pa.table({"row": seen.row[some // periods], "period": some % periods, **columns})
