"""Instants: naive datetimes that mean UTC, at microsecond precision."""

from datetime import UTC, datetime, timedelta

# The date of what has held since ever: the base currency's rate of 1.
ALWAYS = datetime(1970, 1, 1)


def utc(text: str) -> datetime:
    """An ISO 8601 date or time as a naive UTC datetime. Raises ValueError if it can't be read.

    >>> utc("2024-03-01T08:00:00+08:00")
    datetime.datetime(2024, 3, 1, 0, 0)
    """
    return naive_utc(datetime.fromisoformat(text))


def naive_utc(instant: datetime) -> datetime:
    """`instant` in UTC without its zone; one without a zone is taken as UTC already."""
    return instant if instant.tzinfo is None else instant.astimezone(UTC).replace(tzinfo=None)


def month_starts(first: datetime, last: datetime, every: int = 1) -> list[datetime]:
    """Midnights of the first of each `every`-th month, first <= instant <= last.

    >>> [t.month for t in month_starts(datetime(2024, 1, 15), datetime(2024, 4, 1))]
    [2, 3, 4]
    """
    if every < 1:
        raise ValueError(f"every should be a positive number of months, found {every}")
    month = first.year * 12 + first.month - 1
    if first > datetime(first.year, first.month, 1):
        month += 1
    starts = []
    while (start := datetime(month // 12, month % 12 + 1, 1)) <= last:
        starts.append(start)
        month += every
    return starts


def add_months(instant: datetime, months: int) -> datetime:
    """`instant` moved by whole months, held to the month's last day.

    >>> add_months(datetime(2024, 1, 31), 1)
    datetime.datetime(2024, 2, 29, 0, 0)
    """
    month = instant.year * 12 + instant.month - 1 + months
    first = datetime(month // 12, month % 12 + 1, 1)
    following = datetime((month + 1) // 12, (month + 1) % 12 + 1, 1)
    day = min(instant.day, (following - timedelta(days=1)).day)
    return instant.replace(year=first.year, month=first.month, day=day)
