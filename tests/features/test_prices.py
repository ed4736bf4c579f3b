"""The last price known before an instant, through corrections, withdrawals and late rows."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.features.assets import asset_size
from tests.support.example_counts import few
from tests.support.features.oracle import Oracle
from tests.support.ledgers.handmade import BASE, MICROSECOND, complete, small_ledger, spine_of

DAY = timedelta(days=1)
UNIT = {
    "customer_id": "a",
    "occurred_at": BASE - 99 * DAY,
    "product_id": "P",
    "quantity": 1.0,
    "known_at": BASE - 99 * DAY,
}
PRODUCT = {"product_id": "P", "asset_class": "equity"}


@st.composite
def price_versions(draw):
    """Some dates, each with versions that follow one another, at times with a gap or an end."""
    rows = []
    for date in draw(st.lists(st.integers(0, 12), max_size=8, unique=True)):
        cuts = draw(st.lists(st.integers(0, 30), min_size=1, max_size=5, unique=True).map(sorted))
        ends = [*cuts[1:], None]
        for known, until in zip(cuts, ends, strict=True):
            if draw(st.integers(0, 3)) == 0 and until != known + 1:
                until = known + 1  # withdrawn, perhaps told anew later
            rows.append(
                {
                    "product_id": "P",
                    "date": BASE + date * DAY,
                    "close": float(len(rows) + 1),
                    "known_at": BASE + known * DAY,
                    "known_until": None if until is None else BASE + until * DAY,
                }
            )
    return draw(st.permutations(rows))


def closes(prices, instants):
    """The close in force at each instant, None where there is none."""
    ledger = small_ledger(products=[PRODUCT], prices=prices, transactions=[UNIT])
    sizes = asset_size(ledger, spine_of(*(("a", at) for at in instants)))
    return [None if not row.complete else row.equity_minor / 100 for row in sizes.itertuples()]


@few(15)
@given(price_versions())
def test_the_price_in_force_equals_that_of_the_slow_oracle_at_every_instant(prices):
    instants = [BASE + day * DAY + nudge for day in range(32) for nudge in (0 * DAY, MICROSECOND)]
    tables = {"prices": complete("prices", prices)}
    expected = [Oracle(tables, "a", at).price("P", at) for at in instants]
    assert closes(prices, instants) == expected


def price(day, close, known, until=None):
    return {
        "product_id": "P",
        "date": BASE + day * DAY,
        "close": close,
        "known_at": BASE + known * DAY,
        "known_until": until and BASE + until * DAY,
    }


@pytest.mark.parametrize(
    ("prices", "expected"),
    [
        ([price(1, 5.0, 1, 4), price(1, 6.0, 4)], [5.0, 5.0, 6.0]),
        ([price(1, 5.0, 1, 4), price(1, 6.0, 4), price(3, 7.0, 3)], [5.0, 7.0, 7.0]),
        ([price(1, 5.0, 1), price(2, 9.0, 2, 4)], [9.0, 9.0, 5.0]),
        ([price(1, 5.0, 1, 4)], [5.0, 5.0, None]),
    ],
    ids=[
        "corrected",
        "an old one corrected late",
        "the newest withdrawn",
        "the only one withdrawn",
    ],
)
def test_what_is_in_force_after_two_three_and_four_days(prices, expected):
    instants = [BASE + day * DAY + MICROSECOND for day in (2, 3, 4)]
    assert closes(prices, instants) == expected


def test_a_correction_is_in_force_from_the_instant_after_it_became_known():
    prices = [price(1, 5.0, 1, 4), price(1, 6.0, 4)]
    assert closes(prices, [BASE + 4 * DAY, BASE + 4 * DAY + MICROSECOND]) == [5.0, 6.0]


def test_rates_are_corrected_like_prices():
    rate = {"currency": "USD", "date": BASE, "rate": 7.0, "known_at": BASE}
    rates = [
        {**rate, "known_until": BASE + 4 * DAY},
        {**rate, "rate": 8.0, "known_at": BASE + 4 * DAY},
    ]
    ledger = small_ledger(
        products=[{**PRODUCT, "currency": "USD"}],
        prices=[price(0, 1.0, 0)],
        fx_rates=rates,
        transactions=[UNIT],
    )
    spine = spine_of(("a", BASE + 3 * DAY), ("a", BASE + 5 * DAY))
    assert asset_size(ledger, spine)["asset_minor"].tolist() == [700, 800]
