"""Instructions on columns against plain Python, row by row."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from src.features.memory.machine.machine import INSTRUCTIONS, carry_out
from src.features.memory.machine.reading import copied, flagged, gathered
from src.features.memory.texts import Vocabulary

FLOATS = st.floats(width=64) | st.sampled_from([0.0, 0.5, -0.5, 1.5, 2.5, math.nan, math.inf])
NONE, SETS = np.zeros((2, 0), np.int64), np.array([[0, 1, 0]])
NO_TEXTS = Vocabulary().texts()


def run(name, *columns, out=1, extra=(), texts=NO_TEXTS):
    """The instruction's result columns, and whether it fits. Floats in, floats seen as bits."""
    rows = len(columns[0])
    cells = np.zeros((len(columns) + out, rows), np.int64)
    for place, column in enumerate(columns):
        cells[place] = np.asarray(column).view(np.int64)
    code = [*INSTRUCTIONS[name], len(columns), *range(len(columns)), *extra]
    fits = carry_out(np.array([(code + [0] * 6)[:6]]), NONE, SETS, texts, cells)
    return cells[len(columns) :], fits


def float_run(name, *columns):
    (found,), fits = run(name, *(np.array(column, float) for column in columns))
    assert fits
    return found.view(float)


@given(st.lists(st.tuples(FLOATS, FLOATS), min_size=1, max_size=9))
def test_nan_is_the_greatest_float_and_equal_to_itself(pairs):
    a, b = (np.array(column, float) for column in zip(*pairs, strict=True))

    def rank(x):
        return (1, 0.0) if math.isnan(x) else (0, x)

    for name, holds in (("lt_f", "__lt__"), ("le_f", "__le__"), ("eq_f", "__eq__")):
        (found,), _ = run(name, a, b)
        assert found.tolist() == [getattr(rank(x), holds)(rank(y)) for x, y in pairs]
    for name, pick in (("greatest_f", max), ("least_f", min)):
        expected = [pick(pair, key=rank) for pair in pairs]
        np.testing.assert_array_equal(float_run(name, a, b), expected)


def test_halves_are_rounded_away_from_zero_and_casts_to_the_even_one():
    numbers = [0.5, -0.5, 1.5, -2.5, 0.49999999999999994, 7.0]
    assert float_run("round_f", numbers).tolist() == [1.0, -1.0, 2.0, -3.0, 0.0, 7.0]
    assert float_run("nearest_f", numbers).tolist() == [0.0, -0.0, 2.0, -2.0, 0.0, 7.0]


def test_dividing_by_zero_gives_infinity_or_nan():
    np.testing.assert_array_equal(
        float_run("div_f", [1.0, -1.0, 0.0], [0.0, 0.0, 0.0]), [math.inf, -math.inf, math.nan]
    )


@pytest.mark.parametrize(
    ("name", "a", "b"), [("add_i", 2**63 - 1, 1), ("sub_i", -(2**63), 1), ("mul_i", 2**32, 2**32)]
)
def test_a_result_beyond_64_bits_does_not_fit(name, a, b):
    assert run(name, [1], [1])[1]
    assert not run(name, [a], [b])[1]


@pytest.mark.parametrize("sign", [1, -1])
def test_a_product_is_left_to_the_engine_from_2_to_the_62_on(sign):
    """Floats judge the size: a bit before 64 bits are full, no rounding of theirs can hide it."""
    assert not run("mul_i", [sign * 2**31], [2**31])[1]
    (found,), fits = run("mul_i", [sign * (2**31 - 1)], [2**31])
    assert fits and found.tolist() == [sign * (2**62 - 2**31)]


@given(st.lists(st.integers(1 - 2**31, 2**31 - 1), min_size=1), st.integers(1 - 2**31, 2**31 - 1))
def test_whole_numbers_are_computed_exactly(numbers, other):
    others = [other] * len(numbers)
    for name, make in (
        ("add_i", lambda x, y: x + y),
        ("sub_i", lambda x, y: x - y),
        ("mul_i", lambda x, y: x * y),
        ("greatest_i", max),
        ("least_i", min),
        ("le_i", lambda x, y: x <= y),
    ):
        (found,), fits = run(name, numbers, others)
        assert fits and found.tolist() == [make(x, y) for x, y in zip(numbers, others, strict=True)]


def test_a_choice_takes_floats_bit_by_bit():
    (found,), _ = run("choice", [1, 0], np.array([-0.0, 1.0]), np.array([2.0, math.nan]))
    assert found.view(float).tobytes() == np.array([-0.0, math.nan]).tobytes()


def test_a_code_beyond_the_known_ones_is_in_no_set():
    (found,), _ = run("lookup", [0, 1, 2, 99], extra=(0,))
    assert found.tolist() == [0, 1, 0, 0]


def test_a_text_is_searched_for_its_part_by_their_codes():
    vocabulary = Vocabulary()
    texts = vocabulary.codes(["age,income", "income", "incomes", None])
    separator, part = vocabulary.codes([",", "income"])
    (found,), _ = run("has_part", texts, extra=(separator, part), texts=vocabulary.texts())
    assert found.tolist() == [1, 1, 0, 0]


@given(st.floats(-1e30, 1e30))
def test_a_float_becomes_a_whole_number_only_where_it_fits_and_is_there(number):
    number = float(int(number))
    found, fits = run("f_to_i", np.array([number]), [1])
    assert fits == (abs(number) < 2**63)
    assume(fits)
    assert found.tolist() == [[int(number)]]
    assert run("f_to_i", np.array([math.nan]), [0])[1]


def test_the_logarithm_is_the_c_librarys_and_there_is_none_of_zero():
    numbers = np.exp(np.linspace(-30, 30, 999))
    (found,), fits = run("ln_f", numbers, np.ones(999, np.int64))
    assert fits and found.view(float).tolist() == [math.log(number) for number in numbers]
    assert not run("ln_f", np.array([0.0]), [1])[1]
    assert run("ln_f", np.array([0.0]), [0])[1]


def test_columns_are_gathered_by_rows_with_zero_for_none_and_copied_behind_others():
    source, into = np.array([[1, 2, 3], [4, 5, 6]]), np.full((2, 4), 9)
    gathered(source, np.array([1]), np.array([2, -1, 0, 0]), into, np.array([0]))
    copied(source, np.array([0]), into, np.array([1]), 1)
    assert into.tolist() == [[6, 0, 4, 4], [9, 1, 2, 3]]
    flagged(np.array([2, -1, 0, 0]), into, 0)
    assert into[0].tolist() == [1, 0, 1, 1]
