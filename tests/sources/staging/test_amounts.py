"""Money is converted with every digit of the rate, exactly, and rounded once."""

import copy
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

import duckdb
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from src.sources.mapping.entries import Money
from src.sources.staging.amounts import RATES, make_rates_in_force, money_sql
from src.sources.staging.session import _HALF_EVEN
from tests.support.sources.integration import integrate_into
from tests.support.sources.one_file import mapping_of
from tests.support.sources.tiny import MAPPING, PEOPLE

VND = "0.0002851234"
LEAST = "0.0000004"
MAPPED = mapping_of({"f": {"path": "f.csv", "columns": {"amount": "decimal"}}})


@pytest.fixture(scope="module")
def session():
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(_HALF_EVEN)
        connection.execute(
            "CREATE TABLE stage_fx_rates (currency VARCHAR, date TIMESTAMP, rate DOUBLE, "
            "known_at TIMESTAMP, _entry INTEGER, _row BIGINT, _rule VARCHAR, _cancels BOOLEAN)"
        )
        yield connection


def converted(session, amount, rate, unit="1"):
    """The amount in minor units at a rate that came as this text."""
    session.execute(f"DROP TABLE IF EXISTS {RATES}")
    session.execute("DELETE FROM stage_fx_rates")
    session.execute(
        "INSERT INTO stage_fx_rates VALUES ('VND', DATE '2021-01-01', CAST(? AS DOUBLE), "
        "DATE '2021-01-01', 0, 1, NULL, false)",
        [rate],
    )
    make_rates_in_force(session)
    sql = money_sql(MAPPED, Money(amount="amount", unit=unit, currency="ccy", at="at"))
    rows = session.execute(
        f"SELECT {sql} FROM (SELECT CAST(? AS DECIMAL(26,6)) AS amount, 'VND' AS ccy, "
        f"digits AS _rate, divisor AS _divisor FROM {RATES})",
        [amount],
    )
    return rows.fetchall()[0][0]


def exactly(amount, rate, unit="1"):
    """The slow oracle: fractions throughout, half to even."""
    return round(Fraction(amount) * Fraction(rate) * Fraction(unit) * 100)


def test_a_rate_of_many_digits_keeps_them(session):
    assert converted(session, "1000000000", VND) == 28_512_340
    assert converted(session, "1000000000", LEAST) == 40_000
    assert converted(session, "-1000000000", LEAST) == -40_000


RATES_OF_15_DIGITS = st.builds(
    lambda digits, power: str(Decimal(digits).scaleb(power)),
    st.integers(1, 10**15 - 1),
    st.integers(-18, 3),
)
AMOUNTS = st.decimals(min_value=-(10**9), max_value=10**9, places=6)


@given(AMOUNTS.map(str), RATES_OF_15_DIGITS, st.sampled_from(["1", "0.01", "0.001", "1000"]))
def test_conversion_is_exact_for_every_rate_of_fifteen_digits(session, amount, rate, unit):
    right = exactly(amount, rate, unit)
    if abs(right) < 2**63:
        assert converted(session, amount, rate, unit) == right


@given(AMOUNTS.map(str), st.integers(1, 10**12).map(lambda n: f"{Decimal(n) / 10**6:f}"))
def test_a_rate_of_six_decimals_converts_as_it_did(session, amount, rate):
    """By the formula before: the rate in millionths."""
    micro = (Decimal(rate) * 10**6).to_integral_value()
    wide = Fraction(amount) * 10**6 * int(micro) * 100 / 10**12
    assert converted(session, amount, rate) == round(wide)


@pytest.mark.parametrize("kind", ["decimal", "number"])
@pytest.mark.parametrize(
    ("rate", "minor"), [(VND, 28_512_340), (LEAST, 40_000), ("0.000285123456789", 28_512_346)]
)
def test_the_ledger_holds_the_rate_as_delivered_and_amounts_by_all_its_digits(
    tmp_path, kind, rate, minor
):
    content = copy.deepcopy(MAPPING) | {"base_currency": "CNY"}
    content["files"]["rates"]["columns"]["rate"] = kind
    content["tables"]["transactions"][0]["reject"] = {}
    path = tmp_path / "tiny.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    (tmp_path / "people.csv").write_text(PEOPLE, encoding="utf-8")
    (tmp_path / "rates.csv").write_text(f"currency,day,rate\nVND,2021-01-01,{rate}\n", "utf-8")
    (tmp_path / "moves.csv").write_text(
        "no;person;moment;what;amount;currency\n1;A;2021-01-05 00:00:00;IN;1000000000;VND\n",
        encoding="utf-8",
    )
    integrate_into(path, tmp_path, tmp_path)
    with duckdb.connect() as connection:
        moves = f"FROM read_parquet('{tmp_path}/ledger/transactions.parquet') SELECT amount_minor"
        assert connection.execute(moves).fetchall() == [(minor,)]
        rates = f"FROM read_parquet('{tmp_path}/ledger/fx_rates.parquet') SELECT rate"
        (found,) = [r for (r,) in connection.execute(f"{rates} WHERE currency = 'VND'").fetchall()]
    assert Decimal(repr(found)) == Decimal(rate)
    assert minor == int((Decimal(rate) * 10**11).to_integral_value(ROUND_HALF_EVEN))
