"""The audit names the features that a planted leak reaches, and no other."""

import ibis
import pytest

from src.features import prices, products, windows
from src.features.windows import BEGINNING, DAY_US, FOREVER
from tests.features.audit.planting import ALL, EVENTS, PROFILE, audited, plant, sound_audit

FEW = {"movements_count_30d", "net_sum_90d", "questionnaire_level", "dependants"}


def with_verdict(audit, verdict):
    return {name for name in audit.spec.names if audit.verdict(name) == verdict}


def trials_of(audit, name):
    return {trial for trial, outcome in audit.outcomes(name).items() if outcome == "leaks"}


def test_every_feature_of_a_sound_engine_is_clean_and_was_exercised():
    audit = sound_audit()
    assert with_verdict(audit, "clean") == ALL
    assert audit.passed
    assert audit.hearings[0].hindsight > len(ALL) / 2


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
    known = windows.is_known
    plant(
        monkeypatch,
        windows.is_visible,
        lambda as_of, at, known_at, until: (at <= as_of) & known(as_of, known_at, until),
    )
    audit = audited("events at as_of count", FEW)
    assert with_verdict(audit, "leaks") == FEW - {"dependants"}
    assert with_verdict(audit, "clean") == {"dependants"}
    assert "poison" in trials_of(audit, "movements_count_30d")
    found = audit.counterexample("movements_count_30d")
    assert found is not None
    assert found.through == ("transactions",)
    assert found.after > found.before


@pytest.mark.parametrize(
    ("off", "verdict"), [(1, "leaks"), (-1, "misses")], ids=["too wide", "too narrow"]
)
def test_a_window_that_is_a_microsecond_off_is_found(monkeypatch, off, verdict):
    plant(monkeypatch, windows.in_window, lambda age_us, days: age_us <= days * DAY_US + off)
    ratio = "net_sum_90d_to_salary_inflow_sum_90d"
    audit = audited(f"windows are {off} off", FEW | {ratio})
    windowed = {"movements_count_30d", "net_sum_90d", ratio}
    assert with_verdict(audit, verdict) == windowed
    assert with_verdict(audit, "clean") == FEW - windowed
    assert all(audit.outcomes(name)["window"] == verdict for name in windowed)


@pytest.mark.parametrize(
    ("how", "leaky", "trial"),
    [
        ("known_at is ignored", lambda as_of, known_at, until: until >= as_of, "late news"),
        ("known_until is ignored", lambda as_of, known_at, until: known_at < as_of, "taken back"),
        (
            "a closing shows at its instant",
            lambda as_of, known_at, until: (known_at < as_of) & (until > as_of),
            "revision",
        ),
        (
            "news count at their instant",
            lambda as_of, known_at, until: (known_at <= as_of) & (until >= as_of),
            "late news",
        ),
    ],
)
def test_knowledge_of_another_time_is_found(monkeypatch, how, leaky, trial):
    plant(monkeypatch, windows.is_known, leaky)
    audit = audited(how, FEW)
    assert with_verdict(audit, "leaks") >= FEW - {"dependants"}
    assert all(trial in trials_of(audit, name) for name in FEW - {"dependants"})


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
