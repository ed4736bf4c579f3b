"""What can't be answered is refused over HTTP with the field, what was found and what was expected;
whatever arrives, the server does not fail."""

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.serving.asking import AT, HISTORIES, inline, refused
from tests.support.serving.served_bank import SILENT


def known_after(**change):
    return {"customers": [{"customer_id": "C0001"}, change]}


SERVED = "2024-07-01T00:00:00, the snapshot that is served, or no as_of"
KNOWN = "customers, as_of, tasks, language, products, prices"
REFUSED = [
    (b"{not json", 400, "body", "line 1, column 2", "a JSON object"),
    (b"", 400, "body", "line 1, column 1", "a JSON object"),
    ([], 422, "body", "an array", "an object"),
    ({}, 422, "customers", "nothing", "a value, for the field is required"),
    ({"customers": []}, 422, "customers", "0 entries", "at least 1 entries"),
    (
        known_after(customer_id="nobody"),
        404,
        "customers[1].customer_id",
        "'nobody'",
        "a customer known to the pipeline",
    ),
    (
        known_after(customer_id=SILENT),
        422,
        "customers[1].customer_id",
        SILENT,
        "a customer with any movement or balance before the last snapshot",
    ),
    (known_after(customer_id="C0001"), 422, "customers[1].customer_id", "'C0001'", "each once"),
    (
        known_after(customer_id="C0002", as_of="2024-01-01"),
        422,
        "customers[1].as_of",
        "2024-01-01",
        SERVED,
    ),
    (
        {**known_after(customer_id="C0002"), "as_of": "2024-01-01"},
        422,
        "as_of",
        "2024-01-01",
        SERVED,
    ),
    (
        {"customers": [inline(0, as_of=None)]},
        422,
        "customers[0].as_of",
        "nothing",
        "the instant at which this inline customer is to be scored",
    ),
    (
        {"customers": [inline(0, transactions=[], balances=[])]},
        422,
        "customers[0]",
        "no history",
        "at least one transaction or balance before 2024-07-01T00:00:00",
    ),
    (
        {"customers": [inline(0)], "tasks": ["value_tier"]},
        422,
        "tasks[0]",
        "'value_tier'",
        "a task that this source supports: churn, risk_appetite",
    ),
    (
        {"customers": [{"customer_id": "C0001"}], "task": ["churn"]},
        422,
        "task",
        "unknown field",
        f"no such field; known: {KNOWN}",
    ),
]


@pytest.mark.parametrize(("content", "status", "field", "found", "expected"), REFUSED)
@pytest.mark.parametrize("path", ["/v1/score", "/v1/explain"])
def test_bad_input_is_refused_with_path_found_and_expected(
    endpoint, path, content, status, field, found, expected
):
    answered, error = refused(endpoint, content, path)
    assert answered == status
    assert error["field"] == field
    assert found in error["found"]
    assert error["expected"].removesuffix(", reasons") == expected  # only scores have them


def test_a_misspelt_kind_is_answered_with_its_path_and_the_kinds_that_exist(endpoint):
    transactions = [*HISTORIES[0]["transactions"]]
    transactions[2] = {**transactions[2], "kind": "depost"}
    status, error = refused(endpoint, {"customers": [inline(0, transactions=transactions)]})
    assert status == 422
    assert error["field"] == "customers[0].transactions[2].kind"
    assert error["found"] == "'depost'"
    assert error["expected"].startswith("one of deposit, withdrawal")
    assert error["hint"] == "Did you mean 'deposit'?"


def test_an_unknown_product_is_named_with_the_nearest_known_one(endpoint):
    row = {"occurred_at": "2024-06-01", "kind": "buy", "amount": -5, "quantity": 1}
    customer = inline(0, transactions=[{**row, "product_id": "EQ3"}])
    status, error = refused(endpoint, {"customers": [customer]})
    assert (status, error["field"]) == (422, "customers[0].transactions[0].product_id")
    assert error["hint"].startswith("Did you mean 'EQ")


def test_a_number_that_is_too_large_to_add_up_is_refused(endpoint):
    row = {"occurred_at": "2024-06-01", "kind": "buy", "amount": -5, "quantity": 1e12}
    own = {
        "products": [{"product_id": "OWN", "asset_class": "equity"}],
        "prices": [{"product_id": "OWN", "date": "2024-05-01", "close": 1e9}],
    }
    customer = inline(0, transactions=[{**row, "product_id": "OWN"}])
    status, _ = refused(endpoint, {"customers": [customer], **own})
    assert status == 422


def test_a_body_that_is_too_large_is_a_413(endpoint):
    status, error = refused(endpoint, b" " * (16 * 2**20 + 2))
    assert (status, error["field"]) == (413, "body")


def test_wrong_routes_and_methods_are_4xx(endpoint):
    assert endpoint.get("/v1/score")[0] == 405
    assert endpoint.post("/v1/nothing", {})[0] == 404


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["customers", "customer_id", "transactions", "as_of", "tasks", "x"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(JSON, st.binary(max_size=40), st.fixed_dictionaries({"customers": JSON})))
def test_no_body_makes_the_server_fail(endpoint, content):
    status, text = endpoint.post("/v1/score", content)
    assert status == 200 or 400 <= status < 500, text
    assert "Traceback" not in text


AMOUNTS = st.one_of(st.integers(), st.floats(), st.sampled_from([10**12, -(10**12), 0.01]))
TIMES = st.one_of(st.datetimes().map(str), st.sampled_from([AT, "1900-01-01", "2100-12-31"]))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    at=TIMES,
    rows=st.lists(
        st.fixed_dictionaries(
            {
                "occurred_at": TIMES,
                "kind": st.sampled_from(["interest", "buy", "sell"]),
                "amount": AMOUNTS,
                "quantity": AMOUNTS,
                "product_id": st.sampled_from(["EQ1", "BD1"]),
            }
        ),
        max_size=4,
    ),
)
def test_no_wellformed_history_makes_the_server_fail(endpoint, at, rows):
    content = {"customers": [{"as_of": at, "transactions": rows}]}
    status, text = endpoint.post("/v1/score", content)
    assert status == 200 or 400 <= status < 500, text
    if status == 200:
        shares = json.loads(text)["customers"][0]["scores"]["churn"]["probabilities"]
        assert np.isclose(sum(shares.values()), 1.0)
