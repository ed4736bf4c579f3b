"""Days and months of the simulated period, as integers."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from src.core.time import add_months

DAY_SECONDS = 86_400
LEAD_DAYS = 90

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Calendar:
    """Day 0 lies LEAD_DAYS before the period's first day, so that prices have a past.

    first_second: Unix time of day 0. month_days: (months + 1,) day number of each month's first
    day; the last is the end of the period.
    """

    start: date
    months: int
    first_second: int
    month_days: Ints

    @property
    def days(self) -> int:
        """Number of days from day 0 to the end of the period."""
        return int(self.month_days[-1])

    def month_number(self, month: int) -> int:
        """Calendar month, 1 to 12, of the simulated month counted from 0."""
        return (self.start.month - 1 + month) % 12 + 1

    def length(self, month: int) -> int:
        """Days of a month."""
        return int(self.month_days[month + 1] - self.month_days[month])

    def second(self, day: Ints | int) -> Ints:
        """Unix time of the midnight at which a day begins."""
        return np.asarray(day, dtype=np.int64) * DAY_SECONDS + self.first_second

    def business(self, day: Ints) -> Flags:
        """True on Mondays to Fridays."""
        weekday = (self.second(day) // DAY_SECONDS + 3) % 7
        return np.asarray(weekday < 5)

    def business_days(self, month: int) -> Ints:
        """Day numbers of a month's business days."""
        days = np.arange(self.month_days[month], self.month_days[month + 1], dtype=np.int64)
        return days[self.business(days)]


def make_calendar(start: date, months: int) -> Calendar:
    """The calendar of `months` whole months from the first of start's month."""
    first = datetime(start.year, start.month, 1, tzinfo=UTC)
    origin = first - timedelta(days=LEAD_DAYS)
    starts = [add_months(first, month) for month in range(months + 1)]
    days = np.array([(instant - origin).days for instant in starts], dtype=np.int64)
    return Calendar(first.date(), months, int(origin.timestamp()), days)
