"""Free text that is JSON loses what tells a person and stays JSON."""

import json

import duckdb
import pytest

from src.privacy.scrub import scrub
from src.privacy.scrub_json import as_json, may_tell, readable

DETAILS = (
    "SELECT 'a' AS customer, NULL AS record, '王伟' AS name, '13800138000' AS phone, "
    "NULL AS address, NULL AS id_number, NULL AS email"
)


def scrubbed(text):
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE t AS SELECT 'a' AS who, ?::VARCHAR AS text", [text])
        connection.execute(f"UPDATE t SET text = {readable('text')}")
        scrub(connection, "t", "who", "text", DETAILS)
        return connection.execute(f"SELECT {as_json('text')} FROM t").fetchall()[0][0]


@pytest.mark.parametrize(
    ("answers", "left"),
    [
        ({"aim": "王伟 wants 5%"}, {"aim": "[name] wants 5%"}),
        ({"phone": 13800138000}, {"phone": "[phone]"}),
        ([13800138000, 13900139000, 3], ["[phone]", "[phone]", 3]),
        ({"a": {"b": [{"c": 110101199003071234}]}}, {"a": {"b": [{"c": "[id]"}]}}),
        ({"13800138000": "mine"}, {"[phone]": "mine"}),
        ({"horizon": 3, "loss": 20.5, "none": None}, {"horizon": 3, "loss": 20.5, "none": None}),
        (13800138000, "[phone]"),
    ],
)
@pytest.mark.parametrize("escaped", [True, False])
def test_answers_stay_json_with_labels_in_the_place_of_identifiers(answers, left, escaped):
    assert json.loads(scrubbed(json.dumps(answers, ensure_ascii=escaped))) == left


def test_what_can_not_stay_an_object_becomes_one_text():
    left = json.loads(scrubbed('{"tel": 13800138000, "note": "x, 13900139000, y"}'))
    assert left == '{"tel": [phone], "note": "x, [phone], y"}'


def test_json_without_identifiers_keeps_its_bytes():
    for text in ('{ "a" : 1.50 }', "[1,  2]", '"x"'):
        assert scrubbed(text) == text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"horizon": 3, "loss": 20.5, "known": true, "x": null}', False),
        ('{"horizon": [1, 2], "deep": {"a": -1}}', False),
        ("[1, 2, 3]", False),
        ("12345", False),
        ('{"horizon": "long"}', True),
        ('{"horizon": 1, "why": ["x", 2]}', True),
        ('{"horizon": [2, "x"], "y": 1}', True),
        ('{"phone": 13800138000}', True),
        ('"a text"', True),
        ("no JSON", True),
        ('{"broken": 1', True),
    ],
)
def test_only_answers_of_codes_can_not_tell_anything(text, told):
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT {may_tell('t')} FROM (SELECT ? AS t)", [text])
        assert found.fetchall() == [(told,)]
