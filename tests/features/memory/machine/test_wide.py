"""Numbers of 128 bits against Python's own."""

from hypothesis import given
from hypothesis import strategies as st

from src.features.memory.machine import wide

NUMBERS = st.integers(-(2**126), 2**126) | st.integers(-(2**70), 2**70) | st.integers(-9, 9)
SMALL = st.integers(-(2**62), 2**62)


def halves(number):
    low, high = number & (2**64 - 1), number >> 64
    return low - 2**64 if low >= 2**63 else low, high


def whole(pair):
    low, high = pair
    return (int(high) << 64) + (int(low) & (2**64 - 1))


@given(NUMBERS, NUMBERS)
def test_sums_and_differences_are_exact(a, b):
    assert whole(wide.add(*halves(a), *halves(b))) == a + b
    assert whole(wide.add(*halves(a), *wide.negative(*halves(b)))) == a - b


@given(SMALL, SMALL)
def test_products_of_64_bits_are_exact(a, b):
    assert whole(wide.multiply(*halves(a), *halves(b))) == a * b


@given(NUMBERS, st.integers(-(2**70), 2**70))
def test_products_are_exact_modulo_two_to_the_128th(a, b):
    assert (whole(wide.multiply(*halves(a), *halves(b))) - a * b) % 2**128 == 0


@given(NUMBERS, NUMBERS)
def test_numbers_compare_as_pythons_do(a, b):
    assert wide.less(*halves(a), *halves(b)) == (a < b)


@given(st.integers(0, 2**64 - 1))
def test_an_unsigned_half_becomes_the_nearest_float(a):
    assert wide.unsigned(halves(a)[0]) == float(a)


@given(NUMBERS)
def test_a_number_becomes_the_double_that_duckdb_makes_of_its_halves(a):
    low, high = a & (2**64 - 1), a >> 64
    expected = -float(2**64 - 1 - low) - 1.0 if high == -1 else float(low) + float(high) * 2.0**64
    assert wide.to_float(*halves(a)) == expected


@given(st.floats(-(2.0**125), 2.0**125).map(lambda x: float(int(x))))
def test_a_float_without_fraction_becomes_the_same_number(a):
    assert whole(wide.from_float(a)) == int(a)


@given(st.integers(-(2**127), 2**127 - 1), st.integers(-(2**127), 2**127 - 1))
def test_a_sum_that_does_not_fit_is_told(a, b):
    (_, a1), (_, b1) = halves(a), halves(b)
    _, high = wide.add(*halves(a), *halves(b))
    assert wide.overflows(a1, b1, high) == (not -(2**127) <= a + b < 2**127)
