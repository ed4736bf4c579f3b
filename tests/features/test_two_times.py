"""An as-of query returns what the institution knew then: versions come and go by two clocks."""

from datetime import datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given

from src.core.ledger import known_before
from src.features.assets import asset_size
from src.features.build import build_features
from src.features.definitions.events import Windowed
from src.features.definitions.state import Imputed, Profile
from src.features.spec import FeatureSpec
from tests.support.example_counts import few
from tests.support.features.specs import RISKY, SPEC, feature
from tests.support.ledgers.handmade import MICROSECOND, small_ledger, spine_of
from tests.support.ledgers.revision_strategies import CUSTOMERS, merged
from tests.support.ledgers.strategies import SNAPSHOTS, full_spine, ledger_rows

FEW = few(3)
AS_OF = datetime(2024, 6, 1)
DAY = timedelta(days=1)


def computed(ledger, spine, spec=SPEC):
    return build_features(ledger, spine, spec), asset_size(ledger, spine)


def assert_equal(found, expected):
    for one, other in zip(found, expected, strict=True):
        pd.testing.assert_frame_equal(one, other, check_exact=True)


def replaced(rows, at):
    """Every row of every table is closed at `at`, and a wild version takes its place then."""
    wild = {
        "transactions": {"amount_minor": 10**15, "quantity": 1e6},
        "balances": {"amount_minor": 10**15},
        "prices": {"close": 1e6},
        "fx_rates": {"rate": 1e6},
        "questionnaires": {"risk_level": 1},
        "interactions": {"score": 5.0, "kind": "inquiry"},
        "products": {"asset_class": "loan", "risk_grade": 1},
        "customers": {"dependants": 30, "kind": "company", "imputed": "birth_date"},
        "rejected": {"product_id": "unknown", "account_id": None},
    }
    tables = {}
    for name, content in rows.items():
        standing = [r for r in content if r.get("known_until") is None and r["known_at"] < at]
        kept = [{**r, "known_until": at} if r in standing else r for r in content]
        tables[name] = kept + [{**r, **wild[name], "known_at": at} for r in standing]
    return tables


def with_known_at(rows):
    old = datetime(2000, 1, 1)
    return {name: [{"known_at": old, **row} for row in content] for name, content in rows.items()}


@FEW
@given(ledger_rows().map(with_known_at))
@pytest.mark.parametrize("late", [timedelta(), DAY], ids=["at", "after"])
def test_versions_known_at_or_after_the_last_snapshot_change_nothing(late, rows):
    poisoned = replaced(rows, SNAPSHOTS[-1] + late)
    assert_equal(
        computed(small_ledger(**poisoned), full_spine()),
        computed(small_ledger(**rows), full_spine()),
    )


@FEW
@given(ledger_rows().map(with_known_at))
def test_the_ledger_as_it_stood_answers_as_the_whole_ledger_does_about_then(rows):
    whole = small_ledger(**rows)
    assert_equal(
        computed(known_before(whole, SNAPSHOTS[1]), full_spine()[:6]),
        computed(whole, full_spine()[:6]),
    )


def version(amount, known_at, known_until=None):
    return {
        "transaction_id": "T",
        "customer_id": "a",
        "occurred_at": AS_OF - 9 * DAY,
        "amount_minor": amount,
        "known_at": known_at,
        "known_until": known_until,
    }


NET = FeatureSpec([feature(Windowed(measure="net", how="sum", days=30))])


@pytest.mark.parametrize(
    ("as_of", "net"),
    [
        (AS_OF - 9 * DAY, 0.0),
        (AS_OF - 5 * DAY, 1.0),
        (AS_OF - 5 * DAY + MICROSECOND, 3.0),
        (AS_OF - 2 * DAY, 3.0),
        (AS_OF - 2 * DAY + MICROSECOND, 0.0),
    ],
)
def test_a_movement_counts_as_first_told_then_as_corrected_then_not_at_all(as_of, net):
    first, second = AS_OF - 5 * DAY, AS_OF - 2 * DAY
    moves = [version(100, AS_OF - 9 * DAY, first), version(300, first, second)]
    built = build_features(small_ledger(transactions=moves), spine_of(("a", as_of)), NET)
    assert built["net_sum_30d"].tolist() == [net]
    sizes = asset_size(small_ledger(transactions=moves), spine_of(("a", as_of)))
    assert sizes["cash_minor"].tolist() == [net * 100]
    assert sizes["complete"].tolist() == [net != 0]


def test_a_withdrawn_statement_gives_way_to_the_one_before():
    stated = {"customer_id": "a", "account_id": "A1"}
    balances = [
        {**stated, "as_of": AS_OF - 60 * DAY, "amount_minor": 500},
        {**stated, "as_of": AS_OF - 30 * DAY, "amount_minor": 9_999, "known_until": AS_OF - DAY},
    ]
    moves = [{"customer_id": "a", "occurred_at": AS_OF - 40 * DAY, "amount_minor": 70}]
    ledger = small_ledger(balances=balances, transactions=moves)
    sizes = asset_size(ledger, spine_of(("a", AS_OF - DAY), ("a", AS_OF)))
    assert sizes["cash_minor"].tolist() == [9_999, 570]


def test_the_rows_of_a_second_record_count_for_the_other_customer_from_the_merge_on():
    move = {"occurred_at": AS_OF - 9 * DAY, "known_at": AS_OF - 9 * DAY, "account_id": None}
    tables = {
        "customers": [
            {"customer_id": name, "known_at": AS_OF - 99 * DAY} for name in CUSTOMERS[:2]
        ],
        "transactions": [
            {**move, "transaction_id": name, "customer_id": name, "amount_minor": amount}
            for name, amount in zip(CUSTOMERS[:2], (100, 20), strict=True)
        ],
        "balances": [],
        "interactions": [],
        "questionnaires": [],
        "rejected": [],
    }
    stays, gone = CUSTOMERS[:2]
    ledger = small_ledger(**merged(tables, gone, stays, AS_OF - 2 * DAY))
    before, after = AS_OF - 2 * DAY, AS_OF
    spine = spine_of((stays, before), (gone, before), (stays, after), (gone, after))
    sizes = asset_size(ledger, spine).set_index(["as_of", "customer_id"])["asset_minor"]
    assert sizes[before].to_dict() == {stays: 100, gone: 20}
    assert sizes[after].to_dict() == {stays: 120, gone: 0}


def test_a_product_counts_as_it_was_known_at_the_snapshot():
    products = [
        {"product_id": "P", "asset_class": "bond", "risk_grade": 1, "known_until": AS_OF - DAY},
        {"product_id": "P", "asset_class": "bond", "risk_grade": 5, "known_at": AS_OF - DAY},
    ]
    buy = {
        "customer_id": "a",
        "occurred_at": AS_OF - 9 * DAY,
        "kind": "buy",
        "amount_minor": -100,
        "product_id": "P",
        "quantity": 1.0,
    }
    spec = FeatureSpec([feature(Windowed(measure="turnover", how="sum", days=30, only=RISKY))])
    ledger = small_ledger(products=products, transactions=[buy])
    built = build_features(ledger, spine_of(("a", AS_OF - DAY), ("a", AS_OF)), spec)
    assert built["risky_turnover_sum_30d"].tolist() == [0.0, 1.0]


def test_what_a_rule_filled_is_told_for_as_long_as_it_stands():
    customers = [
        {
            "customer_id": "a",
            "dependants": 2,
            "imputed": "birth_date,dependants",
            "known_until": AS_OF - DAY,
        },
        {"customer_id": "a", "dependants": 1, "known_at": AS_OF - DAY},
    ]
    spec = FeatureSpec(
        [
            feature(Imputed(column="dependants")),
            feature(Imputed(column="income_band")),
            feature(Profile(field="dependants")),
        ]
    )
    spine = spine_of(("a", AS_OF - DAY), ("a", AS_OF), ("nobody", AS_OF))
    built = build_features(small_ledger(customers=customers), spine, spec)
    assert built["dependants_imputed"].tolist()[:2] == [1.0, 0.0]
    assert built["income_band_imputed"].tolist()[:2] == [0.0, 0.0]
    assert built["dependants"].tolist()[:2] == [2.0, 1.0]
    assert built["dependants_imputed"].isna().tolist() == [False, False, True]
