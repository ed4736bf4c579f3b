"""The account of labels against a slow oracle, row by row, on a small bank of many segments."""

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from src.core.errors import FeatureError
from src.core.taxonomy import load_taxonomy
from src.features.label_account import LabelAccounts, label_metrics, months_table
from src.features.labels import Outcomes
from src.features.plan import fetched
from tests.support.ledgers.handmade import small_ledger, spine_of

POLICY = load_taxonomy(Path("configs/taxonomy.yaml"), "simulated")
AS_OFS = [datetime(2024, 3, 1), datetime(2024, 3, 15), datetime(2024, 6, 1)]
END = datetime(2024, 7, 15)
AGES = [None, 18, 29, 30, 44, 60, 80]
DAY = timedelta(days=1)


def born(years):
    """A birth date that makes somebody `years` old at the first of the instants, and some days."""
    return None if years is None else AS_OFS[0] - years * 365.25 * DAY - 3 * DAY


def bank():
    """Customers of all ages; the first is a company, every second holds much, some declare."""
    customers, moves, answers = [], [], []
    for number, years in enumerate(AGES):
        name = f"c{number}"
        kind = "person" if number else "company"
        customers.append({"customer_id": name, "birth_date": born(years), "kind": kind})
        amount = 600_000_00 if number % 2 else 500_00
        at = AS_OFS[0] - 20 * DAY
        moves.append({"customer_id": name, "occurred_at": at, "amount_minor": amount})
        if number % 3:
            at = AS_OFS[0] + 20 * DAY
            told = {"customer_id": name, "completed_at": at, "risk_level": 1 + number % 5}
            answers.append(told)
    moves.append({"customer_id": "z", "occurred_at": END - DAY})
    return small_ledger(customers=customers, transactions=moves, questionnaires=answers)


@pytest.fixture(scope="module")
def counted():
    ledger = bank()
    spine = spine_of(*((f"c{n}", as_of) for as_of in AS_OFS for n in range(len(AGES))))
    outcomes = Outcomes(ledger, spine, POLICY)
    accounts = LabelAccounts(ledger, outcomes, POLICY)
    found = {}
    for task, days in (("risk_appetite", 30), ("value_tier", 90), ("churn", 90), ("churn", 180)):
        outcome = outcomes.of(task, days)
        found[task, days] = fetched(ledger, outcome), accounts.of(task, outcome)
    return accounts, found


def entries(account):
    """The whole, each month and each segment's value."""
    yield account
    yield from account["by_month"]
    for listed in account["by_segment"].values():
        yield from listed


def test_rows_are_those_with_a_label_and_those_of_each_reason_everywhere(counted):
    _, found = counted
    for rows, account in found.values():
        for each in entries(account):
            assert each["spine_rows"] == each["rows"] + sum(each["unlabelled"].values())
            assert each["rows"] == sum(each["class_rows"].values())
        parts = [account["by_month"], *account["by_segment"].values()]
        for part in parts:
            assert sum(each["spine_rows"] for each in part) == len(rows)
        assert account["unlabelled"] == dict(Counter(rows["why"].dropna()))


def test_each_row_stands_in_its_month_and_in_the_segments_of_what_was_known_then(counted):
    _, account = counted[1]["value_tier", 90]
    assert [(m["month"], m["spine_rows"]) for m in account["by_month"]] == [
        ("2024-03", 14),
        ("2024-06", 7),
    ]
    by_segment = {
        name: {each["value"]: each["spine_rows"] for each in listed}
        for name, listed in account["by_segment"].items()
    }
    assert by_segment["kind"] == {"person": 18, "company": 3}
    assert by_segment["age"] == {
        "below 30": 6,
        "30 to 45": 6,
        "60 and above": 6,
        "unknown": 3,
    }
    assert by_segment["tenure"] == {"unknown": 21}
    assert by_segment["tier"] == {"mass": 12, "affluent": 9}
    assert account["unlabelled"] == {"beyond_data_end": 7}
    assert account["base_rates"] == {"mass": 0.5714, "affluent": 0.4286, "private": 0, "ultra": 0}


def test_what_dvc_compares_and_plots_are_the_same_counts(counted):
    account = counted[1]["churn", 180][1]
    assert account["base_rates"] == {}  # no window of 180 days is over
    entry = {"supported": False, "horizons": {"180": account}}
    assert label_metrics({"churn": entry}) == {
        "churn": {"supported": 0, "180d": {"rows": 0, "labelled_share": 0.0}}
    }
    table = months_table(counted[1]["risk_appetite", 30][1])
    assert table["month"].tolist() == ["2024-03", "2024-06"]
    assert table["labelled_share"].tolist() == [round(8 / 14, 4), 0.0]
    assert table["highest_class_share"].isna().tolist() == [False, True]


def test_outcomes_that_miss_rows_of_the_spine_are_refused(counted):
    accounts, _ = counted
    ledger = bank()
    few = Outcomes(ledger, spine_of(("c1", AS_OFS[0])), POLICY).of("value_tier", 30)
    with pytest.raises(FeatureError, match="expected one of the two for each of 21 rows"):
        accounts.of("value_tier", few)
