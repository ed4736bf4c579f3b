"""Events sorted by customer and time, running sums along them, and for each spine row the places
where its windows begin and end: what the kernels of src/features/trailing.py stand on.

A window's sum is then a difference of two running sums, whatever its length, and the history is
read once. That holds for events that each of the customer's rows sees from when they happened on;
the few others (known late, or closed by a correction) are taken row by row.
"""

from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from src.features.sorted_rows import Flags, Ints, ints

LOWEST, HIGHEST = np.iinfo(np.int64).min, np.iinfo(np.int64).max
_MOST = 2**62


class Line:
    """Points in the order of (code, time), and how many of them lie before others."""

    def __init__(self, codes: Ints, times: Ints, n_codes: int) -> None:
        """Codes below n_codes; codes and times sorted together."""
        self._low = int(times.min()) if len(times) else 0
        self._ticks = (int(times.max()) - self._low if len(times) else 0) + 2
        self._known = None
        if self._ticks * n_codes > _MOST:
            self._known = np.unique(times)
            self._ticks = len(self._known) + 1
        self._points = self._packed(codes, times)

    def _packed(self, codes: Ints, times: Ints) -> Ints:
        """Code and time in one number; times beyond the points' own count as next to them."""
        if self._known is not None:
            ticks = np.searchsorted(self._known, times)
        else:
            # no difference of times that overflows: first to the range, then from its begin
            highest = self._low + self._ticks - 1
            ticks = np.clip(times, self._low, highest) - self._low
        return codes * self._ticks + ticks

    def before(self, codes: Ints, times: Ints) -> Ints:
        """How many points lie before (code, time), those of smaller codes included."""
        return np.searchsorted(self._points, self._packed(codes, times)).astype(np.int64)


class SortedEvents:
    """Events of a slice's customers, sorted, beside the slice's rows, sorted as well.

    spine: (row, who, as_of). events: (who, occurred_at, known_at, known_until, …) in order.
    """

    def __init__(self, spine: pa.Table, events: pa.Table) -> None:
        whose, times = ints(spine["who"]), ints(spine["as_of"])
        order = np.lexsort((times, whose))
        self.row, self.as_of = ints(spine["row"])[order], times[order]
        customers, self.code = np.unique(whose[order], return_inverse=True)
        self._rows = Line(self.code, self.as_of, len(customers))
        self._codes = np.searchsorted(customers, ints(events["who"]))
        self.occurred = ints(events["occurred_at"])
        self._line = Line(self._codes, self.occurred, len(customers))
        self._begins = np.maximum(self.occurred, ints(events["known_at"]))
        self._ends = ints(events["known_until"])
        self._split()

    def _split(self) -> None:
        """Find the irregular events, and each row that sees one beside it."""
        instants = np.unique(self.as_of)
        last = instants[-1] if len(instants) else 0
        first_after = np.searchsorted(instants, self.occurred, side="right")
        suspect = np.searchsorted(instants, self._begins, side="right") != first_after
        places = np.flatnonzero(suspect | (self._ends < last))
        codes = self._codes[places]
        due = self._rows.before(codes, self.occurred[places] + 1)
        since = self._rows.before(codes, self._begins[places] + 1)
        until = self._rows.before(codes, self._ends[places] + 1)
        odd = (since != due) | (until != self._rows.before(codes + 1, np.full(len(codes), LOWEST)))
        places, since, until = places[odd], since[odd], until[odd]
        self.regular = np.ones(len(self.occurred), dtype=bool)
        self.regular[places] = False
        counts = np.maximum(until - since, 0)
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        rows = np.repeat(since, counts) + within
        by_row = np.argsort(rows, kind="stable")
        self.pair_row, self.pair_event = rows[by_row], np.repeat(places, counts)[by_row]
        self.pair_age = self.as_of[self.pair_row] - self.occurred[self.pair_event]
        self._first_pair = np.flatnonzero(np.diff(self.pair_row, prepend=-1))

    @cached_property
    def everything(self) -> "Along":
        """A series in which every event has a 1."""
        return Along(self, np.ones(len(self.occurred), dtype=np.int64), None)

    def window_start(self, age: int) -> Ints:
        """For each row, the place of its customer's first event that is `age` or younger."""
        return self._line.before(self.code, self.as_of - age)

    @cached_property
    def first(self) -> Ints:
        """For each row, the place of its customer's first event."""
        return self._line.before(self.code, np.full(len(self.code), LOWEST))

    @cached_property
    def end(self) -> Ints:
        """For each row, the place after its customer's last event before as_of."""
        return self.window_start(0)

    def fold(self, fold: np.ufunc, values: Ints, into: Ints) -> Ints:
        """`into`, one number per row, with the values of each row's pairs folded in."""
        if len(values):
            rows = self.pair_row[self._first_pair]
            into[rows] = fold(into[rows], fold.reduceat(values, self._first_pair))
        return into


class Along:
    """The values of one series along sorted events, and its figures at each row."""

    def __init__(self, events: SortedEvents, values: Ints, has: Flags | None) -> None:
        """has: where the events have a value; None: all of them."""
        self._events, self._values = events, values
        self._has = events.regular if has is None else has & events.regular
        self.pair_has = np.ones(len(events.pair_event), dtype=bool)
        if has is not None:
            self.pair_has = has[events.pair_event]
        self.pair_values = values[events.pair_event]

    @cached_property
    def running(self) -> Ints:
        """The sum of the regular events' values before each place."""
        return _running(self._values * self._has)

    @cached_property
    def _running_count(self) -> Ints:
        return _running(self._has)

    def sum(self, start: Ints, inside: Flags) -> Ints:
        """Sums over the events from `start` on; of the pairs, those `inside`."""
        whole = self.running[self._events.end] - self.running[start]
        pairs = np.where(inside & self.pair_has, self.pair_values, 0)
        return self._events.fold(np.add, pairs, whole)

    def count(self, start: Ints, inside: Flags) -> Ints:
        """How many events have a value from `start` on."""
        whole = self._running_count[self._events.end] - self._running_count[start]
        pairs = (inside & self.pair_has).astype(np.int64)
        return self._events.fold(np.add, pairs, whole)

    def max(self, start: Ints, inside: Flags) -> Ints:
        """The largest value from `start` on; the lowest number where there is none."""
        events = self._events
        values = np.append(np.where(self._has, self._values, LOWEST), LOWEST)
        bounds = np.stack([start, events.end], axis=1).ravel()
        whole = np.maximum.reduceat(values, bounds)[::2] if len(start) else start.copy()
        whole[start >= events.end] = LOWEST
        pairs = np.where(inside & self.pair_has, self.pair_values, LOWEST)
        return events.fold(np.maximum, pairs, whole)

    def last(self, start: Ints, inside: Flags) -> Ints:
        """Microseconds from the newest event that has a value; the highest number without one."""
        events, places = self._events, np.arange(len(self._has))
        newest = np.append(np.maximum.accumulate(np.where(self._has, places, -1)), -1)
        place = newest[events.end - 1]
        ages = self._ages(place, (events.end > start) & (place >= start), HIGHEST)
        pairs = np.where(inside & self.pair_has, events.pair_age, HIGHEST)
        return events.fold(np.minimum, pairs, ages)

    def first(self, start: Ints, inside: Flags) -> Ints:
        """Microseconds from the oldest event that has a value; the lowest number without one."""
        events, n = self._events, len(self._has)
        places = np.where(self._has, np.arange(n), n)
        oldest = np.append(np.minimum.accumulate(places[::-1])[::-1], n)
        place = oldest[start]
        ages = self._ages(place, place < events.end, LOWEST)
        pairs = np.where(inside & self.pair_has, events.pair_age, LOWEST)
        return events.fold(np.maximum, pairs, ages)

    def _ages(self, place: Ints, found: Flags, otherwise: int) -> Ints:
        ages = np.full(len(place), otherwise, dtype=np.int64)
        ages[found] = self._events.as_of[found] - self._events.occurred[place[found]]
        return ages


def _running(values: NDArray[Any]) -> Ints:
    """The sum of the values before each place, and of all at the end."""
    sums = np.zeros(len(values) + 1, dtype=np.int64)
    np.cumsum(values, dtype=np.int64, out=sums[1:])
    return sums
