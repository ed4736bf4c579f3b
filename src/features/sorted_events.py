"""Events sorted by customer and time, running sums along them, and for each spine row the places
where its windows begin and end: what the kernels of src/features/trailing.py stand on.

A window's sum is then a difference of two running sums, whatever its length, and the history is
read once. That holds for events that each of the customer's rows sees from when they happened on;
the few others (known late, or closed by a correction) are taken row by row.
"""

from collections.abc import Sequence
from functools import cache, cached_property
from types import ModuleType
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from src.features.line import Line
from src.features.sorted_rows import Flags, Ints, ints

LOWEST, HIGHEST = np.iinfo(np.int64).min, np.iinfo(np.int64).max


class Windows(NamedTuple):
    """Windows of each spine row, the shortest first.

    starts: (windows, rows) places of the first event inside; end: (rows,) the place after the last;
    ages: (windows,) of the oldest event that may be inside, in microseconds.
    code: (rows,) of the customer; begins: by code, where its events begin, and the end of all.
    """

    starts: Ints
    end: Ints
    ages: Ints
    code: Ints
    begins: Ints


class Pairs(NamedTuple):
    """Spine rows beside irregular events that they see, by their places, and how old those are."""

    row: Ints
    event: Ints
    age: Ints

    def only(self, kept: Flags) -> "Pairs":
        """Those pairs alone."""
        return Pairs(self.row[kept], self.event[kept], self.age[kept])


class SortedEvents:
    """Events of a slice's customers, sorted, beside the slice's rows that see any, sorted as well.

    spine: (row, who, as_of). events: (who, occurred_at, known_at, known_until, …) in order, of the
    spine's customers alone.
    """

    def __init__(self, spine: pa.Table, events: pa.Table) -> None:
        whose, times = ints(spine["who"]), ints(spine["as_of"])
        order = np.lexsort((times, whose))
        self.row, self.as_of = ints(spine["row"])[order], times[order]
        customers, self.code = np.unique(whose[order], return_inverse=True)
        who, self.occurred = ints(events["who"]), ints(events["occurred_at"])
        self._begins = np.searchsorted(who, np.append(customers, HIGHEST))
        self.regular, self.pairs = self._split(events, customers)
        self._starts: dict[int | None, Ints] = {}
        self._keep(Along(self, self.ones, None).count(self.windows([None]))[0] > 0)

    def _split(self, events: pa.Table, customers: Ints) -> tuple[Flags, Pairs]:
        """Which events are regular, and each row beside the irregular ones that it sees."""
        instants = np.unique(self.as_of)
        last = instants[-1] if len(instants) else 0
        begins = np.maximum(self.occurred, ints(events["known_at"]))
        ends = ints(events["known_until"])
        places = np.flatnonzero((begins != self.occurred) | (ends < last))
        occurred, begins, ends = self.occurred[places], begins[places], ends[places]
        first_after = np.searchsorted(instants, occurred, side="right")
        suspect = np.searchsorted(instants, begins, side="right") != first_after
        suspect |= ends < last
        places, occurred = places[suspect], occurred[suspect]
        begins, ends = begins[suspect], ends[suspect]
        codes = np.searchsorted(customers, ints(events["who"])[places])
        rows = Line(self.code, self.as_of, len(customers))
        due, since = rows.before(codes, occurred + 1), rows.before(codes, begins + 1)
        until = rows.before(codes, ends + 1)
        odd = (since != due) | (until != rows.before(codes + 1, np.full(len(codes), LOWEST)))
        places, since, until = places[odd], since[odd], until[odd]
        regular = np.ones(len(self.occurred), dtype=bool)
        regular[places] = False
        counts = np.maximum(until - since, 0)
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        row, event = np.repeat(since, counts) + within, np.repeat(places, counts)
        return regular, Pairs(row, event, self.as_of[row] - self.occurred[event])

    def _keep(self, some: Flags) -> None:
        """Those rows alone, of which none outside stands in a pair."""
        if not some.all():
            self.row, self.as_of, self.code = self.row[some], self.as_of[some], self.code[some]
            self.pairs = self.pairs._replace(row=(np.cumsum(some) - 1)[self.pairs.row])
            self._starts = {}
            del self.first, self.end

    @cached_property
    def ones(self) -> Ints:
        """A 1 for every event."""
        return np.ones(len(self.occurred), dtype=np.int64)

    def window_start(self, age: int) -> Ints:
        """For each row, the place of its customer's first event that is `age` or younger."""
        found: Ints = _loops().first_places(
            self._begins, self.occurred, self.code, self.as_of - age
        )
        return found

    @cached_property
    def first(self) -> Ints:
        """For each row, the place of its customer's first event."""
        return self._begins[self.code]

    @cached_property
    def end(self) -> Ints:
        """For each row, the place after its customer's last event before as_of."""
        return self.window_start(0)

    def windows(self, ages: Sequence[int | None]) -> Windows:
        """The windows of those ages in microseconds, the shortest first; None: all history."""
        for age in set(ages) - set(self._starts):
            self._starts[age] = self.first if age is None else self.window_start(age)
        starts = np.stack([self._starts[age] for age in ages])
        oldest = np.array([HIGHEST if age is None else age for age in ages])
        return Windows(starts, self.end, oldest, self.code, self._begins)


class Along:
    """The values of one series along sorted events, and its figures of each window at each row:
    (windows, rows)."""

    def __init__(self, events: SortedEvents, values: Ints, has: Flags | None) -> None:
        """has: where the events have a value; None: all of them."""
        self._events = events
        # one form of them alone for what is compiled
        self._values = np.require(values, requirements="W")
        self._has = events.regular if has is None else has & events.regular
        self._pairs = events.pairs if has is None else events.pairs.only(has[events.pairs.event])

    def sum(self, windows: Windows) -> Ints:
        """The sums of the values; 0 without any."""
        found: Ints = _loops().sums(self._values, self._has, windows, self._pairs)
        return found

    def count(self, windows: Windows) -> Ints:
        """How many events have a value."""
        found: Ints = _loops().sums(self._events.ones, self._has, windows, self._pairs)
        return found

    def max(self, windows: Windows) -> Ints:
        """The largest values; the lowest number where there is none."""
        found: Ints = _loops().largest(self._values, self._has, windows, self._pairs)
        return found

    def last(self, windows: Windows) -> Ints:
        """Microseconds from the newest event that has a value; the highest number without one."""
        events = self._events
        found: Ints = _loops().newest(
            events.occurred, self._has, events.as_of, windows, self._pairs
        )
        return found

    def first(self, windows: Windows) -> Ints:
        """Microseconds from the oldest event that has a value; the lowest number without one."""
        events = self._events
        found: Ints = _loops().oldest(
            events.occurred, self._has, events.as_of, windows, self._pairs
        )
        return found


@cache
def _loops() -> ModuleType:
    from src.features import event_loops  # loads a compiler: only who needs it

    return event_loops
