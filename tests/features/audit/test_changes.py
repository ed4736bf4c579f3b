"""What the trials do to a ledger: to what as_of must not see, and never to what it may."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given

from src.core.engine import EngineParams
from src.core.schemas import INTERACTION_KINDS, TABLES
from src.features.audit.built import AS_OF, END, built_rows, built_subject
from src.features.audit.copies import make_copies
from src.features.audit.poison import at_window_starts, in_time
from src.features.audit.sample import uncut
from src.features.audit.trials import TRIALS
from src.features.audit.worlds import changed
from tests.support.example_counts import few
from tests.support.features.planted_leaks import small_spec
from tests.support.ledgers.handmade import small_ledger
from tests.support.ledgers.revision_strategies import CUSTOMERS
from tests.support.ledgers.strategies import SNAPSHOTS, ledger_rows

EVENT = {
    "transactions": "occurred_at",
    "interactions": "occurred_at",
    "questionnaires": "completed_at",
    "balances": "as_of",
    "prices": "date",
    "fx_rates": "date",
    "labels": "as_of",
    "rejected": "happened_at",
}
MICROSECOND = timedelta(microseconds=1)


def rows_of(ledger, name):
    return ledger.backend.con.table(f"{ledger.prefix}{name}").to_arrow_table().to_pylist()


def past(name, rows, as_of):
    """What may be seen at as_of, by the rules of DESIGN.md in plain Python, in no order."""
    seen = []
    for row in rows:
        happened = row.get(EVENT.get(name, ""), datetime.min)
        ahead = happened > as_of if name == "balances" else happened >= as_of
        if row["known_at"] >= as_of or ahead:
            continue
        end = row["known_until"]
        shown = end if end is not None and end < as_of else None
        if shown is not None and shown < max(row["known_at"], happened):
            continue  # withdrawn before anybody could see it
        seen.append(repr(sorted({**row, "known_until": shown}.items())))
    return sorted(seen)


@few(4)
@given(ledger_rows())
def test_no_trial_touches_what_as_of_may_see(rows):
    as_of = SNAPSHOTS[1]
    subject = uncut(small_ledger(**rows), "drawn", CUSTOMERS, [as_of], SNAPSHOTS[2])
    make_copies(subject)
    before = {name: past(name, rows_of(subject.ledger, name), as_of) for name in TABLES}
    for trial in TRIALS:
        after = changed(subject, trial.change, as_of)
        for name in TABLES:
            assert past(name, rows_of(after, name), as_of) == before[name], (trial.name, name)


@pytest.fixture(scope="module")
def subject():
    subject = built_subject(small_spec("changes"), EngineParams(threads=1))
    make_copies(subject)
    return subject


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.name)
def test_every_trial_changes_what_lies_beyond(subject, trial):
    after = changed(subject, trial.change, AS_OF)
    touched = {
        name
        for name in TABLES
        if sorted(map(repr, rows_of(after, name)))
        != sorted(map(repr, rows_of(subject.ledger, name)))
    }
    clocked = {"transactions", "interactions", "questionnaires", "balances", "prices", "fx_rates"}
    assert touched >= clocked


def test_a_twin_changes_what_as_of_may_see_in_every_table_with_a_clock(subject):
    after = changed(subject, in_time, AS_OF)
    for name in ("transactions", "interactions", "questionnaires", "balances", "prices"):
        assert past(name, rows_of(after, name), AS_OF) != past(
            name, rows_of(subject.ledger, name), AS_OF
        )


def test_the_future_is_shuffled_and_nothing_added_or_lost(subject):
    shuffle = next(trial for trial in TRIALS if trial.name == "shuffle")
    after = changed(subject, shuffle.change, AS_OF)
    for name, column in (("transactions", "amount_minor"), ("prices", "close")):
        before, now = rows_of(subject.ledger, name), rows_of(after, name)
        assert sorted(row[column] for row in before) == sorted(row[column] for row in now)
    key, column = "transaction_id", "customer_id"
    owners = {row[key]: row[column] for row in rows_of(subject.ledger, "transactions")}
    now = {row[key]: row[column] for row in rows_of(after, "transactions")}
    assert sum(owners[name] != now[name] for name in owners) > len(owners) / 5


def test_rows_at_window_starts_lie_a_microsecond_apart(subject):
    for off in (-MICROSECOND, timedelta(), MICROSECOND):
        after = changed(subject, at_window_starts((30, 90), off), AS_OF)
        added = [
            row["occurred_at"]
            for row in rows_of(after, "transactions")
            if row["transaction_id"].startswith("poison")
        ]
        assert set(added) == {AS_OF - timedelta(days=days) + off for days in (30, 90)}


def test_rows_at_window_starts_tell_the_same_whichever_side_they_lie_on(subject):
    """Else a sum may be below zero on one side and above it on the other, and what counts sums
    above zero alone is unknown on one side: a window would seem to miss its first instant."""
    told = []
    for off in (-MICROSECOND, timedelta(), MICROSECOND):
        after = changed(subject, at_window_starts((30, 90), off), AS_OF)
        added = (r for r in rows_of(after, "transactions") if r["transaction_id"][:6] == "poison")
        told.append({row["transaction_id"]: row["amount_minor"] for row in added})
    assert (len(told[0]), len(set(told[0].values()))) == (470, 447)
    assert told[0] == told[1] == told[2]


def test_the_built_ledger_has_rows_for_every_filter_on_both_sides_of_as_of():
    spec = small_spec("built")
    rows = built_rows(spec, ["a", "b", "c", "d"])
    for side in (lambda at: at < AS_OF, lambda at: AS_OF <= at < END):
        moved = [row for row in rows["transactions"] if side(row["occurred_at"])]
        assert {row["category"] for row in moved} == {None, "salary", "rent"}
        assert {row["kind"] for row in moved if row.get("product_id")} == {
            "buy",
            "sell",
            "dividend",
        }
        heard = {row["kind"] for row in rows["interactions"] if side(row["occurred_at"])}
        assert heard == set(INTERACTION_KINDS)
    instants = {row["occurred_at"] for row in rows["transactions"]}
    for days in (0, 30, 90, 365):
        border = AS_OF - timedelta(days=days)
        assert instants & {border - MICROSECOND, border, border + MICROSECOND}, days
    assert {row["currency"] for row in rows["products"]} == {"CNY", "USD", "EUR"}
    late = [row for row in rows["transactions"] if row["occurred_at"] < AS_OF <= row["known_at"]]
    assert len(late) == 32
    assert sum(row.get("known_until") is not None for row in rows["transactions"]) == 59
