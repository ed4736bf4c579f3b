"""The state of asset sizes, however it came about, is what the full computation finds."""

from datetime import timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.core.errors import FeatureError
from src.features.asset_advance import advance
from src.features.asset_state import first_state, state_sizes
from src.features.assets import asset_size
from tests.support.example_counts import few
from tests.support.ledgers.handmade import BASE, small_ledger
from tests.support.ledgers.strategies import ledger_rows

DAY = timedelta(days=1)
STOPS = st.lists(st.integers(0, 36), min_size=1, max_size=4, unique=True).map(
    lambda steps: [BASE + 15 * step * DAY for step in sorted(steps)]
)


def full(ledger, sizes):
    spine = sizes[["customer_id", "as_of"]].astype({"as_of": "datetime64[us]"})
    return asset_size(ledger, spine)


@few(5)
@given(ledger_rows(), STOPS)
def test_an_advanced_state_equals_one_started_anew_and_the_full_computation(rows, stops):
    ledger, state = small_ledger(**rows), first_state()
    for stop in stops:
        state = advance(ledger, state, stop)
        sizes = state_sizes(ledger, state)
        pd.testing.assert_frame_equal(sizes, full(ledger, sizes), check_exact=True)
    assert state == advance(ledger, first_state(), stops[-1])


def test_a_state_does_not_go_back():
    ledger = small_ledger()
    with pytest.raises(FeatureError, match="later than 2023-01-01"):
        advance(ledger, advance(ledger, first_state(), BASE + DAY), BASE)


def test_what_is_withdrawn_gives_way_to_what_came_before_it():
    stated = {"customer_id": "a", "account_id": "A1", "quantity": None, "product_id": None}
    price = {"product_id": "P", "known_until": None}
    held = {"customer_id": "a", "product_id": "P", "quantity": 1.0, "occurred_at": BASE}
    ledger = small_ledger(
        customers=[{"customer_id": "a"}],
        products=[{"product_id": "P", "asset_class": "equity"}],
        prices=[
            {**price, "date": BASE, "close": 2.0},
            {**price, "date": BASE + 9 * DAY, "close": 3.0, "known_until": BASE + 20 * DAY},
        ],
        balances=[
            {**stated, "as_of": BASE + DAY, "amount_minor": 70},
            {
                **stated,
                "as_of": BASE + 9 * DAY,
                "amount_minor": 9_000,
                "known_until": BASE + 20 * DAY,
            },
        ],
        transactions=[
            {**held, "amount_minor": -50},
            {"customer_id": "a", "occurred_at": BASE + 5 * DAY, "amount_minor": 8},
        ],
    )
    before = advance(ledger, first_state(), BASE + 20 * DAY)
    after = advance(ledger, before, BASE + 21 * DAY)
    assert state_sizes(ledger, before)[["cash_minor", "equity_minor"]].to_numpy().tolist() == [
        [9_000, 300]
    ]
    assert state_sizes(ledger, after)[["cash_minor", "equity_minor"]].to_numpy().tolist() == [
        [78, 200]
    ]


OLD, NEW = BASE + 30 * DAY, BASE + 60 * DAY


def move(number, at, amount, **columns):
    return {
        "transaction_id": f"T{number:04}",
        "customer_id": f"C{number % 7}",
        "occurred_at": at,
        "amount_minor": amount,
        **columns,
    }


def two_months():
    """200 movements of an old and of a new month; statements after the first of them; among the new
    rows a correction of one of the new month."""
    old = [move(n, BASE + n * timedelta(hours=3), 10 + n) for n in range(200)]
    new = [move(200 + n, OLD + n * timedelta(hours=3), 1000 + n) for n in range(200)]
    new[9] = {**new[9], "known_until": OLD + 20 * DAY}
    new.append({**new[9], "amount_minor": 5, "known_at": OLD + 20 * DAY, "known_until": None})
    stated = [
        {"customer_id": "C1", "account_id": "A1", "as_of": at, "amount_minor": amount}
        for at, amount in ((BASE + DAY, 7), (OLD + 9 * DAY, 77))
    ]
    customers = [{"customer_id": f"C{n}"} for n in range(7)]
    return {"transactions": old + new, "balances": stated, "customers": customers}


def test_equal_states_have_equal_tables_whatever_the_order_of_the_ledger():
    tables = two_months()
    shuffled = {name: rows[::-1] for name, rows in tables.items()}
    one, other = (
        advance(small_ledger(**content), first_state(), NEW) for content in (tables, shuffled)
    )
    assert one == other
