"""The as-of joins of src/features/prices.py along sorted levels, which no engine sorts anew."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from src.features.line import Line
from src.features.sorted_rows import Flags, Ints, codes_among, codes_of, ints, valid

Floats = NDArray[np.float64]


class SortedLevels:
    """Levels by key, and the last of them before any instant."""

    def __init__(self, lasting: pa.Table, withdrawn: pa.Table) -> None:
        """Two tables (key, visible, date, level), as src/features/prices.Levels has them."""
        self._lasting, self._withdrawn = _Sorted(lasting), _Sorted(withdrawn)

    def before(self, keys: pa.ChunkedArray, instants: Ints) -> Floats:
        """The level of each key before its instant (microseconds), NaN without one."""
        date, level, dated = self._lasting.before(keys, instants)
        if self._withdrawn:
            other_date, other_level, other_dated = self._withdrawn.before(keys, instants)
            newer = other_dated & (~dated | (date < other_date))
            level = np.where(newer, other_level, level)
        return level


class _Sorted:
    """One of the two tables, by key and `visible`."""

    def __init__(self, levels: pa.Table) -> None:
        key = levels.column_names[0]
        codes, self._keys = codes_of(levels[key])
        visible = ints(levels["visible"])
        order = np.lexsort((visible, codes))
        self._codes = codes[order].astype(np.int64)
        self._line = Line(self._codes, visible[order], len(self._keys) + 1)
        self._dates = ints(levels["date"])[order]
        has = valid(levels["date"])
        self._dated = np.ones(len(order), dtype=bool) if has is None else has[order]
        self._levels = levels["level"].to_numpy().astype(np.float64)[order]

    def __len__(self) -> int:
        return len(self._codes)

    def before(self, keys: pa.ChunkedArray, instants: Ints) -> tuple[Ints, Floats, Flags]:
        """Date and level of the last row before each instant, and whether it has a date."""
        codes = codes_among(keys, self._keys).astype(np.int64)
        if not len(self):
            nothing = np.zeros(len(codes), dtype=np.int64)
            return nothing, np.full(len(codes), np.nan), nothing > 0
        place = self._line.before(codes, instants) - 1
        found = (place >= 0) & (codes >= 0) & (self._codes[place] == codes)
        return (
            self._dates[place],
            np.where(found, self._levels[place], np.nan),
            found & self._dated[place],
        )
