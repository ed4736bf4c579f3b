from datetime import datetime, timedelta

import ibis
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from src.core.engine import EngineParams, connect
from src.core.errors import FeatureError
from src.features import windows
from src.features.windows import FOREVER

AS_OF = datetime(2024, 6, 1, 12, 30)
OFFSETS = st.integers(-400 * windows.DAY_US, 400 * windows.DAY_US) | st.sampled_from(
    [
        sign * days * windows.DAY_US + nudge
        for sign in (1, -1)
        for days in (0, 30, 90)
        for nudge in (-1, 0, 1)
    ]
)


@pytest.fixture(scope="module")
def backend():
    return connect(EngineParams(threads=1))


def asked(backend, instants, predicate):
    """The predicate of (as_of, instant) for each instant, evaluated by the engine."""
    table = ibis.memtable(
        pa.table(
            {
                "as_of": pa.array([AS_OF] * len(instants), pa.timestamp("us")),
                "at": pa.array(instants, pa.timestamp("us")),
            }
        )
    )
    return backend.to_pyarrow(predicate(table["as_of"], table["at"])).to_pylist()


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(OFFSETS, min_size=1, max_size=30))
def test_every_event_is_on_exactly_one_side_of_the_snapshot(backend, offsets):
    instants = [AS_OF + timedelta(microseconds=offset) for offset in offsets]
    seen = asked(backend, instants, lambda as_of, at: windows.is_visible(as_of, at, at, FOREVER))
    ahead = asked(backend, instants, lambda as_of, at: windows.is_ahead(as_of, at, 1000))
    assert all(one != other for one, other in zip(seen, ahead, strict=True))
    assert seen == [instant < AS_OF for instant in instants]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(OFFSETS.filter(lambda offset: offset < 0), min_size=1, max_size=30))
def test_buckets_and_periods_split_the_past_at_whole_days(backend, offsets):
    instants = [AS_OF + timedelta(microseconds=offset) for offset in offsets]
    edges = (30, 90, 365)
    buckets = asked(
        backend, instants, lambda as_of, at: windows.bucket(windows.age(as_of, at), edges)
    )
    periods = asked(backend, instants, lambda as_of, at: windows.period(windows.age(as_of, at)))
    for instant, bucket, period in zip(instants, buckets, periods, strict=True):
        assert bucket == sum(instant < AS_OF - timedelta(days=edge) for edge in edges)
        start = AS_OF - timedelta(days=30 * (period + 1))
        assert start <= instant < start + timedelta(days=30)


def test_a_late_event_is_visible_only_once_it_is_known(backend):
    known = AS_OF - timedelta(microseconds=1)
    seen = asked(
        backend,
        [known, AS_OF],
        lambda as_of, at: windows.is_visible(as_of, as_of - ibis.interval(days=9), at, FOREVER),
    )
    assert seen == [True, False]


def test_a_closed_version_counts_up_to_the_instant_at_which_it_was_closed(backend):
    closed = [AS_OF - timedelta(microseconds=1), AS_OF, None]
    seen = asked(
        backend,
        closed,
        lambda as_of, at: windows.is_known(as_of, as_of - ibis.interval(days=9), windows.until(at)),
    )
    assert seen == [False, True, True]


def test_a_statement_covers_what_occurred_before_it(backend):
    moved = [AS_OF - timedelta(microseconds=1), AS_OF]
    assert asked(backend, moved, lambda stated, at: windows.is_since(at, stated)) == [False, True]


def test_a_label_window_is_observed_if_it_ends_with_the_data(backend):
    ends = [AS_OF + timedelta(days=90), AS_OF + timedelta(days=90, microseconds=-1)]
    observed = asked(backend, ends, lambda as_of, end: windows.is_observed(as_of, 90, end))
    assert observed == [True, False]


def test_instants_with_a_zone_are_refused_with_the_remedy():
    with pytest.raises(FeatureError, match="naive_utc"):
        windows.require_whole_microseconds(pd.Series(pd.to_datetime(["2024-01-01"], utc=True)))
