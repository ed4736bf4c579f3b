from datetime import datetime, timedelta

import pytest

from src.core.errors import FeatureError
from src.core.params import SnapshotParams
from src.features.spine import data_period, make_spine, snapshots, sorted_spine
from tests.support.ledgers.handmade import BASE, MICROSECOND, small_ledger, spine_of

START = datetime(2024, 1, 10, 8)
DAY = timedelta(days=1)


def move(customer, at, **columns):
    return {"customer_id": customer, "occurred_at": at, **columns}


def test_the_data_ends_at_the_midnight_after_the_last_movement_or_statement():
    stated = [{"customer_id": "a", "account_id": "A", "as_of": START + 90 * DAY}]
    ledger = small_ledger(transactions=[move("a", START)], balances=stated)
    assert data_period(ledger) == (START, datetime(2024, 4, 10))


def test_a_statement_at_midnight_ends_the_day_before_and_a_movement_at_midnight_its_own():
    stated = [{"customer_id": "a", "account_id": "A", "as_of": datetime(2024, 4, 2)}]
    ledger = small_ledger(transactions=[move("a", START)], balances=stated)
    assert data_period(ledger) == (START, datetime(2024, 4, 2))
    ledger = small_ledger(transactions=[move("a", START), move("a", datetime(2024, 4, 2))])
    assert data_period(ledger) == (START, datetime(2024, 4, 3))


def test_snapshots_are_month_starts_from_the_warm_up_to_the_end_of_the_data():
    ledger = small_ledger(transactions=[move("a", START), move("a", datetime(2024, 6, 30, 23))])
    found = snapshots(ledger, SnapshotParams(warmup_months=2, every_months=1))
    assert found == [datetime(2024, month, 1) for month in (4, 5, 6, 7)]
    assert snapshots(ledger, SnapshotParams(warmup_months=2, every_months=2)) == found[::2]


def test_data_shorter_than_the_warm_up_is_refused_with_the_remedy():
    ledger = small_ledger(transactions=[move("a", START)])
    with pytest.raises(FeatureError, match=r"Lower features\.snapshots\.warmup_months"):
        snapshots(ledger, SnapshotParams(warmup_months=6, every_months=1))


def test_an_empty_ledger_is_refused():
    with pytest.raises(FeatureError, match="transactions and balances are empty"):
        data_period(small_ledger())


def test_the_spine_has_customers_known_joined_and_seen_before_the_snapshot():
    as_of = datetime(2024, 3, 1)
    just_before, at = as_of - MICROSECOND, as_of
    customers = [
        {"customer_id": "moved"},
        {"customer_id": "too late"},
        {"customer_id": "known late"},
        {"customer_id": "stated"},
        {"customer_id": "joins later", "joined_on": at},
        {"customer_id": "unknown yet", "known_at": at},
        {"customer_id": "silent"},
    ]
    moves = [
        move("moved", just_before),
        move("too late", at),
        move("known late", just_before, known_at=at),
        move("joins later", just_before),
        move("unknown yet", just_before),
        move("stranger", just_before),
    ]
    stated = [{"customer_id": "stated", "account_id": "A", "as_of": as_of, "known_at": just_before}]
    ledger = small_ledger(customers=customers, transactions=moves, balances=stated)
    found = make_spine(ledger, [as_of])
    assert found["customer_id"].tolist() == ["moved", "stated"]
    assert make_spine(ledger, [as_of, as_of + DAY]).duplicated().sum() == 0


def test_the_spine_has_the_instants_of_delivered_labels_for_the_labelled_alone():
    as_of = datetime(2024, 3, 15)
    moves = [move("a", as_of - DAY), move("b", as_of - DAY), move("late", as_of)]
    told = [
        {"customer_id": customer, "as_of": as_of, "task": "churn", "label": "stays"}
        for customer in ("a", "late", "silent")
    ]
    customers = [{"customer_id": each} for each in ("a", "b", "late", "silent")]
    ledger = small_ledger(customers=customers, transactions=moves, labels=told)
    assert snapshots(ledger, SnapshotParams(warmup_months=6, every_months=1)) == []
    assert make_spine(ledger, [])[["customer_id", "as_of"]].to_numpy().tolist() == [["a", as_of]]
    month = datetime(2024, 4, 1)
    found = make_spine(ledger, [month])
    assert found["customer_id"].tolist() == ["a", "a", "b", "late"]
    assert found["as_of"].tolist() == [as_of, month, month, month]
    # and no row twice where the instants meet
    assert len(make_spine(ledger, [as_of])) == 2


def test_a_second_record_of_another_customer_is_in_no_snapshot():
    merged_at = datetime(2024, 5, 1)
    customers = [{"customer_id": "a"}, {"customer_id": "b", "known_until": merged_at}]
    moved = move("b", START, transaction_id="T")
    moves = [
        {**moved, "known_until": merged_at},
        {**moved, "customer_id": "a", "known_at": merged_at},
    ]
    ledger = small_ledger(customers=customers, transactions=moves)
    found = make_spine(ledger, [datetime(2024, 3, 1), merged_at, merged_at + MICROSECOND])
    assert found.to_numpy().tolist() == [["a", merged_at + MICROSECOND]]


def test_a_customer_counts_for_as_long_as_a_movement_of_it_is_known():
    moves = [
        move("a", START, known_until=datetime(2024, 3, 1)),
        move("a", datetime(2024, 4, 20)),
    ]
    ledger = small_ledger(customers=[{"customer_id": "a"}], transactions=moves)
    months = [datetime(2024, month, 1) for month in (1, 2, 3, 4, 5)]
    assert make_spine(ledger, months)["as_of"].dt.month.tolist() == [2, 3, 5]


def test_a_version_that_was_withdrawn_does_not_end_the_data():
    wrong = move("a", datetime(2034, 1, 1), known_until=datetime(2024, 4, 1))
    ledger = small_ledger(transactions=[move("a", START), wrong])
    assert data_period(ledger)[1] == datetime(2024, 1, 11)


def test_one_row_of_a_larger_spine_is_numbered_anew():
    larger = spine_of(("a", BASE), ("b", BASE))
    assert sorted_spine(larger.iloc[[1]]).index.tolist() == [0]
