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
    """Make rates_in_force (currency, since, digits, divisor) of the staged fx_rates: at each
    instant at which a rate became known, that of the latest day known then, in its latest version.
    A late correction of an old day does not take the place of a newer day's rate.

    The rate is digits / divisor, whole numbers: the shortest decimal number that reads back as the
    staged one, which is what was delivered if that had at most 15 significant digits.
    """
    connection.execute(
        f"CREATE TABLE {RATES} AS WITH in_force AS (SELECT currency, known_at AS since, "
        "CAST(arg_max(rate, row(date, known_at, _entry, _row)) OVER ("
        "PARTITION BY currency ORDER BY known_at) AS VARCHAR) AS rate "
        "FROM stage_fx_rates WHERE _rule IS NULL AND NOT _cancels), "
        # such as 7.1, 1.0 and 2.851234e-04
        "parts AS (SELECT currency, since, regexp_extract(rate, '^-?[0-9]+') AS whole, "
        "rtrim(regexp_extract(rate, '\\.([0-9]+)', 1), '0') AS decimals, "
        "coalesce(TRY_CAST(regexp_extract(rate, 'e(.+)$', 1) AS INTEGER), 0) AS power "
        "FROM in_force) "
        "SELECT currency, since, TRY_CAST(whole || decimals || "
        "repeat('0', power - length(decimals)) AS HUGEINT) AS digits, "
        "TRY_CAST('1' || repeat('0', length(decimals) - power) AS HUGEINT) AS divisor FROM parts"
    )


def foreign_money(entry: Entry) -> Money | None:
    """The entry's money column in a currency that a column names; the first, if several."""
    found = [t.money for t in entry.columns.values() if t.money and t.money.currency]
    return found[0] if found else None


def rate_join(mapping: SourceMapping, main: str, money: Money) -> str:
    """JOIN that gives _rate / _divisor, the last rate known before the instant, for rows in another
    currency than the base alone."""
    return (
        " LEFT JOIN (SELECT _frow, digits AS _rate, divisor AS _divisor FROM "
        f"(SELECT _row AS _frow, {money.currency} AS _ccy, {money.at} AS _at FROM {main} "
        f"WHERE {money.currency} <> {literal(mapping.base_currency)}) "
        f"ASOF JOIN {RATES} AS fx ON _ccy = fx.currency AND _at > fx.since) ON _row = _frow"
    )


def no_rate(mapping: SourceMapping, money: Money) -> str:
    """True where the amount needs a rate and none was known."""
    return f"coalesce({money.currency} <> {literal(mapping.base_currency)}, true) AND _rate IS NULL"


def money_sql(mapping: SourceMapping, money: Money) -> str:
    """Minor units of the base currency, rounded half to even once, at the end. NULL where the
    numbers on the way are beyond 38 digits."""
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
    converted = (
        f"TRY(half_even({wide} * {factor.numerator} * _rate, "
        f"{factor.denominator}::HUGEINT * _divisor))"
    )
    base = literal(mapping.base_currency)
    return f"CASE WHEN {money.currency} = {base} THEN {plain} ELSE {converted} END"
