"""What was put aside, or is of unknown size, keeps asset size from being complete: from the instant
at which it was known, until it is mended or a statement covers it."""

from datetime import datetime, timedelta

import pandas as pd
import pytest

from src.features.asset_advance import advance
from src.features.asset_state import first_state, state_sizes
from src.features.assets import asset_size
from src.features.build import build_features
from src.features.definitions.state import Holding
from src.features.spec import FeatureSpec
from tests.support.features.specs import feature
from tests.support.ledgers.handmade import small_ledger, spine_of

START = datetime(2024, 1, 1)
LAST = 20
MARKET = {
    "products": [{"product_id": "FUND", "asset_class": "bond_fund"}],
    "prices": [{"product_id": "FUND", "date": START - timedelta(days=9), "close": 1.0}],
}


def day(number):
    return START + timedelta(days=number)


def lacking(happened, **columns):
    return {"rejected": [{"happened_at": day(happened)} | columns]}


def traded(**columns):
    trade = {"occurred_at": day(2), "kind": "buy", "product_id": "FUND", "quantity": None}
    return {"transactions": [trade | columns]}


def money(number, **columns):
    row = {"account_id": "A1", "as_of": day(number), "amount_minor": 100}
    return row | {"known_at": day(number) - timedelta(seconds=1)} | columns


def units(number):
    return money(number, product_id="FUND", quantity=1.0, amount_minor=None)


def days(first, last=LAST - 1):
    return list(range(first, last + 1))


# case: what a customer's ledger holds, and the days on which that is a gap
REJECTED = {
    "from the instant after it": (lacking(2), days(3)),
    "no sooner than it was known": (lacking(2, known_at=day(7)), days(8)),
    "until it was mended": (lacking(2, known_until=day(7)), days(3, 7)),
    "until a statement covers it": (lacking(2) | {"balances": [money(5)]}, days(3, 4)),
    "until one is known that does": (
        lacking(2) | {"balances": [money(5, known_at=day(9))]},
        days(3, 9),
    ),
    "and again where that one is withdrawn": (
        lacking(2) | {"balances": [money(5, known_until=day(9))]},
        [*days(3, 4), *days(10)],
    ),
    "a statement of another account covers nothing": (
        lacking(2) | {"balances": [money(5, account_id="A2")]},
        days(3),
    ),
    "nor does an earlier one": (lacking(6) | {"balances": [money(5)]}, days(7)),
    "a trade needs its product stated": (
        lacking(2, product_id="FUND") | {"balances": [money(5)]},
        days(3),
    ),
    "as well as its money": (
        lacking(2, product_id="FUND") | {"balances": [money(5), units(7)]},
        days(3, 6),
    ),
    "a statement gives way to the next": (
        lacking(4, meant_for="balances", product_id="FUND") | {"balances": [units(7)]},
        days(5, 6),
    ),
    "one of a product that nobody knows to none": (
        lacking(4, meant_for="balances", product_id="unknown") | {"balances": [money(7)]},
        days(5),
    ),
    "what names no account is covered by none": (
        lacking(2, account_id=None) | {"balances": [money(5)]},
        days(3),
    ),
    "contacts hold nothing": (lacking(2, meant_for="interactions"), []),
    "who lacks nothing is complete": ({}, []),
}
UNSIZED = {
    "a purchase": (traded(), days(3)),
    "a sale": (traded(kind="sell"), days(3)),
    "a dividend moves no position": (traded(kind="dividend"), []),
    "a purchase of known size": (traded(quantity=1.0), []),
    "until it is corrected": (traded(known_until=day(8)), days(3, 8)),
    "until the units are stated": (traded() | {"balances": [units(6)]}, days(3, 5)),
    "money says nothing about units": (traded() | {"balances": [money(6)]}, days(3)),
}
CASES = REJECTED | UNSIZED


@pytest.fixture(scope="module")
def ledger():
    """One customer per case, each with a movement of long ago."""
    tables = MARKET | {"customers": [{"customer_id": name} for name in CASES]}
    old = {"occurred_at": day(-9), "amount_minor": 100}
    tables |= {"transactions": [old | {"customer_id": name} for name in CASES]}
    tables |= {"balances": [], "rejected": []}
    for customer, (rows, _) in CASES.items():
        for name, content in rows.items():
            tables[name] += [row | {"customer_id": customer} for row in content]
    return small_ledger(**tables)


@pytest.fixture(scope="module")
def sizes(ledger):
    return asset_size(ledger, spine_of(*((name, day(n)) for name in CASES for n in range(LAST))))


def gaps(sizes, case):
    """By gap, the days on which the customer of a case has it."""
    found = {}
    for row in sizes[sizes["customer_id"] == case].itertuples():
        for gap in "" if row.complete else row.why_incomplete.split(","):
            found.setdefault(gap, []).append((row.as_of - START).days)
    return found


@pytest.mark.parametrize("case", REJECTED)
def test_rejected_rows_are_a_gap_while_they_are_lacking(sizes, case):
    expected = REJECTED[case][1]
    assert gaps(sizes, case) == ({"rejected_rows": expected} if expected else {})


@pytest.mark.parametrize("case", UNSIZED)
def test_a_movement_of_unknown_quantity_is_a_gap(sizes, case):
    expected = UNSIZED[case][1]
    assert gaps(sizes, case) == ({"unknown_quantity": expected} if expected else {})


def test_the_state_of_asset_sizes_knows_the_same_gaps_as_it_moves_on(ledger, sizes):
    state = first_state()
    for number in (3, 6, 8, 10, LAST - 1):
        state = advance(ledger, state, day(number))
        expected = sizes[sizes["as_of"] == day(number)].sort_values("customer_id")
        pd.testing.assert_frame_equal(
            state_sizes(ledger, state), expected.reset_index(drop=True), check_exact=True
        )


def test_who_lacks_all_rows_is_not_complete_either():
    ledger = small_ledger(rejected=[lacking(2)["rejected"][0] | {"customer_id": "a"}])
    (size,) = asset_size(ledger, spine_of(("a", day(5)))).to_dict("records")
    assert (size["asset_minor"], size["why_incomplete"]) == (0, "rejected_rows")


def test_the_feature_of_completeness_sees_what_was_known_before_the_snapshot_alone(ledger):
    spec = FeatureSpec((feature(Holding(how="complete")), feature(Holding(how="value"))))
    case = "no sooner than it was known"
    found = build_features(ledger, spine_of((case, day(7)), (case, day(8))), spec)
    assert found["holding_complete"].tolist() == [1, 0]
    assert found["holding_value"].tolist() == [1, 1]
