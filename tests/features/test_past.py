"""A past that was condensed goes on with what came since, as if all had been read again."""

from datetime import timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.core.ledger import known_before
from src.features.build import build_features
from src.features.condense import condensed
from src.features.past import Past
from tests.features.test_condense import SHORT, salaries, statement
from tests.support.example_counts import few
from tests.support.ledgers.handmade import BASE, small_ledger, spine_of
from tests.support.ledgers.strategies import SNAPSHOTS, full_spine, ledger_rows

DAY = timedelta(days=1)
BEFORE, THEN, NOW = (BASE + days * DAY for days in (500, 560, 600))


def past_of(ledger, first, last):
    """The past as an earlier run leaves it."""
    with condensed(ledger, first, last, SHORT) as (small, past):
        rows = small.backend.con.sql("FROM kehu_scratch_past").to_arrow_table()
        return past.span, rows


def gone_on(ledger, kept, spine):
    """The features that follow from a kept past, and that past's own rows."""
    span, rows = kept
    ledger.backend.con.register("kehu_kept", rows)
    before = Past(span, ledger.backend.table("kehu_kept"))
    first, last = (at.to_pydatetime() for at in (spine["as_of"].min(), spine["as_of"].max()))
    with condensed(ledger, first, last, SHORT, before) as (small, past):
        assert past.span.last == last
        return build_features(small, spine, SHORT)


@few(6)
@given(ledger_rows(), st.sampled_from([0, 1, 40]))
def test_a_drawn_ledger_goes_on_as_if_all_were_read(rows, days):
    ledger, spine = small_ledger(**rows), full_spine()
    then = known_before(ledger, SNAPSHOTS[1] + days * DAY)
    kept = past_of(then, SNAPSHOTS[0], SNAPSHOTS[1])
    for snapshots in (SNAPSHOTS[2:], SNAPSHOTS[1:], SNAPSHOTS):
        later = spine[spine["as_of"].isin(snapshots)]
        found, whole = gone_on(ledger, kept, later), build_features(ledger, later, SHORT)
        pd.testing.assert_frame_equal(found, whole, check_exact=True)


@pytest.mark.parametrize(
    ("moves", "statements"),
    [
        ({}, []),
        ({}, [statement(50, 7), statement(350, 70), statement(395, 71), statement(500, 700)]),
        ({"T90-deposit": {"known_at": THEN + 9 * DAY}}, [statement(50, 7)]),
        ({"T90-deposit": {"known_until": THEN + 9 * DAY}}, [statement(50, 7)]),
        ({}, [statement(50, 7), statement(100, 70, known_at=THEN + 9 * DAY)]),
        ({}, [statement(50, 7), statement(100, 70, known_until=THEN + 9 * DAY)]),
    ],
    ids=["plain", "stated", "told late", "withdrawn", "stated late", "a statement withdrawn"],
)
def test_what_came_since_is_added_and_what_changed_is_looked_up(moves, statements):
    ledger = small_ledger(
        transactions=salaries(**moves), balances=statements, customers=[{"customer_id": "a"}]
    )
    kept = past_of(known_before(ledger, THEN), BEFORE, THEN)
    spine = spine_of(("a", NOW))
    whole = build_features(ledger, spine, SHORT)
    pd.testing.assert_frame_equal(gone_on(ledger, kept, spine), whole, check_exact=True)


def test_what_a_kept_past_stands_for_is_not_read():
    rows, people = salaries(), [{"customer_id": "a"}]
    kept = past_of(small_ledger(transactions=rows, customers=people), BEFORE, THEN)
    since = kept[0].since
    recent = [row for row in rows if row["occurred_at"] >= since]
    assert 0 < len(kept[1]) < 10 < len(rows) - len(recent)
    spine = spine_of(("a", NOW))
    whole = build_features(small_ledger(transactions=rows, customers=people), spine, SHORT)
    shorter = small_ledger(transactions=recent, customers=people)
    pd.testing.assert_frame_equal(gone_on(shorter, kept, spine), whole, check_exact=True)


def test_snapshots_of_before_a_past_read_the_history():
    ledger = small_ledger(transactions=salaries(), customers=[{"customer_id": "a"}])
    kept, spine = past_of(ledger, THEN, THEN), spine_of(("a", BEFORE))
    whole = build_features(ledger, spine, SHORT)
    pd.testing.assert_frame_equal(gone_on(ledger, kept, spine), whole, check_exact=True)
