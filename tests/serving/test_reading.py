"""Every fault of a body has its path, what was found and what was expected."""

import copy
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.serving.faults import BadRequestError
from src.serving.reading import read_request
from src.serving.requests import MAX_BODY_BYTES, MAX_CUSTOMERS, ScoreRequest

GOOD = {
    "customers": [
        {"customer_id": "C1"},
        {
            "as_of": "2024-06-01",
            "profile": {"birth_date": "1980-05-05", "joined_on": "2020-01-01"},
            "transactions": [
                {"occurred_at": "2024-05-01T09:30:00Z", "kind": "deposit", "amount": 1200.50},
                {"occurred_at": "2024-05-02", "kind": "fee", "amount": -3, "transaction_id": "t2"},
            ],
            "balances": [{"as_of": "2024-04-01", "amount": "10.01"}],
            "questionnaires": [{"completed_at": "2024-01-01", "risk_level": 3}],
            "interactions": [{"occurred_at": "2024-01-02", "kind": "inquiry", "score": 4.5}],
        },
    ],
    "reasons": 2,
}


def read(content):
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return read_request(body, ScoreRequest)


def changed(path, value):
    """GOOD with `value` at `path`, or without it where `value` is None."""
    content = copy.deepcopy(GOOD)
    *parents, last = path
    place = content
    for part in parents:
        place = place[part]
    if value is None:
        if not isinstance(place, dict) or last in place:
            del place[last]
    else:
        place[last] = value
    return content


def test_a_good_request_is_read_with_exact_money_and_utc_times():
    inline = read(GOOD).customers[1]
    assert [t.amount for t in inline.transactions] == [120050, -300]
    assert inline.balances[0].amount == 1001
    assert inline.transactions[0].occurred_at.isoformat() == "2024-05-01T09:30:00"
    assert inline.inline and not read(GOOD).customers[0].inline


@given(st.integers(-(10**14), 10**14))
def test_money_survives_the_way_from_text_to_minor_units(minor):
    text = str(Decimal(minor) / 100)
    body = json.dumps(changed(("customers", 1, "balances", 0, "amount"), 0)).replace(
        '"amount": 0', f'"amount": {text}'
    )
    assert read(body.encode()).customers[1].balances[0].amount == minor


T = ("customers", 1, "transactions", 1)
FAULTS = [
    ((*T, "kind"), "transfr", "customers[1].transactions[1].kind", "'transfr'", "one of deposit"),
    ((*T, "kind"), 7, "customers[1].transactions[1].kind", "7", "one of"),
    ((*T, "kind"), None, "customers[1].transactions[1].kind", "nothing", "required"),
    ((*T, "amount"), 1.234, "customers[1].transactions[1].amount", "1.234", "1/100"),
    ((*T, "amount"), True, "customers[1].transactions[1].amount", "true", "decimal number"),
    ((*T, "amount"), 10**13, "customers[1].transactions[1].amount", "1000", "from -1,000,000"),
    ((*T, "amount"), 5, "customers[1].transactions[1].amount", "5.00 for a fee", "0 or less"),
    ((*T, "amount"), "NaN", "customers[1].transactions[1].amount", "'NaN'", "from"),
    ((*T, "amount"), "1e999999", "customers[1].transactions[1].amount", "'1e999999'", "from"),
    (
        (*T, "occurred_at"),
        "2024-06-01",
        "transactions[1].occurred_at",
        "2024-06-01",
        "before as_of",
    ),
    ((*T, "occurred_at"), "1850-01-01", "transactions[1].occurred_at", "'1850", "1900"),
    ((*T, "occurred_at"), "yesterday", "transactions[1].occurred_at", "'yesterday'", "ISO 8601"),
    ((*T, "occurred_at"), 1717200000, "transactions[1].occurred_at", "1717200000", "ISO 8601"),
    ((*T, "occured_at"), "2024-01-01", "transactions[1].occured_at", "unknown field", "known:"),
    ((*T, "quantity"), 3, "transactions[1].product_id", "nothing", "quantity counts"),
    ((*T, "category"), "\ud800", "transactions[1].category", "", "printable"),
    ((*T, "category"), "a\u0000b", "transactions[1].category", "", "printable"),
    ((*T, "account_id"), "", "transactions[1].account_id", "''", "1 to 128"),
    (("customers", 1, "transactions"), {}, "customers[1].transactions", "an object", "an array"),
    (("customers", 1, "balances", 0, "amount"), None, "balances[0]", "neither", "either"),
    (("customers", 1, "balances", 0, "quantity"), 1, "balances[0]", "both", "either"),
    (("customers", 1, "as_of"), None, "customers[1].as_of", "nothing", "the instant"),
    (("customers", 1, "questionnaires", 0, "risk_level"), 6, "risk_level", "6", "from 1 to 5"),
    (("customers", 1, "questionnaires", 0, "risk_level"), 3.0, "risk_level", "3.0", "whole"),
    (("customers", 1, "profile", "gender"), "f", "profile.gender", "unknown field", "known:"),
    (("customers", 0), {}, "customers[0].customer_id", "nothing", "a known customer_id"),
    (("customers", 0), "C1", "customers[0]", "'C1'", "an object"),
    (("customers", 0), {"customer_id": 5}, "customers[0].customer_id", "5", "a string"),
    (("customers",), [], "customers", "0 entries", "at least 1"),
    (("customers",), [{"customer_id": "C1"}] * 2, "customers[1].customer_id", "'C1'", "each once"),
    (("customers",), [{}] * (MAX_CUSTOMERS + 1), "customers", "501 entries", "at most 500"),
    (("customers",), None, "customers", "nothing", "required"),
    (("tasks",), ["churm"], "tasks[0]", "'churm'", "one of risk_appetite"),
    (("tasks",), ["churn", "churn"], "tasks[1]", "'churn'", "each once"),
    (("reasons",), -1, "reasons", "-1", "from 0 to 20"),
    (("language",), "de", "language", "'de'", "one of en, zh, both"),
    (("prices",), [{"product_id": "P", "date": "2024-01-01", "close": 1}], "prices[0]", "'P'", ""),
]


@pytest.mark.parametrize(("path", "value", "field", "found", "expected"), FAULTS)
def test_a_fault_is_named_with_path_found_and_expected(path, value, field, found, expected):
    with pytest.raises(BadRequestError) as caught:
        read(changed(path, value))
    error = caught.value.body()["error"]
    assert field in error["field"]
    assert found in error["found"]
    assert expected in error["expected"]
    assert caught.value.status == 422


def test_a_misspelt_name_is_answered_with_the_nearest_one():
    with pytest.raises(BadRequestError) as caught:
        read(changed((*T, "occured_at"), "2024-01-01"))
    assert caught.value.body()["error"]["hint"] == "Did you mean 'occurred_at'?"


def test_all_faults_are_listed_at_once():
    content = changed((*T, "kind"), "transfr")
    content["customers"][1]["transactions"][0]["amount"] = "much"
    content["custmers"] = []
    with pytest.raises(BadRequestError) as caught:
        read(content)
    body = caught.value.body()
    assert body["error_count"] == 3
    assert len({entry["field"] for entry in body["errors"]}) == 3


def test_duplicate_identifiers_are_named_with_both_places():
    content = changed((*T, "transaction_id"), "t")
    content["customers"][1]["transactions"][0]["transaction_id"] = "t"
    with pytest.raises(BadRequestError) as caught:
        read(content)
    assert caught.value.body()["error"]["field"] == "customers[1].transactions[1].transaction_id"
    assert "transactions[0]" in caught.value.body()["error"]["found"]


def test_a_customer_without_history_is_refused():
    with pytest.raises(BadRequestError) as caught:
        read({"customers": [{"as_of": "2024-06-01", "profile": {}}]})
    assert caught.value.body()["error"]["found"] == "no history"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{} {}",
        b"\xff\xfe",
        b'{"customers": [NaN]}',
        b'{"reasons": Infinity}',
        b'{"reasons": 1, "reasons": 2}',
        b"[" * 100_000,
        b'{"reasons": ' + b"9" * 5_000 + b"}",
        b'{"reasons": 1e' + b"9" * 30 + b"}",
    ],
)
def test_what_is_not_json_is_a_400(body):
    with pytest.raises(BadRequestError) as caught:
        read(body)
    assert caught.value.status == 400
    assert caught.value.body()["error"]["field"] == "body"


@pytest.mark.parametrize("body", [b"null", b"[]", b"1", b'"x"'])
def test_json_that_is_no_object_is_a_422(body):
    with pytest.raises(BadRequestError) as caught:
        read(body)
    assert caught.value.body()["error"]["expected"] == "an object"


def test_a_body_that_is_too_large_is_a_413():
    with pytest.raises(BadRequestError) as caught:
        read(b" " * (MAX_BODY_BYTES + 1))
    assert caught.value.status == 413


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(st.sampled_from([path for path, *_ in FAULTS]), JSON)
def test_any_value_anywhere_is_read_or_refused(path, value):
    try:
        read(changed(path, value))
    except BadRequestError as error:
        assert 400 <= error.status < 500
        json.dumps(error.body(), ensure_ascii=False).encode("utf-8")
