"""Instants are naive and mean UTC; months are whole."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.core.time import add_months, month_starts, naive_utc, utc

INSTANTS = st.datetimes(datetime(1950, 1, 1), datetime(2100, 12, 31))
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))


@given(INSTANTS)
def test_a_naive_instant_is_utc_already(instant):
    assert naive_utc(instant) == instant
    assert utc(instant.isoformat()) == instant


@given(INSTANTS, ZONES)
def test_a_zone_changes_the_writing_and_not_the_instant(instant, zone):
    elsewhere = instant.replace(tzinfo=UTC).astimezone(zone)
    assert naive_utc(elsewhere) == instant
    assert naive_utc(elsewhere).tzinfo is None


@pytest.mark.parametrize("text", ["yesterday", "2024-13-01", ""])
def test_text_that_is_no_instant_is_a_value_error(text):
    with pytest.raises(ValueError, match=r"."):
        utc(text)


@given(INSTANTS, st.integers(0, 2000), st.integers(1, 12))
def test_month_starts_are_first_midnights_within_the_bounds_and_evenly_apart(first, days, every):
    last = first + timedelta(days=days)
    starts = month_starts(first, last, every)
    assert all(s.day == 1 and s.time() == datetime.min.time() for s in starts)
    assert all(first <= s <= last for s in starts)
    assert all(add_months(a, every) == b for a, b in pairwise(starts))
    if starts:
        assert starts[0] - timedelta(days=31) < first
        assert add_months(starts[-1], every) > last


@given(INSTANTS, st.integers(0, 400))
def test_month_starts_equal_a_walk_over_every_day(first, days):
    last = first + timedelta(days=days)
    day = datetime(first.year, first.month, first.day)
    walked = []
    while day <= last:
        if day.day == 1 and day >= first:
            walked.append(day)
        day += timedelta(days=1)
    assert month_starts(first, last) == walked


@pytest.mark.parametrize("every", [0, -1])
def test_a_step_of_no_months_is_refused(every):
    with pytest.raises(ValueError, match=f"positive number of months, found {every}"):
        month_starts(datetime(2024, 1, 1), datetime(2024, 2, 1), every)


@given(INSTANTS, st.integers(-600, 600))
def test_adding_months_moves_the_month_and_keeps_the_day_where_it_exists(instant, months):
    moved = add_months(instant, months)
    assert (moved.year - instant.year) * 12 + moved.month - instant.month == months
    assert moved.time() == instant.time()
    assert moved.day == instant.day or (
        moved.day < instant.day and (moved + timedelta(days=1)).day == 1
    )


@given(INSTANTS.filter(lambda t: t.day <= 28), st.integers(-600, 600))
def test_adding_and_taking_months_is_the_same_instant(instant, months):
    assert add_months(add_months(instant, months), -months) == instant
