"""The audit's own clock. It says again what src/features/windows.py says, on purpose: an audit that
borrowed those comparisons would share their faults.
"""

from datetime import datetime, timedelta

import ibis
import ibis.expr.types as ir
from duckdb import DuckDBPyConnection

from src.core.ledger import EVENT_TIME

INSTANT = timedelta(microseconds=1)
_VARIABLE = "audit_as_of"


@ibis.udf.scalar.builtin(signature=(("string",), "timestamp(6)"))  # type: ignore[untyped-decorator]
def getvariable(variable: str) -> datetime:
    """The engine's variable of that name."""
    raise NotImplementedError


def set_as_of(engine: DuckDBPyConnection, as_of: datetime) -> None:
    """Let the engine take `as_of` for the instant that all other functions here speak of."""
    engine.execute(f"SET VARIABLE {_VARIABLE} = TIMESTAMP '{as_of}'")


def as_of(off: timedelta = timedelta()) -> ir.TimestampValue:
    """The instant under audit, or `off` it: a name, so that one compiled change serves them all."""
    instant: ir.TimestampValue = getvariable(_VARIABLE)
    return instant + duration(off) if off else instant


def duration(length: timedelta) -> ir.IntervalScalar:
    """A length of time to the microsecond."""
    whole = (length.days * 86_400 + length.seconds) * 1_000_000 + length.microseconds
    return ibis.interval(microseconds=whole)


def happened(table: str, rows: ir.Table) -> ir.BooleanValue:
    """True where what the row tells lies before as_of. A statement tells of what was before it;
    customers and products have no time of their own."""
    if table not in EVENT_TIME:
        return ibis.literal(True)
    told = rows[EVENT_TIME[table]]
    return told <= as_of() if table == "balances" else told < as_of()


def is_past(table: str, rows: ir.Table) -> ir.BooleanValue:
    """True where a feature at as_of may depend on the row, whether it still stood or not."""
    return happened(table, rows) & (rows.known_at < as_of())


def closed_before(rows: ir.Table) -> ir.BooleanValue:
    """True where as_of may know that the version was closed."""
    return (rows.known_until < as_of()).fill_null(False)


def stands_beyond(rows: ir.Table, instant: ir.TimestampValue) -> ir.BooleanValue:
    """True where the version was known before the instant and is not closed by then."""
    return (rows.known_at < instant) & (rows.known_until > instant).fill_null(True)
