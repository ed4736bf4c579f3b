"""Exact money in SQL: whole numbers throughout, foreign currency by the last rate known before."""

from fractions import Fraction

import duckdb

from src.sources.mapping.entries import Entry, Money
from src.sources.mapping.mapping import SourceMapping
from src.sources.staging.session import literal

_SCALE = 10**6
# |amount| * _SCALE below this fits 64 bits with room for rounding.
_NARROW = 4 * 10**12
_WHOLE = 4 * 10**18
RATES = "rates_in_force"


def make_rates_in_force(connection: duckdb.DuckDBPyConnection) -> None:
    """Make rates_in_force (currency, since, rate) of the staged fx_rates: at each instant at which
    a rate became known, that of the latest day known then, in its latest version. A late
    correction of an old day does not take the place of a newer day's rate."""
    connection.execute(
        f"CREATE TABLE {RATES} AS SELECT currency, known_at AS since, "
        "arg_max(rate, row(date, known_at, _entry, _row)) OVER ("
        "PARTITION BY currency ORDER BY known_at) AS rate "
        "FROM stage_fx_rates WHERE _rule IS NULL AND NOT _cancels"
    )


def foreign_money(entry: Entry) -> Money | None:
    """The entry's money column in a currency that a column names; the first, if several."""
    found = [t.money for t in entry.columns.values() if t.money and t.money.currency]
    return found[0] if found else None


def rate_join(mapping: SourceMapping, main: str, money: Money) -> str:
    """JOIN that gives _rate, the last rate known before the instant, for rows in another currency
    than the base alone."""
    return (
        " LEFT JOIN (SELECT _frow, rate AS _rate FROM "
        f"(SELECT _row AS _frow, {money.currency} AS _ccy, {money.at} AS _at FROM {main} "
        f"WHERE {money.currency} <> {literal(mapping.base_currency)}) "
        f"ASOF JOIN {RATES} AS fx ON _ccy = fx.currency AND _at > fx.since) ON _row = _frow"
    )


def no_rate(mapping: SourceMapping, money: Money) -> str:
    """True where the amount needs a rate and none was known."""
    return f"coalesce({money.currency} <> {literal(mapping.base_currency)}, true) AND _rate IS NULL"


def money_sql(mapping: SourceMapping, money: Money) -> str:
    """Minor units of the base currency, rounded half to even once, at the end. Rates have six
    decimals."""
    amount = f"CAST({money.amount} AS DECIMAL(26,6))"
    factor = Fraction(money.unit) * 100 / _SCALE
    wide = f"CAST({amount} * {_SCALE} AS HUGEINT)"
    exact = f"half_even({wide} * {factor.numerator}, {factor.denominator}::HUGEINT)"
    plain = exact
    if factor.numerator == 1:
        narrow = f"half_even(CAST({amount} * {_SCALE} AS BIGINT), {factor.denominator}::BIGINT)"
        plain = f"CASE WHEN abs({amount}) < {_NARROW} THEN {narrow} ELSE {exact} END"
    times = Fraction(money.unit) * 100
    if times.denominator == 1:  # of whole amounts nothing is rounded; the type is known beforehand
        whole = f"CAST(({money.amount}) AS BIGINT)"
        plain = (
            f"CASE WHEN typeof({money.amount}) = 'BIGINT' AND abs({whole}) < "
            f"{_WHOLE // times.numerator} THEN {whole} * {times.numerator} ELSE {plain} END"
        )
    if money.currency is None:
        return plain
    rate = f"CAST(round(_rate * {_SCALE}) AS HUGEINT)"
    converted = (
        f"half_even({wide} * {factor.numerator} * {rate}, {_SCALE * factor.denominator}::HUGEINT)"
    )
    base = literal(mapping.base_currency)
    return f"CASE WHEN {money.currency} = {base} THEN {plain} ELSE {converted} END"
