"""Numbers read as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.explain.wording import format_value, plain

UNITS = ["money", "count", "days", "years", "share", "ratio", "level", "grade", "flag"]


@pytest.mark.parametrize(
    ("value", "unit", "zh", "en"),
    [
        (1234567.8, "money", "1,234,568 元", "CNY 1,234,568"),
        (12.5, "money", "12.5 元", "CNY 12.5"),
        (-5000.0, "money", "-5,000 元", "CNY -5,000"),
        (0.0, "money", "0 元", "CNY 0"),
        (0.1234, "share", "12.3%", "12.3%"),
        (1.0, "share", "100%", "100%"),
        (1.0, "days", "1 天", "1 day"),
        (0.0, "days", "0 天", "0 days"),
        (1.5, "years", "1.5 年", "1.5 years"),
        (12345.0, "count", "12,345", "12,345"),
        (1.234, "ratio", "1.23", "1.23"),
        (2.0, "level", "2", "2"),
        (2.25, "grade", "2.2", "2.2"),
        (1.0, "flag", "是", "yes"),
        (0.0, "flag", "否", "no"),
    ],
)
def test_each_unit_has_its_form(value, unit, zh, en):
    wording = format_value(value, unit, "CNY")
    assert (wording.zh, wording.en) == (zh, en)


def test_another_currency_keeps_its_code():
    wording = format_value(30000.0, "money", "CZK")
    assert (wording.zh, wording.en) == ("30,000 CZK", "CZK 30,000")


def test_money_without_a_currency_is_a_plain_number():
    assert format_value(30000.0, "money").en == "30,000"


@pytest.mark.parametrize("unit", UNITS)
def test_nan_is_unknown_in_every_unit(unit):
    wording = format_value(float("nan"), unit, "CNY")
    assert (wording.zh, wording.en) == ("未知", "unknown")


@given(st.floats(allow_nan=True), st.sampled_from(UNITS))
def test_every_number_has_a_text_without_a_negative_zero(value, unit):
    wording = format_value(value, unit, "CNY")
    assert wording.zh.strip()
    assert "nan" not in wording.zh
    assert wording.en not in ("-0", "-0%", "CNY -0", "-0 days")
    assert "nan" not in wording.en


@given(st.integers(-(10**9), 10**9), st.integers(0, 4))
def test_whole_numbers_have_no_decimals_and_read_back(number, decimals):
    assert int(plain(float(number), decimals).replace(",", "")) == number
