"""The results of slices as one frame, each put in its place as it comes: none is held twice."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
import pyarrow as pa


def whole(slices: Iterable[pa.Table], rows: int) -> pd.DataFrame:
    """The columns of the slices but `row`, the number of each row in 0 … rows - 1, in its order."""
    figures, others = None, []
    for part in slices:
        if figures is None:
            names = [name for name in part.column_names if name != "row"]
            floats = [name for name in names if pa.types.is_float64(part[name].type)]
            figures = np.empty((len(floats), rows))
        at = part["row"].to_numpy()
        for place, name in enumerate(floats):
            figures[place, at] = part[name].to_numpy()
        others.append(part.drop_columns(floats))
    frame = pd.DataFrame(figures.T, columns=floats, copy=False)
    if len(floats) == len(names):
        return frame
    rest = pa.concat_tables(others).sort_by("row").drop_columns("row").to_pandas()
    return pd.concat([rest, frame], axis=1)[names]
