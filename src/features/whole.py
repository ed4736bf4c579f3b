"""The results of slices as one frame, each put in its place as it comes: none is held twice."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
import pyarrow as pa


def whole(slices: Iterable[pa.Table], rows: int) -> pd.DataFrame:
    """The columns of the slices but their first, `row`: the number of each in 0 … rows - 1."""
    figures, floats, names = np.empty((0, rows)), list[str](), list[str]()
    others: list[pa.Table] = []
    for part in slices:
        if not others:
            floats = [name for name in part.column_names if pa.types.is_float64(part[name].type)]
            figures = np.empty((len(floats), rows))
        at = part["row"].to_numpy()
        for place, name in enumerate(floats):
            figures[place][at] = part[name].to_numpy()
        names = part.column_names[1:]
        others.append(part.drop_columns(floats))
    frame = pd.DataFrame(figures.T, columns=floats, copy=False)
    if len(floats) < len(names):
        rest = pa.concat_tables(others).sort_by("row").drop_columns("row").to_pandas()
        frame = pd.concat([rest, frame], axis=1)[names]
    return frame
