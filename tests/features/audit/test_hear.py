"""The audit names the features that a planted leak reaches, and no other."""

from datetime import timedelta

import ibis
import pytest

from src.features import prices, products
from src.features.plan import Plan
from src.features.sorted_events import SortedEvents
from src.features.windows import BEGINNING, FOREVER
from tests.support.features.planted_leaks import ALL, EVENTS, PROFILE, audited, plant, sound_audit

MICROSECOND, AN_AGE = timedelta(microseconds=1), timedelta(days=9999)
FEW = {"movements_count_30d", "net_sum_90d", "questionnaire_level", "dependants"}


def with_verdict(audit, verdict):
    return {name for name in audit.spec.names if audit.verdict(name) == verdict}


def trials_of(audit, name):
    return {trial for trial, outcome in audit.outcomes(name).items() if outcome == "leaks"}


def test_every_feature_of_a_sound_engine_is_clean_and_was_exercised():
    audit = sound_audit()
    assert with_verdict(audit, "clean") == ALL
    assert audit.passed
    assert audit.hearings[0].hindsight == 12


def test_every_trial_exercises_what_it_is_about():
    hearing = sound_audit().hearings[0]
    clean = {
        trial: {name for name, outcome in outcomes.items() if outcome == "clean"}
        for trial, outcomes in hearing.outcomes.items()
    }
    for trial in ("poison", "late news", "taken back"):
        assert clean[trial] == ALL - PROFILE, trial
    for trial in ("revision", "shuffle", "as it stood"):
        assert clean[trial] == ALL, trial
    assert clean["window"] == EVENTS - {"complaint_contacts_days_since_last"}


def test_an_event_at_as_of_that_counts_is_found(monkeypatch):
    told_early(monkeypatch, "occurred_at", -MICROSECOND)
    audit = audited("events at as_of count", FEW)
    assert with_verdict(audit, "leaks") == {"movements_count_30d", "net_sum_90d"}
    assert with_verdict(audit, "clean") == {"questionnaire_level", "dependants"}
    assert trials_of(audit, "movements_count_30d") == {"poison"}
    found = audit.counterexample("movements_count_30d")
    assert found is not None
    assert found.through == ("transactions",)
    assert found.after > found.before


@pytest.mark.parametrize(
    ("off", "verdict"), [(1, "leaks"), (-1, "misses")], ids=["too wide", "too narrow"]
)
def test_a_window_that_is_a_microsecond_off_is_found(monkeypatch, off, verdict):
    sound = SortedEvents.window_start
    monkeypatch.setattr(
        SortedEvents, "window_start", lambda self, age: sound(self, age + off if age else 0)
    )
    ratio = "net_sum_90d_to_salary_inflow_sum_90d"
    audit = audited(f"windows are {off} off", FEW | {ratio})
    windowed = {"movements_count_30d", "net_sum_90d", ratio}
    assert with_verdict(audit, verdict) == windowed
    assert with_verdict(audit, "clean") == FEW - windowed
    assert all(audit.outcomes(name)["window"] == verdict for name in windowed)


@pytest.mark.parametrize(
    ("how", "column", "shift", "trial"),
    [
        ("known_at is ignored", "known_at", -AN_AGE, "late news"),
        ("news count at their instant", "known_at", -MICROSECOND, "late news"),
        ("known_until is ignored", "known_until", AN_AGE, "taken back"),
        ("closings show at their instant", "known_until", -MICROSECOND, "revision"),
    ],
)
def test_knowledge_of_another_time_is_found(monkeypatch, how, column, shift, trial):
    told_early(monkeypatch, column, shift)
    audit = audited(how, FEW)
    reached = FEW - ({"dependants"} if column == "known_until" else set())
    assert with_verdict(audit, "leaks") >= reached
    assert all(trial in trials_of(audit, name) for name in FEW - {"dependants"})


def told_early(monkeypatch, column, shift):
    """Let the engine read a clock of the customers' tables `shift` later than it stands there."""
    sound = Plan.of_slice

    def shifted(self, name):
        rows = sound(self, name)
        if column not in rows.columns:
            return rows
        clock = rows[column]
        return rows.mutate(**{column: clock + ibis.literal(shift, type="interval('us')")})

    monkeypatch.setattr(Plan, "of_slice", shifted)


def test_a_price_after_as_of_is_found_and_traced_to_prices(monkeypatch):
    sound = prices.price_before

    def peeking(rows, levels, instant, name):
        return sound(rows, levels, instant + ibis.interval(days=2), name)

    plant(monkeypatch, prices.price_before, peeking)
    audit = audited("prices of two days later", {"holding_value", "movements_count_30d"})
    assert with_verdict(audit, "leaks") == {"holding_value"}
    found = audit.counterexample("holding_value")
    assert found is not None
    assert found.through == ("prices",)


def test_the_later_version_of_a_product_is_found_and_traced_to_products(monkeypatch):
    def latest(plan):
        rows = plan["products"]
        newest = ibis.window(group_by="product_id", order_by=ibis.desc("known_at"))
        rows = rows.mutate(place=ibis.row_number().over(newest))
        rows = rows.filter(rows.place == 0)
        return rows.select(
            "product_id", *products.ATTRIBUTES, known_at=BEGINNING, known_until=FOREVER
        )

    plant(monkeypatch, products.product_versions, latest)
    audit = audited(
        "products as they are known last", {"risky_turnover_sum_365d", "movements_count_30d"}
    )
    assert with_verdict(audit, "leaks") == {"risky_turnover_sum_365d"}
    found = audit.counterexample("risky_turnover_sum_365d")
    assert found is not None
    assert found.through == ("products",)
