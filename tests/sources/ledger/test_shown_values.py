"""A quarantined row shows what stood in the file, a value that could not be read included."""

import copy
import json
from pathlib import Path

import duckdb
import pytest

from tests.support.sources.small_source import Bank
from tests.support.sources.tiny import MAPPING, MOVES, PEOPLE


@pytest.fixture
def bank(tmp_path: Path) -> Bank:
    bank = Bank(tmp_path)
    content = copy.deepcopy(MAPPING)
    content["files"]["moves"]["columns"]["amount"]["required"] = True
    bank.map(content)
    return bank


def rejected(bank):
    """Line and rule -> the row as quarantined."""
    bank.integrate()
    found = bank.table("quarantine")
    return {(row.line, row.rule): json.loads(row.row) for row in found.itertuples()}


def test_a_value_that_cant_be_read_is_shown_as_it_was_written(bank):
    bank.write("moves.csv", MOVES + "3;A;06.01.2021;IN;lots;EUR\n4;A;2021-01-06 00:00:00;IN;;EUR\n")
    row = {
        "no": "3",
        "person": "[record A]",
        "moment": "06.01.2021",
        "what": "IN",
        "amount": "lots",
    }
    empty = {"no": "4", "person": "[record A]", "moment": "2021-01-06 00:00:00", "what": "IN"}
    assert rejected(bank) == {
        (4, "unreadable_amount"): row | {"currency": "EUR"},
        (5, "unreadable_amount"): empty | {"amount": None, "currency": "EUR"},
    }


def test_readable_rows_in_quarantine_show_their_typed_values(bank):
    unread = "3;A;06.01.2021;IN;1;EUR\n"
    bank.write("moves.csv", MOVES + unread + "4;A;2021-01-06 00:00:00;IN;0;EUR\n")
    found = rejected(bank)
    assert found[4, "unreadable_moment"]["amount"] == 1
    assert found[5, "zero_amount"]["moment"] == "2021-01-06 00:00:00"
    assert found[5, "zero_amount"]["amount"] == 0


def test_a_private_value_that_cant_be_read_shows_its_shape_alone(bank):
    bank.write("people.csv", PEOPLE + "C,138-0013,\n")
    content = copy.deepcopy(MAPPING)
    content["files"]["people"]["columns"]["since"]["private"] = "id_number"
    told = content["tables"]["customers"][0]["columns"]
    told["birth_date"] = told.pop("joined_on")
    told["known_at"] = {"constant": "2020-01-01"}
    bank.map(content)
    row = {"id": "[record A]", "since": "[id_number 999-9999]"}
    assert rejected(bank) == {(4, "unreadable_since"): row}


def test_values_of_parquet_are_shown_too(bank):
    bank.write("people.csv", PEOPLE + "C,soon,\n")
    content = copy.deepcopy(MAPPING)
    content["files"]["people"] |= {"format": "parquet", "path": "people.parquet"}
    bank.map(content)
    duckdb.sql(
        f"COPY (FROM read_csv('{bank.raw / 'people.csv'}', all_varchar=true)) "
        f"TO '{bank.raw / 'people.parquet'}'"
    )
    assert rejected(bank) == {(3, "unreadable_since"): {"id": "[record A]", "since": "soon"}}
