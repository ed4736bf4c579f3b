"""Joins and groups against nested loops."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.features.memory.machine.joining import HOW, by_time, joined, kept_pairs, latest
from src.features.memory.machine.sorting import grouped

ROWS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.booleans()), max_size=8)
KEYS, THERE, NO_KEYS = np.array([0, 1]), np.array([2]), np.empty(0, np.int64)


def cells(rows):
    return np.array(rows, np.int64).reshape(-1, 3).T.copy()


def expected(how, left, matches):
    """Pairs of an inner join `matches` as the other kinds of join have them."""
    if how == "inner":
        return matches
    with_one = {i for i, _ in matches}
    if how == "left":
        return sorted(matches + [(i, -1) for i in range(len(left)) if i not in with_one])
    return [(i, -1) for i in range(len(left)) if (i in with_one) == (how == "semi")]


@pytest.mark.parametrize("how", HOW)
@given(left=ROWS, right=ROWS)
def test_rows_are_paired_where_both_have_equal_keys(how, left, right):
    found = joined(HOW.index(how), cells(left), KEYS, THERE, cells(right), KEYS, THERE)
    matches = [
        (i, j)
        for i, a in enumerate(left)
        for j, b in enumerate(right)
        if a[:2] == b[:2] and a[2] and b[2]
    ]
    assert list(zip(*map(list, found), strict=True)) == expected(how, left, matches)


@given(ROWS, ROWS)
def test_without_keys_every_row_meets_every_other(left, right):
    at = joined(0, cells(left), NO_KEYS, NO_KEYS, cells(right), NO_KEYS, NO_KEYS)
    assert len(at[0]) == len(left) * len(right)


@pytest.mark.parametrize("how", HOW)
@given(left=ROWS, right=ROWS, seed=st.integers(0, 9))
def test_pairs_are_kept_where_a_condition_holds(how, left, right, seed):
    at = joined(0, cells(left), KEYS, NO_KEYS, cells(right), KEYS, NO_KEYS)
    holds = np.random.default_rng(seed).integers(0, 2, len(at[0]))
    found = kept_pairs(HOW.index(how), len(left), *at, holds)
    matches = [(i, j) for i, j, holding in zip(*map(list, at), holds, strict=True) if holding]
    assert list(zip(*map(list, found), strict=True)) == expected(how, left, matches)


@given(ROWS, ROWS, st.booleans())
def test_the_latest_row_of_the_key_before_the_instant_is_found(left, right, inclusive):
    known = by_time(cells(right), 0, 1, THERE)
    found = latest(cells(left), 0, 1, THERE, cells(right), 0, 1, known, inclusive)
    for (key, instant, there), place in zip(left, found.tolist(), strict=True):
        times = [
            time
            for other, time, is_known in right
            if there and is_known and other == key and time < instant + inclusive
        ]
        assert (place >= 0) == bool(times)
        if times:
            assert right[place][0] == key and right[place][1] == max(times) and right[place][2]


@given(ROWS)
def test_rows_with_equal_keys_make_a_group(rows):
    places, bounds = grouped(cells(rows), KEYS)
    parts = [places[a:b].tolist() for a, b in pairwise(bounds)]
    keys = sorted({row[:2] for row in rows})
    assert parts == [[n for n, row in enumerate(rows) if row[:2] == key] for key in keys]


@pytest.mark.parametrize("rows", [[], [(1, 2, True)] * 3])
def test_without_keys_all_rows_are_one_group_even_none(rows):
    places, bounds = grouped(cells(rows), NO_KEYS)
    assert bounds.tolist() == [0, len(rows)] and places.tolist() == list(range(len(rows)))
