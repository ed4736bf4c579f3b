"""Tables as columns of 64 bits, from request rows and from Arrow."""

from datetime import datetime

import numpy as np
import pyarrow as pa
import pytest

from src.core.ledger import Columns, as_arrow, columns_of_rows
from src.features.memory.faults import OutOfBounds
from src.features.memory.tables import Given
from src.features.memory.texts import Vocabulary

AT = datetime(2024, 2, 29, 12, 30, 0, 123456)
ROWS = [
    {"customer_id": "A", "occurred_at": AT, "quantity": 0.5, "category": "rent", "amount_minor": 7},
    {"customer_id": "B", "occurred_at": AT, "category": None, "amount_minor": -(2**62)},
    {"customer_id": "A", "occurred_at": AT, "quantity": -1.5, "category": "", "amount_minor": 0},
]


def columns(table):
    given = Given({"transactions": table}, Vocabulary())
    names = ("customer_id", "occurred_at", "quantity", "category", "amount_minor", "channel")
    return {name: given.read("transactions", name) for name in names}


def test_request_rows_and_an_arrow_table_of_them_are_the_same_columns():
    rows = columns_of_rows(ROWS)
    listed, arrow = columns(rows), columns(as_arrow("transactions", rows))
    for name, (data, there) in listed.items():
        other, known = arrow[name]
        known = np.ones(3, bool) if known is None else known
        there = np.ones(3, bool) if there is None else there
        np.testing.assert_array_equal(there, known)
        if name not in ("customer_id", "category"):
            np.testing.assert_array_equal(data[there].view("i8"), other[known].view("i8"))


def test_equal_texts_have_equal_codes_and_none_has_zero():
    found = columns(columns_of_rows(ROWS))
    codes, there = found["category"]
    assert there.tolist() == [True, False, True] and codes[1] == 0
    assert len(set(codes.tolist())) == 3
    whose, _ = found["customer_id"]
    assert whose[0] == whose[2] != whose[1]


def test_times_are_microseconds_since_1970():
    data, _ = columns(columns_of_rows(ROWS))["occurred_at"]
    assert data.view("M8[us]")[0].item() == AT


def test_a_part_of_a_longer_arrow_table_is_read_from_where_it_begins():
    whole = as_arrow("transactions", columns_of_rows(ROWS * 3))
    part = columns(whole.slice(4, 2))
    assert part["amount_minor"][0].tolist() == [-(2**62), 0]
    assert part["quantity"][1].tolist() == [False, True]
    assert part["category"][1].tolist() == [False, True]


def test_a_missing_value_that_the_ledger_requires_is_left_to_the_engine():
    row = {**ROWS[0], "occurred_at": None}
    with pytest.raises(OutOfBounds):
        columns(columns_of_rows([row]))
    with pytest.raises(OutOfBounds):
        columns(Columns(1, {"customer_id": ["A"]}))


def test_a_version_that_occurs_twice_is_left_to_the_engine():
    row = {"customer_id": "A", "known_at": AT}
    Given({"customers": columns_of_rows([row])}, Vocabulary()).require_unique(["customers"])
    twice = {"customers": columns_of_rows([row, row])}
    with pytest.raises(OutOfBounds):
        Given(twice, Vocabulary()).require_unique(["customers"])


def test_a_table_without_rows_has_empty_columns():
    for table in (Columns(0, {}), as_arrow("transactions", Columns(0, {}))):
        assert all(len(data) == 0 for data, _ in columns(table).values())
    assert isinstance(as_arrow("transactions", Columns(0, {})), pa.Table)
