"""Whose a row is, from when until when: as its record's customers merge, its versions follow."""

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from src.sources.identity.spans import known_columns, make_spans, spans_from
from src.sources.staging.versions import close_versions
from tests.support.sources.merging_strategies import RECORDS, customer_at, merging, runs
from tests.support.sources.staged_rows import day, make_members, stage_rows, staged

LAST = 20


def spans(table, rows, members):
    """{row number: [(customer, known_at, known_until), …]} and {row number: rule}, of rows that
    name a record, or None for tables without customers."""
    with staged() as work:
        stage_rows(work, table, rows)
        make_members(work, members)
        close_versions(work, table)
        make_spans(work, table)
        known_at, known_until = known_columns(table)
        customer = "m.customer" if "customer_id" in rows[0] else "NULL"
        found = work.connection.execute(
            f"SELECT s._id, {customer}, {known_at}, {known_until} {spans_from(table)} ORDER BY 1, 3"
        ).fetchall()
        rules = work.connection.execute(f"SELECT _id, _rule FROM stage_{table}").fetchall()
    versions = {number: [] for number, _ in rules}
    for number, *version in found:
        versions[number].append(tuple(version))
    return versions, dict(rules)


def move(record, known, name="t"):
    return {
        "transaction_id": name,
        "customer_id": record,
        "amount_minor": 1,
        "known_at": day(known),
    }


def answer(record, known, level):
    return {
        "customer_id": record,
        "completed_at": day(0),
        "risk_level": level,
        "known_at": day(known),
    }


@settings(max_examples=15, deadline=None, phases=(Phase.generate,))
@given(
    st.lists(st.tuples(st.sampled_from(RECORDS), st.integers(0, 9)), min_size=1, max_size=6),
    merging(),
)
def test_on_every_day_a_row_stands_under_the_customer_that_its_record_belongs_to(told, members):
    rows = [move(record, known, f"t{n}") for n, (record, known) in enumerate(told)]
    versions, rules = spans("transactions", rows, members)
    for n, (record, known) in enumerate(told):
        states = [customer_at(members, record, t) if t >= known else None for t in range(LAST)]
        expected = [(who, day(since), day(until)) for who, since, until in runs(states)]
        assert versions[n] == expected
    assert set(rules.values()) == {None}


CHAIN = [("a", "a", 0, None), ("b", "b", 0, 7), ("b", "a", 7, None)]
CHAIN += [("c", "c", 0, 4), ("c", "b", 4, 7), ("c", "a", 7, None)]


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (2, [("c", 2, 4), ("b", 4, 7), ("a", 7, None)]),
        (4, [("b", 4, 7), ("a", 7, None)]),
        (5, [("b", 5, 7), ("a", 7, None)]),
        (7, [("a", 7, None)]),
        (9, [("a", 9, None)]),
    ],
)
def test_a_row_follows_its_record_through_one_merger_after_another(known, expected):
    versions, _ = spans("transactions", [move("c", known)], CHAIN)
    assert versions[0] == [(who, day(since), day(until)) for who, since, until in expected]


def test_a_row_is_nobodys_before_its_customer_is_known():
    versions, _ = spans("transactions", [move("a", 1)], [("a", "a", 5, None)])
    assert versions[0] == [("a", day(5), None)]


@pytest.mark.parametrize(
    ("corrected", "first", "second"),
    [
        (3, [("b", 2, 3)], [("b", 3, 7), ("a", 7, None)]),
        (7, [("b", 2, 7)], [("a", 7, None)]),
        (9, [("b", 2, 7), ("a", 7, 9)], [("a", 9, None)]),
    ],
    ids=["before the merger", "with it", "after it"],
)
def test_a_correction_closes_the_version_under_the_customer_of_its_time(corrected, first, second):
    rows = [move("b", 2), move("b", corrected) | {"amount_minor": 2}]
    versions, _ = spans("transactions", rows, CHAIN)
    for number, expected in enumerate((first, second)):
        assert versions[number] == [(who, day(since), day(end)) for who, since, end in expected]


def test_of_two_records_answers_to_one_question_the_later_stands_once_they_are_one_customer():
    versions, rules = spans("questionnaires", [answer("a", 1, 3), answer("b", 2, 4)], CHAIN)
    assert versions[0] == [("a", day(1), day(7))]
    assert versions[1] == [("b", day(2), day(7)), ("a", day(7), None)]
    assert rules == {0: None, 1: None}


def test_an_answer_that_never_stands_is_superseded():
    members = [("a", "a", 5, None), ("b", "a", 5, None)]
    rows = [answer("a", 1, 3), answer("b", 2, 4)]
    versions, rules = spans("questionnaires", rows, members)
    assert versions == {0: [], 1: [("a", day(5), None)]}
    assert rules == {0: "superseded", 1: None}


@settings(max_examples=15, deadline=None, phases=(Phase.generate,))
@given(
    st.lists(
        st.tuples(st.sampled_from(RECORDS), st.integers(0, 9), st.integers(1, 2)),
        min_size=1,
        max_size=6,
    ),
    merging(),
)
def test_a_customer_has_one_answer_at_any_instant_if_any_of_its_records_has(told, members):
    rows = [answer(*each) for each in told]
    versions, _ = spans("questionnaires", rows, members)
    standing = [version for found in versions.values() for version in found]
    for t in range(LAST):
        for customer in RECORDS:
            seen = [
                version
                for version in standing
                if version[0] == customer
                and version[1] <= day(t)
                and (version[2] is None or version[2] > day(t))
            ]
            told_of = any(
                known <= t and customer_at(members, record, t) == customer
                for record, known, _ in told
            )
            assert len(seen) == told_of


def test_what_belongs_to_no_customer_stands_whatever_becomes_of_them():
    price = {"product_id": "P", "date": day(0)}
    rows = [price | {"close": float(n), "known_at": day(n)} for n in (1, 4)]
    versions, _ = spans("prices", rows, CHAIN)
    assert versions == {0: [(None, day(1), day(4))], 1: [(None, day(4), None)]}
