"""What happens at or after a snapshot, or becomes known then, never reaches a feature."""

from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from src.features.assets import asset_size
from src.features.build import build_features
from src.features.spec import load_catalogue
from src.features.windows import DAY_US, PERIOD_DAYS
from tests.features.specs import SPEC
from tests.ledgers import (
    BASE,
    CUSTOMERS,
    SNAPSHOTS,
    full_spine,
    ledger_rows,
    small_ledger,
    spine_of,
)

FEW = settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
LAST = SNAPSHOTS[-1]
LONG_AGO = BASE - timedelta(days=1)
CATALOGUE = load_catalogue(Path("configs/features.yaml"))


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
        "customers": [
            {"customer_id": c, "kind": "company", "dependants": 30, "known_at": max(known, LAST)}
            for c in CUSTOMERS
        ],
        "prices": [{"product_id": "FUND", "date": happened + timedelta(seconds=2), "close": 1e6}],
        "fx_rates": [{"currency": "USD", "date": happened + timedelta(seconds=2), "rate": 1e6}],
    }


def with_extra(rows, extra):
    merged = {name: [*rows.get(name, []), *extra.get(name, [])] for name in {*rows, *extra}}
    for name in ("prices", "fx_rates"):
        for row in merged[name][len(rows.get(name, [])) :]:
            row["known_at"] = max(row["date"], LAST)
    return merged


def with_a_rate(rows):
    """Whether a currency is foreign shows in the rates: one old rate is there from the start."""
    return {
        **rows,
        "fx_rates": [*rows["fx_rates"], {"currency": "USD", "date": LONG_AGO, "rate": 7.0}],
    }


@FEW
@given(ledger_rows())
@pytest.mark.parametrize("instant", [LAST, LAST + timedelta(days=40)], ids=["at", "after"])
def test_events_at_or_after_the_last_snapshot_change_nothing(instant, rows):
    rows = with_a_rate(rows)
    poisoned = with_extra(rows, poison(happened=instant, known=instant))
    assert_same(poisoned, rows)


@FEW
@given(ledger_rows())
def test_events_of_the_past_that_are_known_only_later_change_nothing(rows):
    rows = with_a_rate(rows)
    poisoned = with_extra(rows, poison(happened=SNAPSHOTS[0] - timedelta(days=3), known=LAST))
    assert_same(poisoned, rows)


def assert_same(poisoned, rows):
    spine = full_spine()
    for spec in (SPEC,):
        pd.testing.assert_frame_equal(
            build_features(small_ledger(**poisoned), spine, spec),
            build_features(small_ledger(**rows), spine, spec),
            check_exact=True,
        )
    pd.testing.assert_frame_equal(
        asset_size(small_ledger(**poisoned), spine), asset_size(small_ledger(**rows), spine)
    )


def test_no_feature_of_the_shipped_catalogue_sees_a_poisoned_future():
    rows = with_a_rate(
        {
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
    )
    poisoned = with_extra(rows, poison(happened=LAST, known=LAST))
    pd.testing.assert_frame_equal(
        build_features(small_ledger(**poisoned), full_spine(), CATALOGUE),
        build_features(small_ledger(**rows), full_spine(), CATALOGUE),
        check_exact=True,
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
