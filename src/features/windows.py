"""Time: the only file that compares timestamps. Windows are half-open and know two clocks.

A feature at as_of sees as_of - window <= occurred_at < as_of of the rows that were known then:
known_at < as_of <= known_until. A label sees as_of <= occurred_at < as_of + horizon. No event is
on both sides.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import ibis
import ibis.expr.types as ir
import pandas as pd

from src.core.errors import FeatureError
from src.core.time import ALWAYS

DAY_US = 86_400_000_000
PERIOD_DAYS = 30
FIRST_INSTANT = datetime(1, 1, 1)
LAST_INSTANT = datetime(9999, 12, 31)
BEGINNING = ibis.literal(FIRST_INSTANT, type="timestamp(6)")
FOREVER = ibis.literal(LAST_INSTANT, type="timestamp(6)")


def until(known_until: ir.TimestampValue) -> ir.TimestampValue:
    """The end of a version's time; FOREVER where it still stands (empty)."""
    return known_until.fill_null(FOREVER)


def is_known(
    as_of: ir.TimestampValue, known_at: ir.TimestampValue, known_until: ir.TimestampValue
) -> ir.BooleanValue:
    """True where a version is the institution's knowledge at as_of: learned before, not yet closed.

    known_until: never empty, as `until` returns it.
    """
    return (known_at < as_of) & (known_until >= as_of)


def is_visible(
    as_of: ir.TimestampValue,
    occurred_at: ir.TimestampValue,
    known_at: ir.TimestampValue,
    known_until: ir.TimestampValue,
) -> ir.BooleanValue:
    """True where the event happened before as_of and its version was known then."""
    return (occurred_at < as_of) & is_known(as_of, known_at, known_until)


def is_stated(
    as_of: ir.TimestampValue,
    stated_at: ir.TimestampValue,
    known_at: ir.TimestampValue,
    known_until: ir.TimestampValue,
) -> ir.BooleanValue:
    """True where a statement of all before `stated_at` holds at as_of and was known then."""
    return (stated_at <= as_of) & is_known(as_of, known_at, known_until)


def is_followed(known_until: ir.TimestampValue, following: ir.TimestampValue) -> ir.BooleanValue:
    """True where a version stands, or the next one of its key (empty: none) takes over at once."""
    return ((known_until >= FOREVER) | (following <= known_until)).fill_null(False)


def is_old_enough(stated_at: ir.TimestampValue, instant: ir.TimestampValue) -> ir.BooleanValue:
    """True where a statement was there by `instant`: it covers what occurred before `stated_at`."""
    return stated_at <= instant


def is_since(occurred_at: ir.TimestampValue, stated_at: ir.TimestampValue) -> ir.BooleanValue:
    """True where a statement doesn't cover the movement, or there is no statement (null)."""
    return (occurred_at >= stated_at).fill_null(True)


def is_joined(as_of: ir.TimestampValue, joined_on: ir.TimestampValue) -> ir.BooleanValue:
    """True where the customer joined before as_of, or nobody wrote down when."""
    return (joined_on < as_of).fill_null(True)


def is_since_ever(dated: ir.TimestampValue) -> ir.BooleanValue:
    """True where a row is dated ALWAYS: what it tells has held since ever."""
    return dated == moment(ALWAYS)


def is_before(earlier: ir.TimestampValue, later: ir.TimestampValue) -> ir.BooleanValue:
    """True where `earlier` lies strictly before `later`: the inequality of an as-of join."""
    return earlier < later


def instant_after(instant: ir.TimestampValue) -> ir.TimestampValue:
    """The first instant after this one, at the ledger's precision."""
    return instant + ibis.interval(microseconds=1)


def is_between(instant: ir.TimestampValue, since: datetime, upto: datetime) -> ir.BooleanValue:
    """True where since <= instant < upto. Fixed bounds: an engine skips what lies outside."""
    return (instant >= moment(since)) & (instant < moment(upto))


def moment(instant: datetime) -> ir.TimestampValue:
    """A fixed instant at the ledger's precision."""
    return ibis.literal(instant, type="timestamp(6)")


def instants(fixed: Sequence[datetime]) -> ir.ArrayValue:
    """Fixed instants as an array."""
    return ibis.literal(list(fixed), type="array<timestamp(6)>")


def visible_from(happened: ir.TimestampValue, known_at: ir.TimestampValue) -> ir.TimestampValue:
    """The instant after which an event is visible: it is where this < as_of."""
    return ibis.greatest(happened, known_at)


def age(as_of: ir.TimestampValue, occurred_at: ir.TimestampValue) -> ir.IntegerValue:
    """Microseconds from the event to as_of, exact."""
    return as_of.delta(occurred_at, unit="microsecond")


def in_window(age_us: ir.IntegerValue, days: int) -> ir.BooleanValue:
    """True where as_of - days <= occurred_at, of an event already before as_of."""
    return age_us <= days * DAY_US


def bucket(age_us: ir.IntegerValue, edges: Sequence[int]) -> ir.IntegerValue:
    """Number of the disjoint age bucket: 0 within edges[0] days, …, len(edges) beyond all."""
    number: ir.IntegerValue = ibis.literal(0)
    for edge in edges:
        number = number + (~in_window(age_us, edge)).cast("int8")
    return number


def period(age_us: ir.IntegerValue) -> ir.IntegerValue:
    """Number of the 30-day period before as_of: 0 is the newest, [as_of - 30 d, as_of)."""
    return (age_us - 1) // (PERIOD_DAYS * DAY_US)


def day_number(age_us: ir.IntegerValue) -> ir.IntegerValue:
    """Number of the day before as_of: 0 is the newest, [as_of - 1 d, as_of)."""
    return (age_us - 1) // DAY_US


def in_days(age_us: ir.IntegerValue) -> ir.FloatingValue:
    """Microseconds as days."""
    return age_us / float(DAY_US)


def days_earlier(instant: ir.TimestampValue, days: int | ir.IntegerValue) -> ir.TimestampValue:
    """`instant` less whole days of 24 hours."""
    if isinstance(days, int):
        return instant - ibis.interval(days=days)
    return instant - days.as_interval("D")


def is_ahead(
    as_of: ir.TimestampValue, occurred_at: ir.TimestampValue, days: int
) -> ir.BooleanValue:
    """True where as_of <= occurred_at < as_of + days: the label's side."""
    return (occurred_at >= as_of) & (occurred_at < as_of + ibis.interval(days=days))


def days_later(instant: ir.TimestampValue, days: int) -> ir.TimestampValue:
    """`instant` plus whole days of 24 hours."""
    return instant + ibis.interval(days=days)


def is_observed(
    as_of: ir.TimestampValue, days: int, data_end: ir.TimestampValue
) -> ir.BooleanValue:
    """True where as_of + days <= data_end: the whole label window is in the data."""
    return days_later(as_of, days) <= data_end


def day_after(instant: ir.TimestampValue) -> ir.TimestampValue:
    """The first midnight after `instant`: the end of its day."""
    return instant.truncate("D") + ibis.interval(days=1)


def following_midnight(instant: datetime) -> datetime:
    """The first midnight after `instant`: the end of its day."""
    return midnight(instant) + timedelta(days=1)


def midnight(instant: datetime) -> datetime:
    """The start of the instant's day."""
    return datetime(instant.year, instant.month, instant.day)


def last_covered(stated_at: ir.TimestampValue) -> ir.TimestampValue:
    """The last instant that a statement covers: what occurred before it."""
    return stated_at - ibis.interval(microseconds=1)


def stated_from(stated_at: ir.TimestampValue, known_at: ir.TimestampValue) -> ir.TimestampValue:
    """The instant after which a statement holds: `is_stated` is where this < as_of."""
    return ibis.greatest(last_covered(stated_at), known_at)


def require_whole_microseconds(instants: "pd.Series[pd.Timestamp]") -> "pd.Series[pd.Timestamp]":
    """Naive UTC instants at the ledger's precision. Raises FeatureError on anything else."""
    if not pd.api.types.is_datetime64_dtype(instants):
        raise FeatureError(
            f"spine: as_of has type {instants.dtype}; expected naive timestamps that mean UTC. "
            "Convert with src.core.time.naive_utc."
        )
    return instants.astype("datetime64[us]")
