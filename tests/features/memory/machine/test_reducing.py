"""Aggregates of groups against plain Python."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.features.memory.machine.reducing import NAMES, reduced
from src.features.memory.texts import Vocabulary
from tests.features.memory.machine.test_wide import halves, whole

GROUPS = st.lists(
    st.lists(st.tuples(st.integers(-9, 9), st.booleans()), max_size=6), min_size=1, max_size=4
)
NO_TEXTS = Vocabulary().texts()


def reduce(name, groups, *columns, texts=NO_TEXTS):
    """The aggregate of each group of the rows as they stand; columns as whole numbers."""
    bounds = np.cumsum([0, *map(len, groups)])
    cells = np.array(columns, np.int64).reshape(len(columns), -1)
    out = np.full((2, len(groups)), 77)
    code = np.array([[NAMES.index(name), 0, 0, 1, 2]])
    return out, reduced(code, cells, np.arange(bounds[-1]), bounds, out, texts)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("rows", len),
        ("least_i", lambda g: min((x for x, there in g if there), default=0)),
        ("greatest_i", lambda g: max((x for x, there in g if there), default=0)),
        ("different", lambda g: len({x for x, there in g if there})),
        ("sum_i", lambda g: sum(x for x, _ in g)),
    ],
)
@given(groups=GROUPS)
def test_each_group_has_its_own_number(name, expected, groups):
    rows = [row for group in groups for row in group]
    out, fits = reduce(name, groups, [x for x, _ in rows], [there for _, there in rows])
    assert fits and out[0].tolist() == [expected(group) for group in groups]


@pytest.mark.parametrize(("name", "expected"), [("count", sum), ("any", any), ("all", all)])
@given(groups=GROUPS)
def test_truths_are_counted(name, expected, groups):
    truths = [[there for _, there in group] for group in groups]
    out, _ = reduce(name, groups, [there for group in truths for there in group])
    assert out[0].tolist() == [expected(group) for group in truths]


@given(st.lists(st.integers(-(2**120), 2**120), min_size=1, max_size=6))
def test_wide_sums_and_extremes_are_exact(numbers):
    low, high = zip(*map(halves, numbers), strict=True)
    out, fits = reduce("sum_w", [numbers], low, high)
    assert fits and whole(out[:, 0]) == sum(numbers)
    code = np.array([[NAMES.index("least_w"), 0, 0, 2, 0], [NAMES.index("greatest_w"), 2, 0, 2, 0]])
    cells, out = np.array([low, high, [1] * len(low)]), np.zeros((4, 1), np.int64)
    assert reduced(code, cells, np.arange(len(low)), np.array([0, len(low)]), out, NO_TEXTS)
    assert whole(out[:2, 0]) == min(numbers) and whole(out[2:, 0]) == max(numbers)


def test_a_wide_sum_beyond_128_bits_does_not_fit():
    low, high = zip(*map(halves, [2**126, 2**126]), strict=True)
    assert not reduce("sum_w", [[0, 0]], low, high)[1]


def test_nan_is_the_greatest_float_of_a_group():
    floats = np.array([1.0, math.nan, -2.0]).view(np.int64)
    for name, expected in (("greatest_f", math.nan), ("least_f", -2.0)):
        out, _ = reduce(name, [[0, 0, 0]], floats, [1, 1, 1])
        np.testing.assert_array_equal(out[0].view(float), [expected])


@given(st.lists(st.lists(st.none() | st.text(max_size=3), max_size=5), min_size=1, max_size=3))
def test_the_greatest_text_of_a_group_is_that_of_its_characters(groups):
    vocabulary = Vocabulary()
    rows = [text for group in groups for text in group]
    columns = vocabulary.codes(rows), [text is not None for text in rows]
    out, _ = reduce("greatest_text", groups, *columns, texts=vocabulary.texts())
    greatest = [max((text for text in group if text is not None), default=None) for group in groups]
    assert out[0].tolist() == vocabulary.codes(greatest).tolist()


@given(GROUPS)
def test_the_value_beside_the_greatest_key_is_that_of_the_first(groups):
    rows = [row for group in groups for row in group]
    numbers = list(range(1, len(rows) + 1))
    out, _ = reduce("arg_greatest", groups, numbers, [x for x, _ in rows], [t for _, t in rows])
    begin = 0
    for group, found in zip(groups, out[0].tolist(), strict=True):
        best = max((x for x, there in group if there), default=None)
        places = [n for n, (x, there) in enumerate(group) if there and x == best]
        assert found == (numbers[begin + places[0]] if places else 0)
        begin += len(group)
