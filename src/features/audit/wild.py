"""Wild values: what a column could say, and is most unlikely to say already.

They differ from row to row, so that shares and ratios move as well as sums, and stay small enough
that no whole number overflows.
"""

from collections.abc import Callable
from datetime import timedelta

import ibis
import ibis.expr.types as ir

from src.core.ledger import EVENT_TIME
from src.core.schemas import TABLES, Column

# Where a row belongs, which thing it is a version of, and when it is so.
_PLACES = ("customer_id", "account_id", "product_id", "source", "known_at", "known_until")
_ERA = timedelta(days=3700)
_STRIDE = 997
_NUMERIC = ("integer", "number")


def wild_amounts(table: str, rows: ir.Table) -> ir.Table:
    """The rows with other amounts, and all that decides which features they count for as it was."""
    return _wild(table, rows, lambda column: column.type in _NUMERIC and column.high is None)


def wild_contents(table: str, rows: ir.Table) -> ir.Table:
    """The rows with everything else that they tell."""
    return _wild(table, rows, lambda _: True)


def hashed(table: str, rows: ir.Table, salt: str = "") -> ir.IntegerValue:
    """A number that follows from the version's key and the salt."""
    parts = [rows[name].cast("string").fill_null("") for name in TABLES[table].version_key]
    return ibis.literal("|").join([ibis.literal(salt), *parts]).hash()


def _wild(table: str, rows: ir.Table, is_chosen: Callable[[Column], bool]) -> ir.Table:
    fixed = {*TABLES[table].key, *_PLACES, EVENT_TIME.get(table, "")}
    told = [c for c in TABLES[table].columns if c.name not in fixed and is_chosen(c)]
    numbered = rows.mutate(number_=(hashed(table, rows) % _STRIDE).abs())
    return numbered.mutate(**{c.name: _other(c, numbered, table) for c in told}).drop("number_")


def _other(column: Column, rows: ir.Table, table: str) -> ir.Value:
    value, number = rows[column.name], rows.number_
    if column.name == "imputed":
        return ibis.literal(",".join(c.name for c in TABLES[table].columns), type="string")
    if column.allowed:
        following = dict(zip(column.allowed, (*column.allowed[1:], column.allowed[0]), strict=True))
        return value.substitute(following, else_=value)
    if column.type == "string":
        first, last = value.min().over(ibis.window()), value.max().over(ibis.window())
        return ibis.ifelse(value == last, first, last)
    if column.type == "time":
        return value - ibis.interval(days=_ERA.days) - number.as_interval("D")
    if column.low is not None and column.high is not None:
        return _next_level(column, value)
    if column.low is not None:
        return value * (2 + number % 7)
    sign = ibis.ifelse(value < 0, -1, 1)
    if column.type == "integer":
        return value * 3 + sign * (100_003 + 1009 * number)
    return value * 3.0 + sign * (7.0 + number)


def _next_level(column: Column, value: ir.NumericValue) -> ir.NumericValue:
    """The next of the whole levels from low to high, and the lowest after the highest."""
    assert column.low is not None and column.high is not None
    low, levels = int(column.low), int(column.high - column.low) + 1
    following = low + (value.fill_null(low).cast("int64") - low + 1) % levels
    return following.cast("float64" if column.type == "number" else "int64")
