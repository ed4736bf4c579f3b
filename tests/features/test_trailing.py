"""The kernels along sorted events beside the expressions that say what they compute."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.features import run
from src.features.build import build_features
from src.features.line import Line
from src.features.plan import Plan
from tests.support.example_counts import few
from tests.support.features.specs import SPEC
from tests.support.ledgers.handmade import small_ledger, spine_of
from tests.support.ledgers.revision_strategies import CUSTOMERS
from tests.support.ledgers.strategies import SNAPSHOTS, full_spine, ledger_rows


def by_expressions(ledger, spine):
    """The features without any kernel."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Plan, "kernels", {})
        patch.setattr(run, "_COMPILED", {})
        return build_features(ledger, spine, SPEC)


@few(6)
@given(ledger_rows())
def test_kernels_equal_the_expressions_of_their_steps_to_the_bit(rows):
    ledger, spine = small_ledger(**rows), full_spine()
    built = build_features(ledger, spine, SPEC)
    pd.testing.assert_frame_equal(built, by_expressions(ledger, spine), check_exact=True)


def test_kernels_equal_the_expressions_where_versions_close_between_daily_snapshots():
    start = SNAPSHOTS[0]
    moves = []
    for day in range(40):
        at = start + timedelta(days=day, hours=day % 5)
        learned = at + timedelta(days=day % 4)
        moves.append(
            {
                "transaction_id": f"T{day}",
                "customer_id": CUSTOMERS[day % 2],
                "occurred_at": at,
                "known_at": learned,
                "known_until": learned + timedelta(days=day % 6) if day % 3 == 0 else None,
                "amount_minor": (day - 20) * 1000,
            }
        )
    spine = spine_of(
        *((who, start + timedelta(days=day)) for who in CUSTOMERS for day in range(0, 60, 3))
    )
    ledger = small_ledger(transactions=moves)
    built = build_features(ledger, spine, SPEC)
    pd.testing.assert_frame_equal(built, by_expressions(ledger, spine), check_exact=True)


@few(50)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(-(2**58), 2**58)), max_size=12),
    st.lists(st.tuples(st.integers(0, 3), st.integers(-(2**62), 2**62)), min_size=1, max_size=12),
    st.sampled_from([1, 2**20]),
)
def test_a_line_counts_the_points_before_another_however_far_apart_times_lie(
    points, asked, nearness
):
    points = sorted((code, time // nearness) for code, time in points)
    asked = [(code, time // nearness) for code, time in asked]
    codes, times = (np.array([p[k] for p in points], dtype=np.int64) for k in (0, 1))
    line = Line(codes, times, 4)
    found = line.before(*(np.array([p[k] for p in asked], dtype=np.int64) for k in (0, 1)))
    assert list(found) == [sum(1 for point in points if point < each) for each in asked]
