"""Rows to be written to one file, and the list of what was spoilt in them."""

from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from src.bank.calendar import Flags, Ints
from src.bank.files.texts import Texts, dated

Column: TypeAlias = NDArray[np.generic] | pa.Array


@dataclass(frozen=True)
class Spoilt:
    """Errors of one kind in one column (None: of whole rows): row numbers from 0, texts as written
    and as they ought to be (None: nothing)."""

    column: str | None
    kind: str
    rows: Ints
    found: Texts
    true: Texts
    detectable: Flags
    recoverable: Flags


@dataclass
class Sheet:
    """Columns of equal length, in the order in which they are written."""

    columns: dict[str, Column]
    spoilt: list[Spoilt] = field(default_factory=list)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def texts(self, column: str, where: Flags) -> Texts:
        """A column's texts in the marked rows."""
        every: Texts = np.array(self.columns[column], dtype=object)
        return every[where]

    def spoil(
        self,
        column: str,
        where: Flags,
        kind: str,
        found: Texts | None = None,
        detectable: Flags | bool = True,
        recoverable: Flags | bool = True,
    ) -> None:
        """Put `found` (one for each marked row; None: nothing) into a column of texts, and note
        the error. detectable: the error shows in the delivered data; recoverable: so does the
        true value."""
        rows = np.flatnonzero(where)
        if len(rows) == 0:
            return
        texts: Texts = np.array(self.columns[column], dtype=object)
        written = np.full(len(rows), None, dtype=object) if found is None else found
        self.note(column, rows, kind, written, texts[rows], detectable, recoverable)
        texts[rows] = written
        self.columns[column] = texts

    def note(
        self,
        column: str | None,
        rows: Ints,
        kind: str,
        found: Texts,
        true: Texts,
        detectable: Flags | bool = True,
        recoverable: Flags | bool = True,
    ) -> None:
        """Note an error that already stands in the columns. Flags: one for each row of the sheet,
        or one for all."""
        n = len(self)
        shown = np.broadcast_to(np.asarray(detectable), (n,))[rows]
        known = np.broadcast_to(np.asarray(recoverable), (n,))[rows]
        self.spoilt.append(Spoilt(column, kind, rows, found, true, shown, shown & known))

    def note_rows(self, where: Flags, kind: str, key: str) -> None:
        """Note rows that ought not to be; key: the column by which they are named."""
        rows, nothing = np.flatnonzero(where), np.full(int(where.sum()), None)
        self.note(None, rows, kind, self.texts(key, where), nothing)

    def swap_day_and_month(
        self, column: str, where: Flags, second: Ints, style: str, shows: Flags | bool = True
    ) -> None:
        """Write dates with day and month swapped, where these differ. style: strftime, swapped;
        shows: whether a swapped one that is a date all the same can be told."""
        day, month = np.zeros(len(self), dtype=np.int64), np.zeros(len(self), dtype=np.int64)
        day[where] = dated(second[where], "%d").astype(np.int64)
        month[where] = dated(second[where], "%m").astype(np.int64)
        for readable, kind in ((False, "swapped_unreadable"), (True, "swapped_readable")):
            rows = where & (day != month) & ((day <= 12) == readable)
            clear = shows if readable else True
            self.spoil(column, rows, kind, dated(second[rows], style), clear, clear)
