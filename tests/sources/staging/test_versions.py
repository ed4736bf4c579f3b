"""Rows of one key are versions; each closes the one before, under whichever customer it stands."""

from collections import defaultdict

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from src.sources.identity.spans import known_columns, make_spans, spans_from
from src.sources.staging.limits import mark_orphans
from src.sources.staging.versions import close_versions, mark_copies
from tests.support.sources.merging_strategies import RECORDS, customer_at, merging, runs
from tests.support.sources.staged_rows import day, make_members, stage_rows, staged

LAST = 30
NOBODY = "z"
ROW = st.fixed_dictionaries(
    {
        "key": st.integers(0, 1),
        "record": st.sampled_from([*RECORDS, NOBODY]),
        "known": st.integers(0, 8),
        "content": st.integers(1, 2),
        "cancels": st.sampled_from([False, False, False, True]),
    }
)


def _fresh(rows):
    """Rows without copies of earlier ones, which say nothing."""
    return [row for n, row in enumerate(rows) if row not in rows[:n]]


def _versions(table, columns, rows, members):
    """What integration makes of rows: (columns…, customer, known_at, known_until), and rules."""
    with staged() as work:
        stage_rows(work, table, rows)
        mark_copies(work, table)
        make_members(work, members)
        mark_orphans(work, table)
        close_versions(work, table)
        make_spans(work, table)
        known_at, known_until = known_columns(table)
        picked = ", ".join(f"s.{column}" for column in columns)
        found = work.connection.execute(
            f"SELECT {picked}, m.customer, {known_at}, {known_until} {spans_from(table)}"
        ).fetchall()
        rules = work.connection.execute(f"SELECT _id, _rule FROM stage_{table}").fetchall()
    return set(found), dict(rules)


def _understood(row, members):
    """The day from which a row means something: it is known, and so is whose it is; None if never.
    A withdrawal needs its key alone."""
    if row.get("cancels"):
        return row["known"]
    days = [since for reference, _, since, _ in members if reference == row["record"]]
    return max(row["known"], min(days)) if days else None


def _last_said(rows, t, members):
    """The number of the row that was said last of those understood by day t; None if none is."""
    days = [_understood(row, members) for row in rows]
    seen = [n for n, day in enumerate(days) if day is not None and day <= t]
    return max(seen, key=lambda n: (rows[n]["known"], n), default=None)


@settings(max_examples=12, deadline=None, phases=(Phase.generate,))
@given(st.lists(ROW, max_size=7), merging())
def test_movements_are_the_versions_that_a_day_by_day_account_sees(rows, members):
    found, rules = _versions(
        "transactions",
        ("transaction_id", "amount_minor"),
        [
            {
                "transaction_id": f"t{row['key']}",
                "customer_id": row["record"],
                "amount_minor": row["content"],
                "known_at": day(row["known"]),
                "_cancels": row["cancels"],
            }
            for row in rows
        ],
        members,
    )
    expected, rows = set(), _fresh(rows)
    for key in (0, 1):
        of_key, states = [row for row in rows if row["key"] == key], []
        for t in range(LAST):
            n = _last_said(of_key, t, members)
            last = None if n is None or of_key[n]["cancels"] else of_key[n]
            customer = last and customer_at(members, last["record"], t)
            states.append(last and (f"t{key}", last["content"], customer))
        expected |= {(*told, day(since), day(until)) for told, since, until in runs(states)}
    assert _joined(found) == _joined(expected)
    kept = {n for n, rule in rules.items() if rule is None}
    assert bool(kept) == bool(found)


def _joined(versions):
    """Versions that say the same and follow each other without a gap count as one."""
    chains = defaultdict(dict)
    for *told, since, until in versions:
        chains[tuple(told)][since] = until
    found = set()
    for told, spans in chains.items():
        for since in sorted(spans):
            if since in spans:
                until = spans.pop(since)
                while until in spans:
                    until = spans.pop(until)
                found.add((*told, since, until))
    return found


@settings(max_examples=12, deadline=None, phases=(Phase.generate,))
@given(st.lists(ROW, max_size=7), merging())
def test_of_answers_of_one_customer_at_one_time_one_stands_at_any_instant(rows, members):
    """Slow oracle: each record's answer as it stood by day; of several records of one customer the
    one that came to the customer last."""
    rows = _fresh([row | {"cancels": False} for row in rows])
    found, _ = _versions(
        "questionnaires",
        ("_id", "completed_at"),
        [
            {
                "customer_id": row["record"],
                "completed_at": day(row["key"]),
                "risk_level": row["content"],
                "known_at": day(row["known"]),
            }
            for row in rows
        ],
        members,
    )
    spans = []
    for record in RECORDS:
        for key in (0, 1):
            states, told = [], None
            mine = [n for n, r in enumerate(rows) if (r["record"], r["key"]) == (record, key)]
            for t in range(LAST):
                n = _last_said([rows[n] for n in mine], t, members)
                if n is not None and (
                    told is None or rows[told]["content"] != rows[mine[n]]["content"]
                ):
                    told = mine[n]
                customer = customer_at(members, record, t)
                states.append(None if told is None or customer is None else (told, key, customer))
            spans += [(*state, since, until) for state, since, until in runs(states)]
    expected = set()
    for n, key, customer, since, until in spans:
        same = [s for s in spans if s[1:3] == (key, customer)]
        if any(s[3] == since and s[0] > n for s in same):
            continue
        ends = [s[3] for s in same if s[3] > since] + [e for e in (until,) if e is not None]
        expected.add((n, day(key), customer, day(since), day(min(ends, default=None))))
    assert found == expected


def test_a_doubled_delivery_is_repeated_even_after_a_correction():
    rows = [
        {"transaction_id": "t", "customer_id": "a", "amount_minor": amount, "known_at": day(known)}
        | {"_declared": day(declared)}
        for amount, known, declared in ((1, 0, 0), (2, 5, 5), (1, 8, 0))
    ]
    found, rules = _versions("transactions", ("amount_minor",), rows, [("a", "a", 0, None)])
    assert found == {(1, "a", day(0), day(5)), (2, "a", day(5), None)}
    assert rules[2] == "repeated"


def test_what_is_told_again_later_changes_nothing_and_is_no_copy():
    rows = [
        {"transaction_id": "t", "customer_id": "a", "amount_minor": 1, "known_at": day(known)}
        | {"_declared": day(known)}
        for known in (0, 5)
    ]
    found, rules = _versions("transactions", ("amount_minor",), rows, [("a", "a", 0, None)])
    assert found == {(1, "a", day(0), None)}
    assert rules == {0: None, 1: "unchanged"}


@pytest.mark.parametrize(("amount", "rule"), [(1, "repeated"), (2, "superseded")])
def test_of_rows_known_at_one_instant_the_last_stands(amount, rule):
    rows = [
        {"transaction_id": "t", "customer_id": "a", "amount_minor": n, "known_at": day(0)}
        | {"category": category}
        for n, category in ((amount, "x"), (1, "y"), (1, "x"))
    ]
    found, rules = _versions("transactions", ("amount_minor",), rows, [("a", "a", 0, None)])
    assert found == {(1, "a", day(0), None)}
    assert sorted(filter(None, rules.values())) == sorted([rule, "superseded"])


def test_a_cancelled_movement_ends_and_a_later_one_begins_anew():
    rows = [
        {"transaction_id": "t", "customer_id": "a", "amount_minor": 1, "known_at": day(known)}
        | {"_cancels": cancels}
        for known, cancels in ((0, False), (3, True), (6, False))
    ]
    found, rules = _versions("transactions", ("amount_minor",), rows, [("a", "a", 0, None)])
    assert found == {(1, "a", day(0), day(3)), (1, "a", day(6), None)}
    assert rules[1] == "cancellation"


def test_rows_of_nobody_known_are_orphans_and_those_closed_before_are_superseded():
    rows = [
        {"transaction_id": name, "customer_id": who, "amount_minor": n, "known_at": day(n)}
        for n, (name, who) in enumerate([("t", "a"), ("t", "a"), ("u", "z"), ("v", None)])
    ]
    found, rules = _versions("transactions", ("amount_minor",), rows, [("a", "a", 5, None)])
    assert found == {(1, "a", day(5), None)}
    assert rules == {0: "superseded", 1: None, 2: "orphan_customer", 3: "orphan_customer"}
