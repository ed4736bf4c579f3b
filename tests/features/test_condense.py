"""The features of a condensed ledger are those of the whole one."""

from datetime import timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.features.build import build_features
from src.features.condense import condensed, reach_days
from src.features.definitions.events import Recency
from src.features.definitions.state import Holding
from src.features.spec import FeatureSpec
from tests.support.example_counts import few
from tests.support.features.specs import BONDS, FALLEN, OWN, RISKY, SPEC, feature
from tests.support.ledgers.handmade import BASE, small_ledger, spine_of
from tests.support.ledgers.strategies import SNAPSHOTS, full_spine, ledger_rows

DAY = timedelta(days=1)
ENDS = [
    feature(Recency(measure=measure, which=which))
    for measure in ("inflow", "outflow")
    for which in ("first", "last")
] + [feature(Recency(which="first", only=only)) for only in (BONDS, OWN, RISKY)]
UP_TO_HALF_A_YEAR = [
    f for f in SPEC.features if not f.definition.needs and reach_days(FeatureSpec([f])) <= 180
]
# Of every kind, with windows that leave much of a drawn ledger's history before them.
SHORT = FeatureSpec([*UP_TO_HALF_A_YEAR, *ENDS])
# That asks what each old trade's price had done before it.
OF_PRICES = FeatureSpec([*SHORT.features, feature(Recency(which="first", only=FALLEN))])
NOW = BASE + 600 * DAY


def same(ledger, spine, spec=SHORT):
    """Hold the features equal, and return the movements that the condensed ledger has."""
    whole = build_features(ledger, spine, spec)
    first, last = (at.to_pydatetime() for at in (spine["as_of"].min(), spine["as_of"].max()))
    with condensed(ledger, first, last, spec) as (small, _):
        found = build_features(small, spine, spec)
        moves = small.backend.con.sql(f'FROM "{small.prefix}transactions"').df()
    pd.testing.assert_frame_equal(found, whole, check_exact=True)
    return moves


@few(6)
@given(ledger_rows(), st.sampled_from([SNAPSHOTS, SNAPSHOTS[1:], SNAPSHOTS[2:]]))
def test_a_drawn_ledger_gives_the_same_features_condensed(rows, snapshots):
    spine = full_spine()
    same(small_ledger(**rows), spine[spine["as_of"].isin(snapshots)])


@few(3)
@given(ledger_rows())
def test_first_trades_after_a_fall_are_found_among_all(rows):
    same(small_ledger(**rows), full_spine(), OF_PRICES)


def test_the_short_spec_has_every_kind_that_looks_at_movements():
    kinds = {f.definition.kind for f in SPEC.features if not f.definition.needs}
    assert {f.definition.kind for f in SHORT.features} == kinds
    assert reach_days(SHORT) == 180


def salaries(**more):
    """Two movements a day of one customer, over 600 days; those of a day in `more` are changed."""
    return [
        {
            "transaction_id": f"T{n}-{kind}",
            "customer_id": "a",
            "occurred_at": BASE + n * DAY,
            "kind": kind,
            "channel": "mobile",
            "category": "salary" if kind == "deposit" else "rent",
            "amount_minor": sign * (100 + n),
        }
        | more.get(f"T{n}-{kind}", {})
        for n in range(600)
        for kind, sign in (("deposit", 3), ("purchase", -1))
    ]


def statement(days, amount, **more):
    row = {"customer_id": "a", "account_id": "A1", "amount_minor": amount}
    return row | {"as_of": BASE + days * DAY} | more


@pytest.mark.parametrize(
    "statements",
    [
        [],
        [statement(100, 7)],
        [statement(100, 7), statement(300, 70), statement(500, 700)],
        [statement(100, 7), statement(300, 9, known_until=BASE + 590 * DAY)],
        [statement(100, 7), statement(300, 9, known_at=BASE + 590 * DAY)],
    ],
    ids=["none", "one", "three", "one withdrawn", "one that comes late"],
)
def test_years_of_movements_become_a_few(statements):
    ledger = small_ledger(
        transactions=salaries(), balances=statements, customers=[{"customer_id": "a"}]
    )
    moves = same(ledger, spine_of(("a", NOW)))
    before = moves[moves["occurred_at"] < NOW - 180 * DAY]
    assert len(moves) - len(before) == 2 * 180
    assert len(before) <= 8


@pytest.mark.parametrize("then", [580, 599])
def test_what_snapshots_see_unlike_stays_as_it_is(then):
    """Corrected, or told late, between two snapshots: a movement, and a statement."""
    at = BASE + then * DAY
    moves = salaries(**{"T9-deposit": {"known_until": at}, "T7-purchase": {"known_at": at}})
    told = [statement(100, 7), statement(200, 70, known_at=at)]
    ledger = small_ledger(transactions=moves, balances=told, customers=[{"customer_id": "a"}])
    found = same(ledger, spine_of(("a", BASE + 570 * DAY), ("a", BASE + 590 * DAY), ("a", NOW)))
    assert {"T9-deposit", "T7-purchase"} <= set(found["transaction_id"])


def trades():
    """A purchase and a sale of a fund every second day, on an account with a balance, and a loan
    that pays interest."""
    return [
        {
            "transaction_id": f"T{n}-{kind}",
            "customer_id": "a",
            "account_id": "A1",
            "occurred_at": BASE + n * DAY,
            "kind": kind,
            "product_id": "LOAN" if kind == "interest" else "FUND",
            "quantity": None if kind == "interest" else sign * (1 + n % 7) / 10,
            "amount_minor": -sign * (1_000 + n),
        }
        for n in range(0, 600, 2)
        for kind, sign in (("buy", 3), ("sell", -1), ("interest", 2))
    ]


@pytest.mark.parametrize(
    "statements",
    [
        [],
        [statement(100, 7)],
        [statement(100, 7, product_id="FUND", quantity=9.0)],
        [statement(100, 7), statement(301, 5, product_id="FUND", quantity=2.5)],
        [statement(301, 7), statement(100, 5, product_id="FUND", quantity=2.5)],
    ],
    ids=["none", "of money", "of units", "of money, then units", "of units, then money"],
)
def test_years_of_trades_become_a_few(statements):
    products = [
        {"product_id": "FUND", "asset_class": "bond_fund", "risk_grade": 3},
        {"product_id": "LOAN", "asset_class": "loan", "risk_grade": 1},
    ]
    prices = [
        {"product_id": "FUND", "date": BASE + n * DAY, "close": 50 + n % 11} for n in range(600)
    ]
    ledger = small_ledger(
        transactions=trades(),
        balances=statements,
        customers=[{"customer_id": "a"}],
        products=products,
        prices=prices,
    )
    moves = same(ledger, spine_of(("a", NOW)))
    assert len(moves[moves["occurred_at"] < NOW - 180 * DAY]) <= 14


@pytest.mark.parametrize(
    ("changed", "left"),
    [
        ({}, 1),
        ({"known_until": NOW - 500 * DAY}, 1),
        ({"known_until": NOW - 90 * DAY}, 2),
        ({"known_at": NOW - 90 * DAY}, 2),
        ({"known_at": NOW + DAY}, 1),
    ],
    ids=["lasting", "withdrawn long ago", "withdrawn lately", "known late", "known afterwards"],
)
def test_of_old_prices_the_last_that_is_known_remains(changed, left):
    prices = [
        {"product_id": "FUND", "date": BASE + n * DAY, "close": 50.0 + n} for n in range(0, 90, 3)
    ]
    prices[-1] |= changed
    ledger = small_ledger(
        transactions=trades(),
        customers=[{"customer_id": "a"}],
        products=[{"product_id": "FUND", "asset_class": "bond_fund", "risk_grade": 3}],
        prices=prices,
    )
    spec = FeatureSpec([f for f in SHORT.features if f.definition.kind in ("holding", "market")])
    same(ledger, spine_of(("a", NOW), ("a", NOW - 100 * DAY)), spec)
    with condensed(ledger, NOW - 100 * DAY, NOW, SHORT) as (small, _):
        found = small.backend.con.sql(f'FROM "{small.prefix}prices"').df()
    assert len(found) == left


def test_movements_of_unknown_size_stay_of_unknown_size():
    moves = [row | {"quantity": None} for row in trades()]
    ledger = small_ledger(transactions=moves, customers=[{"customer_id": "a"}])
    spec = FeatureSpec([feature(Holding(how=how)) for how in ("complete", "value", "products")])
    same(ledger, spine_of(("a", NOW)), spec)


def test_a_balance_of_nothing_is_no_lack_of_one():
    moves = [
        {"customer_id": "a", "occurred_at": BASE + n * DAY, "amount_minor": amount}
        for n, amount in enumerate((5, -5))
    ]
    ledger = small_ledger(transactions=moves, customers=[{"customer_id": "a"}])
    spec = FeatureSpec([feature(Holding(how="complete")), feature(Holding(how="value"))])
    same(ledger, spine_of(("a", NOW)), spec)


def test_nothing_is_left_in_the_session():
    ledger = small_ledger(transactions=salaries(), customers=[{"customer_id": "a"}])
    with condensed(ledger, NOW, NOW, SHORT):
        pass
    left = ledger.backend.con.execute(
        "SELECT table_name FROM information_schema.tables WHERE table_name LIKE 'kehu_%'"
    ).fetchall()
    assert left == []
