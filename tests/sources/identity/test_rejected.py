"""What a customer lacks is what a day-by-day account of the rejected rows tells."""

from datetime import timedelta

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from src.sources.identity.rejected import make_rejected
from src.sources.identity.spans import make_spans
from src.sources.staging.limits import mark_faulty, mark_orphans
from src.sources.staging.versions import SAID_ALREADY, close_versions, mark_copies
from tests.support.sources.merging_strategies import RECORDS, customer_at, merging, runs
from tests.support.sources.staged_rows import day, make_members, stage_rows, staged

LAST = 20
NOBODY = "z"
COLUMNS = "customer_id, meant_for, account_id, product_id, happened_at, known_at, known_until"


def lacking(table, rows, members, products=()):
    """The rows of rejected_spans that integration makes of staged rows, in the order of COLUMNS."""
    with staged() as work:
        stage_rows(work, "products", products)
        stage_rows(work, table, rows)
        make_members(work, members)
        for each in ("transactions", "balances"):
            mark_copies(work, each)
            mark_faulty(work, each)
            mark_orphans(work, each)
            close_versions(work, each)
            make_spans(work, each)
        make_rejected(work)
        return work.connection.execute(
            f"SELECT {COLUMNS} FROM rejected_spans ORDER BY ALL"
        ).fetchall()


def move(number, known, **columns):
    """A movement of the day -number, numbered `number` unless it is named otherwise."""
    row = {"transaction_id": f"t{number}", "customer_id": "a", "account_id": "A1"}
    row |= {"occurred_at": day(-number), "kind": "deposit", "amount_minor": number}
    return row | {"known_at": day(known)} | columns


ROW = st.fixed_dictionaries(
    {
        "key": st.integers(0, 1),
        "record": st.sampled_from([*RECORDS, NOBODY]),
        "known": st.integers(0, 9),
        "fate": st.sampled_from(["kept", "kept", "broken", "cancels"]),
    }
)


@settings(max_examples=15, deadline=None, phases=(Phase.generate,))
@given(st.lists(ROW, max_size=7, unique_by=lambda row: row["known"]), merging())
def test_a_rejected_row_is_lacking_until_a_later_one_of_its_key_is_understood(rows, members):
    found = lacking(
        "transactions",
        [
            move(n, row["known"], transaction_id=f"t{row['key']}", customer_id=row["record"])
            | {"_rule": "broken" if row["fate"] == "broken" else None}
            | {"_cancels": row["fate"] == "cancels"}
            for n, row in enumerate(rows, start=1)
        ],
        members,
    )
    expected = []
    for n, row in enumerate(rows, start=1):
        if row["fate"] != "broken":
            continue
        states = []
        for t in range(LAST):
            mended = any(
                other["key"] == row["key"]
                and row["known"] < other["known"] <= t
                and (other["fate"] == "cancels" or customer_at(members, other["record"], t))
                for other in rows
                if other["fate"] != "broken"
            )
            lacks = t >= row["known"] and not mended
            states.append(customer_at(members, row["record"], t) if lacks else None)
        for who, since, until in runs(states):
            expected.append((who, "transactions", "A1", None, day(-n), day(since), day(until)))
    assert sorted(found, key=str) == sorted(expected, key=str)


@pytest.mark.parametrize("rule", SAID_ALREADY)
def test_what_repeats_another_row_or_takes_it_back_is_lacking_nowhere(rule):
    assert lacking("transactions", [move(1, 3, _rule=rule)], [("a", "a", 0, None)]) == []


@pytest.mark.parametrize(
    ("columns", "account", "happened"),
    [
        ({}, "A1", day(-1)),
        ({"occurred_at": None}, "A1", day(3)),
        ({"occurred_at": day(4)}, "A1", day(3)),
        ({"occurred_at": day(-60_000)}, "A1", day(3)),
        ({"known_at": None, "_arrived": day(8)}, "A1", day(-1)),
        ({"known_at": None}, "A1", day(-1)),
        ({"known_at": None, "occurred_at": None}, None, None),
    ],
    ids=["its own", "none", "the future", "before 1900", "unknown when known", "ever", "timeless"],
)
def test_a_row_counts_by_its_own_time_or_else_by_when_it_was_known(columns, account, happened):
    (found,) = lacking(
        "transactions", [move(1, 3, _rule="broken", **columns)], [("a", "a", 0, None)]
    )
    assert found[2] == account
    assert happened is None or found[4] == happened


def test_a_statement_counts_by_the_last_instant_that_it_covers():
    row = {"customer_id": "a", "account_id": "A1", "as_of": day(3), "known_at": day(3)}
    ((*_, happened, known, until),) = lacking(
        "balances", [row | {"_rule": "broken"}], [("a", "a", 0, None)]
    )
    assert (happened.hour, happened.microsecond, happened < day(3)) == (23, 999_999, True)
    assert (known, until) == (day(3), None)


SHELF = {"asset_class": "equity", "currency": "CNY", "known_at": day(0)}


@pytest.mark.parametrize(
    ("arrived", "rule", "expected"),
    [
        (1, None, []),
        (9, None, [("unknown", day(3), day(9) - timedelta(microseconds=1))]),
        (1, "broken", [("P", day(3), None)]),
        (9, "broken", [("unknown", day(3), None)]),
    ],
    ids=["there", "later", "there, and broken", "later, and broken"],
)
def test_a_product_is_named_only_if_it_was_known_with_the_row(arrived, rule, expected):
    found = lacking(
        "transactions",
        [move(1, 3, product_id="P", _rule=rule, _arrived=day(4))],
        [("a", "a", 0, None)],
        products=[{"product_id": "P", "_arrived": day(arrived), **SHELF}],
    )
    assert [(row[3], row[5], row[6]) for row in found] == expected
