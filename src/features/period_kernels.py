"""The figures of src/features/periods.py from a matrix of spine rows by periods."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from src.features.aggregates import MINOR_PER_UNIT
from src.features.definitions.events import Periodic
from src.features.sorted_rows import Ints, ints

Floats = NDArray[np.float64]

# Below, sums of squares fit into 64 bits, the estimate's own rounding included.
_NARROW = 2.0**62
_LOW_BITS = 2**64 - 1


def period_figures(sums: pa.Table, wanted: Mapping[str, tuple[Periodic, str]]) -> pa.Table:
    """(row, one float64 column per definition), of sums (row, period, v<n>) in whole numbers.

    wanted: by name, the definition and the column of its series.
    """
    rows, place = np.unique(ints(sums["row"]), return_inverse=True)
    period = ints(sums["period"])
    periods = max(d.periods for d, _ in wanted.values())
    inside = period < periods
    series: dict[str, Ints] = {}
    for _, column in wanted.values():
        if column not in series:
            matrix = np.zeros((len(rows), periods), dtype=np.int64)
            matrix[place[inside], period[inside]] = ints(sums[column])[inside]
            series[column] = matrix
    figures = {
        name: _figure(series[column][:, : d.periods], d) for name, (d, column) in wanted.items()
    }
    return pa.table({"row": rows, **{name: _known(each) for name, each in figures.items()}})


def _figure(values: Ints, d: Periodic) -> Floats:
    n, scale = d.periods, 1.0 if d.measure == "rows" else MINOR_PER_UNIT
    if d.how == "active":
        return np.count_nonzero(values, axis=1).astype(np.float64)
    if d.how == "slope":
        rise = (values * (n - 1 - 2 * np.arange(n))).sum(axis=1)
        return _double(rise) / (2.0 * scale * steps_squared(n))
    if d.how == "peak":
        sizes = np.abs(values)
        return _ratio(sizes.max(axis=1).astype(np.float64), _double(sizes.sum(axis=1)))
    std = np.sqrt(_spread(values)) / n / scale
    total = np.abs(_double(values.sum(axis=1)))
    return std if d.how == "std" else _ratio(std * n * scale, total)


def _spread(values: Ints) -> Floats:
    """From n values: n times the sum of squares less the square of the sum, exact until then."""
    n, total = values.shape[1], values.sum(axis=1)
    rough = values.astype(np.float64)
    narrow = n * (rough * rough).sum(axis=1) < _NARROW
    squares = np.where(narrow[:, None], values, 0)
    small = np.where(narrow, total, 0)
    spread = _double(n * (squares * squares).sum(axis=1) - small * small)
    for place in np.flatnonzero(~narrow):
        exact = n * sum(int(v) * int(v) for v in values[place]) - int(total[place]) ** 2
        # as the engine makes a float of 128 bits, half by half
        spread[place] = float(exact & _LOW_BITS) + float(exact >> 64) * 2.0**64
    return spread


def _double(whole: Ints) -> Floats:
    """As the engine makes a float of a sum: of one below 0 by its complement."""
    below = -(-(whole + 1)).astype(np.float64) - 1.0
    return np.where(whole < 0, below, whole.astype(np.float64))


def _ratio(part: Floats, whole: Floats) -> Floats:
    with np.errstate(all="ignore"):
        return np.where(whole == 0.0, np.nan, part / whole)


def _known(figure: Floats) -> pa.Array:
    """The figure, null where there is none."""
    return pa.array(figure, mask=np.isnan(figure))


def steps_squared(n: int) -> float:
    """Sum of squared distances of 0 … n - 1 from their mean."""
    return n * (n * n - 1) / 12
