"""Money is exact: minor units out of decimal amounts, never through floats."""

from decimal import Decimal, InvalidOperation

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.core.money import to_minor, to_units

MINOR = st.integers(-(2**62), 2**62)


@given(MINOR)
def test_minor_to_units_and_back_is_the_same(minor):
    assert to_minor(to_units(minor)) == minor
    assert to_minor(str(to_units(minor))) == minor


@given(st.lists(MINOR, max_size=50))
def test_sums_agree_to_the_last_cent_in_every_order(amounts):
    assert to_minor(sum((to_units(a) for a in amounts), Decimal(0))) == sum(amounts)


@given(st.integers(-(10**12), 10**12))
def test_whole_units_are_a_hundred_minor(units):
    assert to_minor(units) == 100 * units


@given(st.decimals(-(10**12), 10**12, allow_nan=False, places=6))
def test_rounding_is_to_the_nearest_cent_and_symmetric(amount):
    assert abs(Decimal(to_minor(amount)) - amount * 100) <= Decimal("0.5")
    assert to_minor(-amount) == -to_minor(amount)


@pytest.mark.parametrize(
    ("text", "minor"),
    [("0.005", 0), ("0.015", 2), ("0.025", 2), ("-0.005", 0), ("1e3", 100_000), ("12.345", 1234)],
)
def test_half_a_cent_goes_to_the_even_neighbour(text, minor):
    assert to_minor(text) == minor


@pytest.mark.parametrize("text", ["", "12,50", "abc"])
def test_text_that_is_no_amount_is_refused(text):
    with pytest.raises(InvalidOperation):
        to_minor(text)


@pytest.mark.parametrize("text", ["NaN", "Infinity"])
def test_amounts_that_are_no_numbers_are_refused(text):
    with pytest.raises((ValueError, OverflowError, InvalidOperation)):
        to_minor(text)
