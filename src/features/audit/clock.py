"""The audit's own clock. It says again what src/features/windows.py says, on purpose: an audit that
borrowed those comparisons would share their faults.
"""

from datetime import datetime, timedelta

import ibis
import ibis.expr.types as ir

from src.core.ledger import EVENT_TIME

INSTANT = timedelta(microseconds=1)


def at(instant: datetime) -> ir.TimestampValue:
    """A fixed instant at the ledger's precision."""
    return ibis.literal(instant, type="timestamp(6)")


def microsecond() -> ir.IntervalScalar:
    """The ledger's precision."""
    return ibis.interval(microseconds=1)


def happened(table: str, rows: ir.Table, as_of: datetime) -> ir.BooleanValue:
    """True where what the row tells lies before as_of. A statement tells of what was before it;
    customers and products have no time of their own."""
    if table not in EVENT_TIME:
        return ibis.literal(True)
    told = rows[EVENT_TIME[table]]
    return told <= at(as_of) if table == "balances" else told < at(as_of)


def was_known(rows: ir.Table, as_of: datetime) -> ir.BooleanValue:
    """True where the row was known before as_of, whether it still stood or not."""
    return rows.known_at < at(as_of)


def is_past(table: str, rows: ir.Table, as_of: datetime) -> ir.BooleanValue:
    """True where a feature at as_of may depend on the row."""
    return happened(table, rows, as_of) & was_known(rows, as_of)


def closed_before(rows: ir.Table, as_of: datetime) -> ir.BooleanValue:
    """True where as_of may know that the version was closed."""
    return (rows.known_until < at(as_of)).fill_null(False)


def stands_beyond(rows: ir.Table, instant: datetime) -> ir.BooleanValue:
    """True where the version was known before the instant and is not closed by then."""
    return was_known(rows, instant) & (rows.known_until > at(instant)).fill_null(True)
