"""The contract over a real HTTP server: answers, refusals, and BentoML's own routes."""

import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from src.serving.responses import ExplainResponse, Refusal, ScoreResponse
from src.serving.scoring import score_batch
from src.serving.store import latest_rows

from .bank import AS_OF, CLASSES, SILENT, SPEC, UNRATED, UNSUPPORTED, histories

HISTORIES = histories()
AT = AS_OF.isoformat()


def inline(number, **changes):
    return {**HISTORIES[number], "as_of": AT, **changes}


def scored(endpoint, *customers, path="/v1/score", **options):
    status, text = endpoint.post(path, {"customers": list(customers), **options})
    assert status == 200, text
    return json.loads(text)


def refused(endpoint, content, path="/v1/score"):
    status, text = endpoint.post(path, content)
    assert "Traceback" not in text
    assert 400 <= status < 500, text
    Refusal.model_validate_json(text)
    return status, json.loads(text)["error"]


def test_a_known_customer_is_answered_with_classes_probabilities_and_reasons(endpoint):
    answer = scored(endpoint, {"customer_id": "C0003"})
    ScoreResponse.model_validate_json(json.dumps(answer))
    (customer,) = answer["customers"]
    assert (customer["customer_id"], customer["origin"]) == ("C0003", "known")
    assert customer["as_of"] == AT + "Z"
    assert answer["unsupported"] == UNSUPPORTED
    assert set(customer["scores"]) == {"risk_appetite", "churn"}
    for task, score in customer["scores"].items():
        assert tuple(score["probabilities"]) == CLASSES[task]
        assert sum(score["probabilities"].values()) == pytest.approx(1.0, abs=1e-12)
        assert score["class"] == max(score["probabilities"], key=score["probabilities"].get)
        assert len(score["reasons"]) == 3
        assert score["reasons"][0]["zh"] and score["reasons"][0]["en"]
    kinds = {task: score["model"]["kind"] for task, score in customer["scores"].items()}
    assert kinds == {"risk_appetite": "model", "churn": "baseline"}


def test_offline_equals_served_to_the_bit(endpoint, promoted):
    _, features, bundles, _ = promoted
    rows = latest_rows(features)
    offline = score_batch(rows, bundles, reasons=3, currency="CNY")
    answer = scored(endpoint, *[{"customer_id": name} for name in rows["customer_id"]])
    for place, customer in enumerate(answer["customers"]):
        for task, expected in offline.items():
            score = customer["scores"][task]
            assert list(score["probabilities"].values()) == expected.probabilities[place].tolist()
            reasons = [(r["feature"], r["contribution"], r["zh"]) for r in score["reasons"]]
            assert reasons == [(r.feature, r.contribution, r.zh) for r in expected.reasons[place]]


def test_one_by_one_equals_all_at_once_to_the_bit(endpoint):
    names = [customer["customer_id"] for customer in HISTORIES[:20]]
    together = scored(endpoint, *[{"customer_id": name} for name in names])["customers"]
    alone = [scored(endpoint, {"customer_id": name})["customers"][0] for name in names]
    assert alone == together


def test_inline_equals_by_identifier_when_the_same_history_is_sent(endpoint):
    known = scored(endpoint, *[{"customer_id": c["customer_id"]} for c in HISTORIES])
    sent = scored(endpoint, *[inline(number) for number in range(len(HISTORIES))])
    for left, right in zip(known["customers"], sent["customers"], strict=True):
        assert left["scores"] == right["scores"]
        assert (left["origin"], right["origin"]) == ("known", "inline")


def test_a_foreign_product_without_rates_hides_no_other_price_offline_or_inline(endpoint):
    """The ledger holds one; only the holder of it may lack a price."""
    buy = {"occurred_at": "2024-06-01", "kind": "buy", "amount": -100, "quantity": 10}
    buys = [{**buy, "product_id": name} for name in ("EQ1", UNRATED)]
    values = [
        {c["feature"]: c["value"] for c in customer["explanations"]["churn"]["contributions"]}
        for customer in scored(
            endpoint,
            inline(0, transactions=buys[:1], balances=[]),
            inline(1, transactions=buys, balances=[]),
            path="/v1/explain",
        )["customers"]
    ]
    assert [found["equity_holding_share"] for found in values] == [1.0, 1.0]
    assert values[0]["holding_value"] > 0
    assert values[1]["holding_value"] == values[0]["holding_value"] - 100


def test_known_and_inline_customers_come_back_in_the_order_of_the_request(endpoint):
    answer = scored(endpoint, inline(5), {"customer_id": "C0002"}, inline(1, customer_id="new"))
    names = [(c["customer_id"], c["origin"]) for c in answer["customers"]]
    assert names == [("C0005", "inline"), ("C0002", "known"), ("new", "inline")]
    alone = scored(endpoint, {"customer_id": "C0001"})
    assert answer["customers"][2]["scores"] == alone["customers"][0]["scores"]


def test_explanations_add_up_to_the_margins(endpoint):
    answer = scored(endpoint, {"customer_id": "C0009"}, inline(4), path="/v1/explain")
    ExplainResponse.model_validate_json(json.dumps(answer))
    for customer in answer["customers"]:
        for task, explanation in customer["explanations"].items():
            outputs = CLASSES[task] if len(CLASSES[task]) > 2 else CLASSES[task][-1:]
            assert tuple(explanation["margins"]) == outputs
            assert [c["feature"] for c in explanation["contributions"]] == list(SPEC.names)
            for name in outputs:
                shares = [c["contributions"][name] for c in explanation["contributions"]]
                total = explanation["base"][name] + sum(shares)
                assert abs(total - explanation["margins"][name]) < 1e-6


def test_the_declared_risk_level_stands_beside_the_inferred_class(endpoint):
    customers = [c for c in HISTORIES if len(c["questionnaires"]) > 1][:2]
    undeclared = inline(0, customer_id="new", questionnaires=[])
    answer = scored(endpoint, *[{"customer_id": c["customer_id"]} for c in customers], undeclared)
    levels = [customer["declared_risk_level"] for customer in answer["customers"]]
    assert levels == [*[c["questionnaires"][-1]["risk_level"] for c in customers], None]


def test_language_tasks_and_number_of_reasons_are_as_asked(endpoint):
    asked = {"language": "zh", "tasks": ["churn"], "reasons": 5}
    (customer,) = scored(endpoint, {"customer_id": "C0003"}, **asked)["customers"]
    assert set(customer["scores"]) == {"churn"}
    reasons = customer["scores"]["churn"]["reasons"]
    assert len(reasons) == 5
    assert all("zh" in reason and "en" not in reason for reason in reasons)
    none = scored(endpoint, {"customer_id": "C0003"}, reasons=0)["customers"][0]
    assert all(score["reasons"] == [] for score in none["scores"].values())


@pytest.mark.parametrize("currency", [{}, {"currency": "CNY"}], ids=["unsaid", "base"])
def test_a_product_of_the_requests_own_is_priced_by_the_request(endpoint, currency):
    buy = {"occurred_at": "2024-06-01", "kind": "buy", "amount": -1000, "quantity": 10}
    own = {
        "products": [{"product_id": "OWN", "asset_class": "equity", "risk_grade": 5, **currency}],
        "prices": [{"product_id": "OWN", "date": "2024-06-20", "close": 200}],
    }
    customer = inline(0, transactions=[{**buy, "product_id": "OWN"}], balances=[])
    answer = scored(endpoint, customer, path="/v1/explain", **own)["customers"][0]
    values = {c["feature"]: c["value"] for c in answer["explanations"]["churn"]["contributions"]}
    assert values["holding_value"] == 1000.0
    assert values["equity_holding_share"] == 1.0


def test_a_statement_dated_as_of_is_seen(endpoint):
    balance = {"as_of": AT, "amount": 777.77}
    answer = scored(endpoint, {"as_of": AT, "balances": [balance]}, path="/v1/explain")
    contributions = answer["customers"][0]["explanations"]["churn"]["contributions"]
    values = {c["feature"]: c["value"] for c in contributions}
    assert values["holding_value"] == 777.77
    assert values["movements_days_since_last"] is None


def known_after(**change):
    return {"customers": [{"customer_id": "C0001"}, change]}


REFUSED = [
    (b"{not json", 400, "body", ""),
    (b"", 400, "body", ""),
    ([], 422, "body", "an array"),
    ({}, 422, "customers", "nothing"),
    ({"customers": []}, 422, "customers", "0 entries"),
    (known_after(customer_id="nobody"), 404, "customers[1].customer_id", "'nobody'"),
    (known_after(customer_id=SILENT), 422, "customers[1].customer_id", SILENT),
    (known_after(customer_id="C0001"), 422, "customers[1].customer_id", "'C0001'"),
    (
        known_after(customer_id="C0002", as_of="2024-01-01"),
        422,
        "customers[1].as_of",
        "2024-01-01",
    ),
    ({"customers": [inline(0, as_of=None)]}, 422, "customers[0].as_of", "nothing"),
    ({"customers": [inline(0, transactions=[], balances=[])]}, 422, "customers[0]", "no history"),
    ({"customers": [inline(0)], "tasks": ["value_tier"]}, 422, "tasks[0]", "'value_tier'"),
    ({"customers": [{"customer_id": "C0001"}], "task": ["churn"]}, 422, "task", "unknown field"),
]


@pytest.mark.parametrize(("content", "status", "field", "found"), REFUSED)
@pytest.mark.parametrize("path", ["/v1/score", "/v1/explain"])
def test_bad_input_is_refused_with_path_found_and_expected(
    endpoint, path, content, status, field, found
):
    answered, error = refused(endpoint, content, path)
    assert answered == status
    assert error["field"] == field
    assert found in error["found"]
    assert error["expected"]


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


def test_health_metrics_and_openapi_are_bentomls_own(endpoint):
    scored(endpoint, {"customer_id": "C0001"})
    for path in ("/livez", "/readyz", "/healthz"):
        assert endpoint.get(path)[0] == 200
    status, metrics = endpoint.get("/metrics")
    assert status == 200
    assert "bentoml_service_request_total" in metrics
    status, page = endpoint.get("/")
    assert status == 200
    assert "swagger" in page.lower()


def test_openapi_describes_requests_answers_and_refusals(endpoint):
    status, text = endpoint.get("/docs.json")
    assert status == 200
    document = json.loads(text)
    schemas = document["components"]["schemas"]
    for path, answer in (("/v1/score", "customers"), ("/v1/explain", "customers")):
        operation = document["paths"][path]["post"]
        body = operation["requestBody"]["content"]["application/json"]["schema"]
        assert answer in body["properties"]
        assert set(operation["responses"]) >= {"200", "400", "404", "413", "422", "500"}
    assert "deposit" in json.dumps(schemas["Transaction"])
    for name in set(references(document)):
        assert name in schemas


def references(node):
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"].rsplit("/", 1)[1]
        for value in node.values():
            yield from references(value)
    if isinstance(node, list):
        for value in node:
            yield from references(value)


def test_a_hundred_requests_at_once_are_all_answered_right(endpoint):
    numbers = [number % len(HISTORIES) for number in range(100)]
    expected = scored(endpoint, *[{"customer_id": c["customer_id"]} for c in HISTORIES])

    def ask(number):
        customer = inline(number) if number % 4 == 0 else {"customer_id": f"C{number:04d}"}
        return scored(endpoint, customer)["customers"][0]["scores"]

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(ask, numbers))
    for number, answer in zip(numbers, answers, strict=True):
        assert answer == expected["customers"][number]["scores"]


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
