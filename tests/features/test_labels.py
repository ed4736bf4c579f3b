from datetime import datetime, timedelta
from pathlib import Path

import pytest

from src.core.errors import FeatureError
from src.core.taxonomy import load_taxonomy
from src.features.labels import REASONS, Outcomes, build_labels
from src.features.plan import fetched
from tests.support.ledgers.handmade import MICROSECOND, small_ledger, spine_of

AS_OF = datetime(2024, 3, 1)
DAY = timedelta(days=1)
POLICY = load_taxonomy(Path("configs/taxonomy.yaml"), "simulated")
SPINE = spine_of(("a", AS_OF))
END = {"customer_id": "z", "occurred_at": AS_OF + 400 * DAY}


def move(at, amount, **columns):
    return {"customer_id": "a", "occurred_at": at, "amount_minor": amount, **columns}


def label(task, *, end=END, **tables):
    tables["transactions"] = [*tables.get("transactions", []), end]
    found = build_labels(small_ledger(**tables), SPINE, task, POLICY)
    return found["label"].tolist()


def declared(at, level):
    return {"customer_id": "a", "completed_at": at, "risk_level": level}


def test_risk_appetite_is_the_class_of_the_next_questionnaire():
    rows = [declared(AS_OF - DAY, 1), declared(AS_OF + 50 * DAY, 3), declared(AS_OF + 9 * DAY, 5)]
    assert label("risk_appetite", questionnaires=rows) == [2]


def test_a_questionnaire_exactly_at_the_snapshot_belongs_to_the_label():
    assert label("risk_appetite", questionnaires=[declared(AS_OF, 3)]) == [1]


@pytest.mark.parametrize("at", [AS_OF - MICROSECOND, AS_OF + 180 * DAY])
def test_a_questionnaire_outside_the_horizon_gives_no_label(at):
    assert label("risk_appetite", questionnaires=[declared(at, 3)]) == []


def test_value_tier_is_that_of_the_assets_at_the_horizons_end():
    moves = [
        move(AS_OF - DAY, 100),
        move(AS_OF + 90 * DAY - MICROSECOND, 500_000_00 - 100),
        move(AS_OF + 90 * DAY, 10**15),
    ]
    assert label("value_tier", transactions=moves) == [1]


def test_assets_that_can_not_be_valued_have_no_tier():
    lost = move(AS_OF - DAY, 0, product_id="GONE", quantity=1.0)
    assert label("value_tier", transactions=[lost]) == []


HELD = move(AS_OF - DAY, 10_000_00, channel="branch")
DRAINED = move(AS_OF + 20 * DAY, -7_000_00, kind="transfer_out", channel="mobile")


def test_a_customer_whose_assets_fall_and_who_falls_silent_churns():
    assert label("churn", transactions=[HELD, DRAINED]) == [1]


def test_a_customer_whose_assets_fall_but_who_stays_active_does_not_churn():
    late = move(AS_OF + 89 * DAY, -1, kind="purchase", channel="mobile")
    assert label("churn", transactions=[HELD, DRAINED, late]) == [0]


@pytest.mark.parametrize("kind", ["interest", "fee", "dividend"])
def test_what_the_bank_books_itself_is_no_activity(kind):
    booked = move(AS_OF + 89 * DAY, -1, kind=kind)
    assert label("churn", transactions=[HELD, DRAINED, booked]) == [1]


def test_standing_orders_of_the_system_are_no_activity():
    booked = move(AS_OF + 89 * DAY, -1, kind="purchase", channel="system")
    assert label("churn", transactions=[HELD, DRAINED, booked]) == [1]


@pytest.mark.parametrize(
    "held",
    [
        move(AS_OF - DAY, 999_99, channel="branch"),
        move(AS_OF - 91 * DAY, 10_000_00, channel="branch"),
        move(AS_OF, 10_000_00, channel="branch"),
    ],
    ids=["too little", "inactive already", "only at the snapshot"],
)
def test_who_holds_too_little_or_is_inactive_already_can_not_churn(held):
    assert label("churn", transactions=[held, DRAINED]) == []


@pytest.mark.parametrize(("days", "known"), [(90, [0]), (89, [])])
def test_a_window_that_the_data_does_not_reach_has_no_label(days, known):
    end = {"customer_id": "z", "occurred_at": AS_OF + days * DAY - MICROSECOND}
    assert label("value_tier", transactions=[move(AS_OF - DAY, 100)], end=end) == known


def test_labels_never_look_before_the_snapshot_at_what_only_the_past_knew():
    past = [declared(AS_OF - days * DAY, 5) for days in (1, 100, 300)]
    now = [declared(AS_OF + DAY, 1)]
    assert label("risk_appetite", questionnaires=past + now) == label(
        "risk_appetite", questionnaires=now
    )


def delivered(name, customer="a", known=AS_OF + 90 * DAY, task="churn", **columns):
    """A delivered label, known when its window was over."""
    row = {"customer_id": customer, "as_of": AS_OF, "task": task, "label": name}
    return {**row, "known_at": known, **columns}


def test_a_label_that_the_source_delivers_takes_precedence():
    assert label("churn", transactions=[HELD, DRAINED], labels=[delivered("stays")]) == [0]


def test_a_delivered_label_that_is_no_class_is_refused_with_the_nearest():
    with pytest.raises(FeatureError, match="Did you mean 'churns'"):
        label("churn", labels=[delivered("churnt")])


def test_silence_after_a_customers_own_end_is_no_label_where_records_end_one_by_one():
    moves = [move(AS_OF - DAY, 10_000_00), move(AS_OF + 89 * DAY, -1)]
    ledger = small_ledger(transactions=[*moves, END])
    assert len(build_labels(ledger, SPINE, "value_tier", POLICY, "by_customer")) == 1
    cut = small_ledger(transactions=[moves[0], move(AS_OF + 88 * DAY, -1), END])
    assert len(build_labels(cut, SPINE, "value_tier", POLICY, "by_customer")) == 0
    assert len(build_labels(cut, SPINE, "value_tier", POLICY)) == 1


def test_where_the_source_delivers_labels_no_other_row_gets_one():
    rows = [delivered("churns", customer="b")]
    assert label("churn", transactions=[HELD, DRAINED], labels=rows) == []
    other = [delivered("mass", task="value_tier")]
    assert label("churn", transactions=[HELD, DRAINED], labels=other) == [1]


def test_a_movement_that_became_known_after_the_horizon_counts_by_when_it_happened():
    late = {**DRAINED, "known_at": AS_OF + 200 * DAY}
    assert label("churn", transactions=[HELD, late]) == [1]
    spent = move(AS_OF + 89 * DAY, -1, kind="purchase", known_at=AS_OF + 200 * DAY)
    assert label("churn", transactions=[HELD, DRAINED, spent]) == [0]
    rich = move(AS_OF + DAY, 500_000_00, known_at=AS_OF + 200 * DAY)
    assert label("value_tier", transactions=[rich]) == [1]


def test_a_movement_that_was_cancelled_in_the_end_counts_for_no_label():
    mistake = {**DRAINED, "known_until": AS_OF + 300 * DAY}
    assert label("churn", transactions=[HELD, mistake]) == [0]
    rich = move(AS_OF + DAY, 500_000_00, known_until=AS_OF + 300 * DAY)
    assert label("value_tier", transactions=[HELD, rich]) == [0]


def test_who_is_eligible_follows_from_what_was_known_at_the_snapshot():
    late = {**HELD, "known_at": AS_OF + DAY}
    assert label("churn", transactions=[late, DRAINED]) == []
    mistake = {**HELD, "transaction_id": "T", "known_until": AS_OF + 5 * DAY}
    corrected = {**HELD, "transaction_id": "T", "amount_minor": 9_00, "known_at": AS_OF + 5 * DAY}
    assert len(label("churn", transactions=[mistake, corrected])) == 1


def test_a_corrected_questionnaire_counts_as_corrected():
    first = {**declared(AS_OF + DAY, 1), "known_until": AS_OF + 9 * DAY}
    second = {**declared(AS_OF + DAY, 5), "known_at": AS_OF + 9 * DAY}
    assert label("risk_appetite", questionnaires=[first, second]) == [2]


def outcome(task, days=None, ends="together", end=END, spine=SPINE, **tables):
    """(label, why) of each row of the spine."""
    tables["transactions"] = [*tables.get("transactions", []), end]
    ledger = small_ledger(**tables)
    found = fetched(ledger, Outcomes(ledger, spine, POLICY, ends).of(task, days))
    assert (found["label"].isna() != found["why"].isna()).all()
    told = zip(found["label"], found["why"], strict=True)
    return [why if isinstance(why, str) else int(label) for label, why in told]


GONE = {"product_id": "GONE", "quantity": 1.0, "kind": "buy"}
ENDS_AT_ONCE = {**END, "occurred_at": AS_OF}


@pytest.mark.parametrize(
    ("why", "task", "tables"),
    [
        ("not_delivered", "churn", {"labels": [delivered("churns", customer="b")]}),
        (
            "told_before_the_window_ended",
            "churn",
            {"labels": [delivered("churns", known=AS_OF + 90 * DAY - MICROSECOND)]},
        ),
        ("assets_not_known", "churn", {"transactions": [HELD, move(AS_OF - DAY, 0, **GONE)]}),
        ("assets_below_minimum", "churn", {"transactions": [move(AS_OF - DAY, 999_99)]}),
        ("inactive_before", "churn", {"transactions": [move(AS_OF - 91 * DAY, 10_000_00)]}),
        ("beyond_data_end", "churn", {"transactions": [HELD], "end": ENDS_AT_ONCE}),
        ("beyond_data_end", "risk_appetite", {"end": {**END, "occurred_at": AS_OF + 90 * DAY}}),
        ("beyond_customer_end", "value_tier", {"transactions": [HELD], "ends": "by_customer"}),
        ("beyond_customer_end", "churn", {"transactions": [HELD], "ends": "by_customer"}),
        ("no_questionnaire", "risk_appetite", {"questionnaires": [declared(AS_OF - DAY, 3)]}),
        (
            "assets_incomplete_at_start",
            "churn",
            {"transactions": [HELD, move(AS_OF - DAY, 0, known_at=AS_OF + DAY, **GONE)]},
        ),
        (
            "assets_incomplete_at_end",
            "churn",
            {"transactions": [HELD, move(AS_OF + DAY, 0, **GONE)]},
        ),
        ("assets_incomplete_at_end", "value_tier", {"transactions": [move(AS_OF, 0, **GONE)]}),
    ],
)  # fmt: skip
def test_a_row_without_a_label_says_why(why, task, tables):
    assert why in REASONS
    assert outcome(task, **tables) == [why]


def test_a_label_of_another_horizon_than_the_delivered_one_is_refused():
    rows = [delivered("churns")]
    assert outcome("churn", labels=rows) == [1]
    assert outcome("churn", days=90, labels=rows) == [1]
    assert outcome("churn", days=30, labels=rows) == ["delivered_for_another_horizon"]


@pytest.mark.parametrize(
    ("days", "reached"), [(30, [0]), (90, [1]), (180, [1]), (360, ["beyond_data_end"])]
)
def test_each_horizon_has_its_own_window_and_its_own_end_of_the_data(days, reached):
    rich = move(AS_OF + 60 * DAY, 500_000_00)
    end = {**END, "occurred_at": AS_OF + 359 * DAY - MICROSECOND}
    assert outcome("value_tier", days, transactions=[HELD, rich], end=end) == reached


def test_a_churner_of_the_short_horizon_may_be_back_by_the_end_of_the_long_one():
    back = move(AS_OF + 60 * DAY, 10_000_00, kind="deposit", channel="branch")
    drained = {**DRAINED, "occurred_at": AS_OF + 5 * DAY}
    found = [outcome("churn", days, transactions=[HELD, drained, back]) for days in (30, 90, 180)]
    assert found == [[1], [0], [0]]


def test_the_last_days_in_which_nothing_may_be_started_are_those_of_the_horizon():
    drained = {**DRAINED, "occurred_at": AS_OF + 5 * DAY}
    spent = move(AS_OF + 19 * DAY, -1, kind="purchase", channel="mobile")
    assert outcome("churn", 30, transactions=[HELD, drained, spent]) == [1]
    spent = {**spent, "occurred_at": AS_OF + 20 * DAY}
    assert outcome("churn", 30, transactions=[HELD, drained, spent]) == [0]


def test_a_delivered_class_of_risk_appetite_is_refused_for_it_may_be_inferred():
    rows = [delivered("aggressive", task="risk_appetite")]
    with pytest.raises(FeatureError, match="next declared questionnaire"):
        label("risk_appetite", labels=rows, questionnaires=[declared(AS_OF + DAY, 1)])


def test_a_delivered_label_tells_how_long_after_its_snapshot_it_was_known():
    rows = [delivered("churns"), delivered("stays", customer="b", known=AS_OF + 100 * DAY)]
    ledger = small_ledger(labels=rows)
    assert Outcomes(ledger, SPINE, POLICY).known_after_days("churn") == (90.0, 100.0)
