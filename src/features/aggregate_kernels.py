"""The figures of src/features/aggregates.py out of whole numbers, without the engine."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from src.features.sorted_rows import ints, valid


class Scaled(NamedTuple):
    """A figure: a column of whole numbers, over another if one is named, over the scale."""

    column: str
    over: str | None
    scale: float


def scaled_figures(whole: pa.Table, wanted: Mapping[str, Scaled]) -> pa.Table:
    """(row, one float64 column per name), null where a number is or where it would be over 0."""
    columns = {"row": whole["row"]}
    for name, (column, over, scale) in wanted.items():
        figure, known = ints(whole[column]).astype(np.float64), valid(whole[column])
        if over is not None:
            count = ints(whole[over])
            known = count != 0 if known is None else known & (count != 0)
            figure /= np.where(count != 0, count, 1)
        if scale != 1.0:
            figure /= scale
        columns[name] = pa.array(figure, mask=None if known is None else ~known)
    return pa.table(columns)
