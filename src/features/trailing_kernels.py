"""The figures of src/features/trailing.py computed along sorted events, without a join."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from src.features.sorted_events import HIGHEST, LOWEST, Ints, SortedEvents
from src.features.windows import DAY_US, PERIOD_DAYS


def trailing_figures(
    spine: pa.Table, events: pa.Table, wanted: Sequence[tuple[str, int, int | None]]
) -> pa.Table:
    """(row, one column per wanted figure) for the rows that have visible events.

    wanted: of src/features/trailing.Trailing. spine, events: as there.
    """
    seen = SortedEvents(spine, events)
    starts: dict[int | None, Ints] = {None: seen.first}
    inside = {None: np.ones(len(seen.pair_age), dtype=bool)}
    for days in {days for _, _, days in wanted if days}:
        starts[days] = seen.window_start(days * DAY_US)
        inside[days] = seen.pair_age <= days * DAY_US
    columns: dict[str, pa.Array] = {}
    for number in sorted({series for _, series, _ in wanted}):
        series = seen.series(f"v{number}")
        for figure in wanted:
            how, of, days = figure
            if of == number:
                whole = getattr(series, how)(starts[days], inside[days])
                unknown = (
                    None if how in ("sum", "count") else (whole == LOWEST) | (whole == HIGHEST)
                )
                columns[_name(*figure)] = pa.array(whole, mask=unknown)
    ordered = {_name(*figure): columns[_name(*figure)] for figure in wanted}
    some = seen.everything.count(starts[None], inside[None]) > 0
    return pa.table({"row": seen.row, **ordered}).filter(pa.array(some))


def _name(how: str, series: int, days: int | None) -> str:
    return f"{how}{series}" + (f"_{days}" if days else "")


def period_sums(spine: pa.Table, events: pa.Table, periods: int) -> pa.Table:
    """(row, period, v<n>) for the periods of each row that have visible events."""
    seen = SortedEvents(spine, events)
    length = PERIOD_DAYS * DAY_US
    edges = np.stack([seen.window_start(k * length) for k in range(periods + 1)], axis=1)
    period = (seen.pair_age - 1) // length
    inside = period < periods
    cells = seen.pair_row[inside] * periods + period[inside]

    def sums(name: str | None) -> Ints:
        series = seen.series(name) if name else seen.everything
        running = series.running[edges]
        whole = (running[:, :-1] - running[:, 1:]).ravel()
        np.add.at(whole, cells, series.pair_values[inside])
        return whole

    some = np.flatnonzero(sums(None))
    columns = {name: sums(name)[some] for name in events.column_names if _is_series(name)}
    return pa.table({"row": seen.row[some // periods], "period": some % periods, **columns})


def _is_series(name: str) -> bool:
    return name[0] == "v" and name[1:].isdigit()
