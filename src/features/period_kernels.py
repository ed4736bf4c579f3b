"""The figures of src/features/periods.py from a matrix of periods by spine rows."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from src.features.aggregates import MINOR_PER_UNIT
from src.features.definitions.events import Periodic
from src.features.exact import NARROW, Floats, as_float, wide_float
from src.features.sorted_rows import Ints, ints


def period_figures(sums: pa.Table, wanted: Mapping[str, tuple[Periodic, str]]) -> pa.Table:
    """(row, one float64 column per definition), of sums (row, period, v<n>) in whole numbers.

    wanted: by name, the definition and the column of its series.
    """
    rows, place = _numbered(ints(sums["row"]))
    period = ints(sums["period"])
    periods = max(d.periods for d, _ in wanted.values())
    inside = np.flatnonzero(period < periods)
    cells = period[inside] * len(rows) + place[inside]
    series: dict[str, Ints] = {}
    for column in dict.fromkeys(column for _, column in wanted.values()):
        matrix = np.zeros(periods * len(rows), dtype=np.int64)
        matrix[cells] = ints(sums[column])[inside]
        series[column] = matrix.reshape(periods, len(rows))
    figures = {
        name: _figure(series[column][: d.periods], d) for name, (d, column) in wanted.items()
    }
    return pa.table({"row": rows, **{name: _known(each) for name, each in figures.items()}})


def _numbered(rows: Ints) -> tuple[Ints, Ints]:
    """The distinct rows, and of each the place of its own: found at once where they stand together,
    as the kernel of src/features/trailing.py leaves them."""
    first = np.append(True, rows[1:] != rows[:-1])[: len(rows)]
    distinct, place = rows[first], np.cumsum(first) - 1
    if len(np.unique(distinct)) < len(distinct):
        distinct, place = np.unique(rows, return_inverse=True)
    return distinct, place


def _figure(values: Ints, d: Periodic) -> Floats:
    n, scale = d.periods, 1.0 if d.measure == "rows" else MINOR_PER_UNIT
    if d.how == "active":
        return as_float(np.count_nonzero(values, axis=0))
    if d.how == "slope":
        rise = (values * (n - 1 - 2 * np.arange(n))[:, None]).sum(axis=0)
        return as_float(rise) / (2.0 * scale * steps_squared(n))
    if d.how == "peak":
        sizes = np.abs(values)
        return _ratio(sizes.max(axis=0).astype(np.float64), as_float(sizes.sum(axis=0)))
    std = np.sqrt(_spread(values)) / n / scale
    total = np.abs(as_float(values.sum(axis=0)))
    return std if d.how == "std" else _ratio(std * n * scale, total)


def _spread(values: Ints) -> Floats:
    """From n values: n times the sum of squares less the square of the sum, exact until then."""
    n, total = len(values), values.sum(axis=0)
    rough = values.astype(np.float64)
    narrow = n * (rough * rough).sum(axis=0) < NARROW
    squares = np.where(narrow, values, 0)
    small = np.where(narrow, total, 0)
    spread = as_float(n * (squares * squares).sum(axis=0) - small * small)
    for place in np.flatnonzero(~narrow):
        exact = n * sum(int(v) * int(v) for v in values[:, place]) - int(total[place]) ** 2
        spread[place] = wide_float(exact)
    return spread


def _ratio(part: Floats, whole: Floats) -> Floats:
    with np.errstate(all="ignore"):
        return np.where(whole == 0.0, np.nan, part / whole)


def _known(figure: Floats) -> pa.Array:
    """The figure, null where there is none."""
    return pa.array(figure, mask=np.isnan(figure))


def steps_squared(n: int) -> float:
    """Sum of squared distances of 0 … n - 1 from their mean."""
    return n * (n * n - 1) / 12
