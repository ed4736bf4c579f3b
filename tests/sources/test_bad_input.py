"""Bad input gives one message that says where and what to do, and leaves the old ledger."""

import json

import pytest

from src.core.errors import KehuError, SourceError
from tests.support.sources.small_source import moves
from tests.support.sources.tiny import MAPPING, MOVES, PEOPLE, RATES

BAD = {
    "a missing file": (
        lambda bank: (bank.raw / "rates.csv").unlink(),
        ["rates.csv", "no such file", "dvc repro collect"],
    ),
    "an unknown column": (
        lambda bank: bank.write("people.csv", PEOPLE.replace("remark", "note")),
        ["people.csv", "unknown column 'note'", "'ignored'", "files.people"],
    ),
    "a missing column": (
        lambda bank: bank.write("people.csv", PEOPLE.replace("since", "sinc")),
        ["people.csv", "'since' is missing", "Did you mean 'sinc'?"],
    ),
    "a column of another type": (
        lambda bank: bank.write("moves.csv", MOVES + moves(20).replace(";1;", ";lots;")),
        ["moves.csv:4", "'amount'", "'lots'", "decimal number", "files.moves"],
    ),
    "an empty delivery": (
        lambda bank: bank.write("moves.csv", MOVES.splitlines(keepends=True)[0]),
        ["moves.csv", "is empty", "expected at least 1", "files.moves"],
    ),
    "a value without a meaning": (
        lambda bank: bank.write("moves.csv", MOVES.replace("OUT", "GONE")),
        ["moves.csv:3", "'GONE'", "expected one of IN, OUT", "columns.kind.values"],
    ),
    "a rate of the base currency that is not 1": (
        lambda bank: bank.write("rates.csv", RATES + "EUR,2021-01-05,1.1\n"),
        ["rates.csv:4", "base currency EUR", "1.1", "expected 1", "tiny.yaml"],
    ),
    "another encoding": (
        lambda bank: bank.write("people.csv", PEOPLE.replace("x", "é"), encoding="latin-1"),
        ["people.csv", "encoding"],
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_gives_one_message_and_leaves_the_old_ledger(bank, name):
    bank.integrate()
    before = bank.contents()
    spoil, expected = BAD[name]
    spoil(bank)
    with pytest.raises(SourceError) as caught:
        bank.integrate()
    message = str(caught.value)
    assert all(part in message for part in expected), message
    assert "\n" not in message
    assert before == bank.contents()
    assert not list(bank.ledger.parent.glob(".*.part"))


def test_a_private_value_without_a_meaning_is_named_by_its_shape(bank):
    content = json.loads(json.dumps(MAPPING))
    content["files"]["moves"]["columns"]["what"] = {"type": "string", "private": "account"}
    columns = content["tables"]["transactions"][0]["columns"]
    columns["kind"] = {"constant": "deposit"}
    columns["account_id"] = {"from": "what", "values": {"IN": "till"}}
    bank.map(content)
    bank.write("moves.csv", MOVES.replace("OUT", "6222-17"))
    with pytest.raises(
        SourceError, match=r"moves\.csv:3.*'what' has \[account 9999-99\]; expected"
    ):
        bank.integrate()


def test_an_unreadable_expression_names_its_entry(bank):
    content = json.loads(json.dumps(MAPPING))
    content["tables"]["transactions"][0]["reject"] = {"odd": "no_such_column = 1"}
    bank.map(content)
    with pytest.raises(KehuError, match=r"tables\.transactions\[0\] can't be computed"):
        bank.integrate()


def test_a_join_by_a_repeated_key_is_refused(bank):
    content = json.loads(json.dumps(MAPPING))
    content["tables"]["transactions"][0]["join"] = [{"file": "people", "by": {"id": "person"}}]
    bank.map(content)
    bank.write("people.csv", PEOPLE + "A,01.02.2021,\n")
    with pytest.raises(SourceError, match=r"people\.csv:4.*stands in 2 rows|people\.csv:2"):
        bank.integrate()
