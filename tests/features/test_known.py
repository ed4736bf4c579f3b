"""Whether what was known before an instant is what it was, told by numbers alone."""

from datetime import timedelta

import pytest
from hypothesis import given

from src.core.ledger import known_before
from src.features.known import known_content
from tests.support.example_counts import few
from tests.support.ledgers.handmade import BASE, small_ledger
from tests.support.ledgers.strategies import SNAPSHOTS, ledger_rows

DAY = timedelta(days=1)
MOVE = {"customer_id": "a", "occurred_at": BASE, "amount_minor": 1, "channel": "mobile"}


def numbers(*moves, at=BASE + 9 * DAY, **tables):
    named = [{"transaction_id": f"T{n}", **move} for n, move in enumerate(moves)]
    return known_content(small_ledger(transactions=named, **tables)).before(at)


@few(8)
@given(ledger_rows())
def test_what_becomes_known_later_changes_no_number_of_before(rows):
    ledger = small_ledger(**rows)
    whole = known_content(ledger)
    for at in SNAPSHOTS:
        assert known_content(known_before(ledger, at)).before(at) == whole.before(at)


def test_the_order_of_rows_tells_nothing():
    moves = [{**MOVE, "amount_minor": n} for n in range(9)]
    named = [{"transaction_id": f"T{n}", **move} for n, move in enumerate(moves)]
    one, other = (known_content(small_ledger(transactions=t)) for t in (named, named[::-1]))
    assert one.before(BASE + DAY) == other.before(BASE + DAY)


@pytest.mark.parametrize(
    "changed",
    [
        {"amount_minor": 2},
        {"channel": None},
        {"channel": None, "category": "mobile"},
        {"known_at": BASE + DAY},
        {"known_until": BASE + 2 * DAY},
        {"customer_id": "b"},
    ],
    ids=str,
)
def test_another_row_of_old_is_another_number_of_its_table_alone(changed):
    before, after = numbers(MOVE), numbers({**MOVE, **changed})
    assert [name for name in before if before[name] != after[name]] == ["transactions"]


def test_two_rows_are_not_one_and_none_is_not_some():
    assert len({numbers(*[MOVE] * n)["transactions"] for n in range(4)}) == 4


def test_a_closure_counts_from_the_day_on_which_it_became_known():
    closed = {**MOVE, "known_until": BASE + 5 * DAY}
    for days, same in ((4, True), (5, True), (6, False)):
        at = BASE + days * DAY
        assert (numbers(MOVE, at=at) == numbers(closed, at=at)) is same


def test_delivered_labels_are_no_part_of_what_features_see():
    told = {"customer_id": "a", "as_of": BASE, "task": "churn", "label": "churned"}
    assert numbers(labels=[told]) == numbers()
