import pytest

from tests.support.linkage.score import score


def resolved(connection, customers, persons):
    """A history in which records belong to customers, and a truth in which they are persons."""
    connection.execute(
        "CREATE OR REPLACE TABLE identity_history "
        "(record VARCHAR, customer VARCHAR, known_until TIMESTAMP);"
        "CREATE OR REPLACE TABLE truth (record VARCHAR, person INT);"
        "INSERT INTO identity_history VALUES ('a', 'once', TIMESTAMP '2024-01-01')"
    )
    for record, customer in customers.items():
        connection.execute("INSERT INTO identity_history VALUES (?, ?, NULL)", [record, customer])
    for record, person in persons.items():
        connection.execute("INSERT INTO truth VALUES (?, ?)", [record, person])
    return connection


def test_pairs_are_counted_as_by_hand(connection):
    customers = {"a": "x", "b": "x", "c": "x", "d": "y", "e": "y"}
    persons = {"a": 1, "b": 1, "c": 2, "d": 2, "e": 2}
    # joined: ab, ac, bc, de; of one person: ab, cd, ce, de; both: ab, de
    found = score(resolved(connection, customers, persons))
    assert (found.records, found.persons) == (5, 2)
    assert (found.precision, found.recall) == (2 / 4, 2 / 4)


def test_joining_nobody_is_precise_and_finds_nothing(connection):
    found = score(resolved(connection, {"a": "x", "b": "y"}, {"a": 1, "b": 1}))
    assert (found.precision, found.recall) == (1, 0)


@pytest.mark.parametrize(
    ("customers", "persons"),
    [
        ({"a": "x"}, {"a": 1, "b": 1}),
        ({"a": "x", "b": "x"}, {"a": 1}),
        ({"a": "x", "b": "x"}, {"a": 1, "b": 2}),
    ],
    ids=["a record without history", "a record without truth", "nobody to find"],
)
def test_what_proves_nothing_has_no_score(connection, customers, persons):
    with pytest.raises(ValueError, match="no history or no truth"):
        score(resolved(connection, customers, persons))
