"""What happens at or after a snapshot, or becomes known then, never reaches a feature."""

from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given

from src.core.engine import EngineParams
from src.core.taxonomy import load_taxonomy
from src.features.assets import asset_size
from src.features.audit.built import built_subject
from src.features.audit.hear import audit
from src.features.audit.sample import uncut
from src.features.build import build_features
from src.features.labels import build_labels
from src.features.spec import load_catalogue
from src.features.windows import DAY_US, PERIOD_DAYS
from tests.support.example_counts import few
from tests.support.features.specs import SPEC
from tests.support.ledgers.handmade import BASE, small_ledger, spine_of
from tests.support.ledgers.revision_strategies import CUSTOMERS
from tests.support.ledgers.strategies import SNAPSHOTS, full_spine, ledger_rows

FEW = few(6)
LAST = SNAPSHOTS[-1]
CATALOGUE = load_catalogue(Path("configs/features.yaml"))
POLICY = load_taxonomy(Path("configs/taxonomy.yaml"), "simulated")


def poison(happened, known):
    """Wild rows in every table with a clock, at one instant and known at another."""
    both = {"known_at": known}
    events = []
    for customer in CUSTOMERS:
        for kind in ("deposit", "purchase", "buy", "sell"):
            events.append(
                {
                    "customer_id": customer,
                    "occurred_at": happened,
                    "kind": kind,
                    "amount_minor": 10**15,
                    "product_id": "FUND",
                    "quantity": 1e6,
                    "channel": "mobile",
                    "category": "salary",
                    **both,
                }
            )
    return {
        "transactions": events,
        "interactions": [
            {"customer_id": c, "occurred_at": happened, "kind": "complaint", "score": 1.0, **both}
            for c in CUSTOMERS
        ],
        "questionnaires": [
            {"customer_id": c, "completed_at": happened + timedelta(seconds=1), "risk_level": 5}
            | both
            for c in CUSTOMERS
        ],
        "balances": [
            {
                "customer_id": c,
                "account_id": "A9",
                "as_of": happened + timedelta(seconds=1),
                "amount_minor": 10**15,
                **both,
            }
            for c in CUSTOMERS
        ],
        "rejected": [{"customer_id": c, "happened_at": happened, **both} for c in CUSTOMERS],
        "customers": [
            {"customer_id": c, "kind": "company", "dependants": 30, "known_at": max(known, LAST)}
            for c in CUSTOMERS
        ],
        "prices": [{"product_id": "FUND", "date": happened + timedelta(seconds=2), "close": 1e6}],
        "fx_rates": [
            {"currency": currency, "date": happened + timedelta(seconds=2), "rate": 1e6}
            for currency in ("USD", "JPY", "CNY")
        ],
    }


def with_extra(rows, extra):
    merged = {name: [*rows.get(name, []), *extra.get(name, [])] for name in {*rows, *extra}}
    for name in ("prices", "fx_rates"):
        for row in merged[name][len(rows.get(name, [])) :]:
            row["known_at"] = max(row["date"], LAST)
    merged["customers"] = [*{version(row): row for row in reversed(merged["customers"])}.values()]
    return merged


def version(customer):
    """A customer has one version at an instant, of which the drawn one stands."""
    return customer["customer_id"], customer.get("known_at")


@FEW
@given(ledger_rows())
def test_what_happens_or_becomes_known_at_or_after_the_last_snapshot_changes_nothing(rows):
    expected = computed(rows)
    forty = timedelta(days=40)
    for happened, known in (
        (LAST, LAST),
        (LAST + forty, LAST + forty),
        (SNAPSHOTS[0] - timedelta(days=3), LAST),  # of the past, and known only later
    ):
        found = computed(with_extra(rows, poison(happened=happened, known=known)))
        for name, table in expected.items():
            pd.testing.assert_frame_equal(found[name], table, check_exact=True, obj=name)


def computed(rows):
    """Features of every kind and asset sizes at every snapshot."""
    ledger, spine = small_ledger(**rows), full_spine()
    return {
        "features": build_features(ledger, spine, SPEC),
        "asset sizes": asset_size(ledger, spine),
    }


def test_no_feature_of_the_shipped_catalogue_sees_a_poisoned_future():
    rows = {
        "customers": [{"customer_id": c, "joined_on": BASE} for c in CUSTOMERS],
        "products": [{"product_id": "FUND", "asset_class": "bond_fund", "risk_grade": 4}],
        "prices": [{"product_id": "FUND", "date": BASE, "close": 2.0}],
        "fx_rates": [],
        "transactions": [
            {
                "customer_id": "ada",
                "occurred_at": BASE + timedelta(days=11 * step),
                "kind": kind,
                "amount_minor": 1000 - 90 * step,
                "product_id": "FUND",
                "quantity": 2.0,
                "channel": "mobile",
                "category": "salary",
            }
            for step in range(40)
            for kind in ("deposit", "buy")
        ],
    }
    poisoned = with_extra(rows, poison(happened=LAST, known=LAST))
    pd.testing.assert_frame_equal(
        build_features(small_ledger(**poisoned), full_spine(), CATALOGUE),
        build_features(small_ledger(**rows), full_spine(), CATALOGUE),
        check_exact=True,
    )


@pytest.mark.slow
@few(3)
@given(ledger_rows())
def test_the_audit_finds_no_fault_of_any_kind_of_feature_on_drawn_ledgers(rows):
    def drawn():
        return uncut(small_ledger(**rows), "drawn", CUSTOMERS, SNAPSHOTS[:2], LAST)

    found = audit(SPEC, [drawn])
    wrong = [name for name in SPEC.names if found.verdict(name) in ("leaks", "misses")]
    assert not wrong, [found.counterexample(name) for name in wrong]


@pytest.mark.slow
def test_the_audit_of_the_shipped_catalogue_exercises_every_feature_and_finds_no_leak():
    found = audit(CATALOGUE, [lambda: built_subject(CATALOGUE, EngineParams())])
    assert found.counts == {
        "leaks": 0,
        "misses": 0,
        "clean": len(CATALOGUE),
        "not exercised": 0,
    }


def leaver(as_of):
    """One who brings much, takes all of it after as_of, and declares a level: has every label.

    Another moves long after, so that the data ends after every horizon, poisoned or not.
    """
    days = [(-5, "deposit", 10**8), (9, "withdrawal", -(10**8)), (900, "deposit", 1)]
    moves = [
        {
            "customer_id": "eve" if day < 900 else "zoe",
            "occurred_at": as_of + timedelta(days=day),
            "kind": kind,
            "amount_minor": amount,
            "channel": "branch",
        }
        for day, kind, amount in days
    ]
    declared = {"customer_id": "eve", "completed_at": as_of + timedelta(days=20), "risk_level": 3}
    return {"transactions": moves, "questionnaires": [declared]}


@FEW
@given(ledger_rows())
@pytest.mark.parametrize(
    ("task", "expected"), [("risk_appetite", 1), ("value_tier", 0), ("churn", 1)]
)
def test_what_happens_at_or_after_the_horizons_end_changes_no_label(task, expected, rows):
    as_of = SNAPSHOTS[0]
    end = as_of + timedelta(days=POLICY.horizon_days(task))
    rows = with_extra(rows, leaver(as_of))
    spine = spine_of(*((name, as_of) for name in CUSTOMERS))
    found = build_labels(small_ledger(**rows), spine, task, POLICY)
    assert found.set_index("customer_id")["label"]["eve"] == expected
    for instant in (end, end + timedelta(days=7)):
        poisoned = small_ledger(**with_extra(rows, poison(happened=instant, known=instant)))
        pd.testing.assert_frame_equal(build_labels(poisoned, spine, task, POLICY), found)


@FEW
@given(ledger_rows())
@pytest.mark.parametrize("task", ["value_tier", "churn"])
def test_a_label_is_the_same_whenever_what_happened_became_known(task, rows):
    as_of = SNAPSHOTS[0]
    rows = with_extra(rows, leaver(as_of))
    late = SNAPSHOTS[-1] + timedelta(days=900)
    moves = [
        {**row, "known_at": late} if row["occurred_at"] >= as_of else row
        for row in rows["transactions"]
    ]
    spine = spine_of(*((name, as_of) for name in CUSTOMERS))
    standing = {**rows, "transactions": [m for m in moves if m.get("known_until") is None]}
    punctual = {
        **rows,
        "transactions": [m for m in rows["transactions"] if m.get("known_until") is None],
    }
    pd.testing.assert_frame_equal(
        build_labels(small_ledger(**standing), spine, task, POLICY),
        build_labels(small_ledger(**punctual), spine, task, POLICY),
    )


@pytest.mark.parametrize(
    ("before", "count"),
    [
        (timedelta(), 0),
        (timedelta(microseconds=1), 1),
        (timedelta(days=30), 1),
        (timedelta(days=30, microseconds=1), 0),
    ],
)
def test_a_window_holds_its_first_instant_and_not_its_last(before, count):
    as_of = datetime(2024, 6, 1)
    moved = {"customer_id": "a", "occurred_at": as_of - before, "amount_minor": 5}
    ledger = small_ledger(transactions=[{**moved, "known_at": as_of - timedelta(days=400)}])
    built = build_features(ledger, spine_of(("a", as_of)), SPEC.select(["movements_count_30d"]))
    assert built["movements_count_30d"][0] == count


def test_periods_are_whole_days_long():
    assert timedelta(days=30) / timedelta(microseconds=1) == PERIOD_DAYS * DAY_US
