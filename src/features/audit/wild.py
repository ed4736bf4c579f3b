"""Wild values: what a column could say, and is most unlikely to say already.

They differ from row to row, so that shares and ratios move as well as sums, and stay small enough
that no whole number overflows.
"""

from datetime import timedelta

import ibis
import ibis.expr.types as ir

from src.core.ledger import EVENT_TIME
from src.core.schemas import TABLES, Column

# Where a row belongs, which thing it is a version of, and when it is so.
_PLACES = ("customer_id", "account_id", "product_id", "source", "known_at", "known_until")
_ERA = timedelta(days=3700)
_STRIDE = 997


def wild_amounts(table: str, rows: ir.Table) -> ir.Table:
    """The rows with other amounts, and all that decides which features they count for as it was."""
    columns = [c for c in _telling(table) if c.type in ("integer", "number") and c.high is None]
    return rows.mutate(**{c.name: _wild(c, rows, table) for c in columns})


def wild_contents(table: str, rows: ir.Table) -> ir.Table:
    """The rows with everything else that they tell."""
    return rows.mutate(**{c.name: _wild(c, rows, table) for c in _telling(table)})


def number_of(table: str, rows: ir.Table) -> ir.IntegerValue:
    """A number from 0 to 996 that follows from the row's key."""
    return (key_text(table, rows).hash() % _STRIDE).abs()


def key_text(table: str, rows: ir.Table, salt: str = "") -> ir.StringValue:
    """The version's key as one text that starts with `salt`."""
    parts = [rows[name].cast("string").fill_null("") for name in TABLES[table].version_key]
    return ibis.literal("|").join([ibis.literal(salt), *parts])


def _telling(table: str) -> list[Column]:
    fixed = {*TABLES[table].key, *_PLACES, EVENT_TIME.get(table, "")}
    return [column for column in TABLES[table].columns if column.name not in fixed]


def _wild(column: Column, rows: ir.Table, table: str) -> ir.Value:
    value, number = rows[column.name], number_of(table, rows)
    if column.name == "imputed":
        return ibis.literal(",".join(c.name for c in TABLES[table].columns), type="string")
    if column.allowed:
        following = dict(
            zip(column.allowed, (*column.allowed[1:], column.allowed[0]), strict=True)
        )
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
