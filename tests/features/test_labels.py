from datetime import datetime, timedelta
from pathlib import Path

import pytest

from src.core.errors import FeatureError
from src.core.taxonomy import load_taxonomy
from src.features.labels import build_labels
from tests.ledgers import MICROSECOND, small_ledger, spine_of

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
