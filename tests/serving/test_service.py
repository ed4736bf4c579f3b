"""Answers over a real HTTP server: the same offline, served, inline, alone and together."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from src.serving.responses import ExplainResponse, ScoreResponse
from src.serving.scoring import score_batch
from src.serving.store import latest_rows
from tests.support.serving.asking import AT, HISTORIES, inline, scored
from tests.support.serving.served_bank import CLASSES, SPEC, UNRATED, UNSUPPORTED


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
        assert score["class"] in score["set"]
        assert len(score["reasons"]) == 3
        assert score["reasons"][0]["zh"] and score["reasons"][0]["en"]
    kinds = {task: score["model"]["kind"] for task, score in customer["scores"].items()}
    assert kinds == {"risk_appetite": "model", "churn": "baseline"}


def test_offline_equals_served_to_the_bit(endpoint, served):
    features, bundles = served.features, served.bundles
    rows = latest_rows(features)
    offline = score_batch(rows, bundles, reasons=3, currency="CNY")
    answer = scored(endpoint, *[{"customer_id": name} for name in rows["customer_id"]])
    for place, customer in enumerate(answer["customers"]):
        for task, expected in offline.items():
            score = customer["scores"][task]
            assert list(score["probabilities"].values()) == expected.probabilities[place].tolist()
            assert score["class"] == CLASSES[task][expected.predicted[place]]
            held = expected.members[place]
            inside = [c for c, among in zip(CLASSES[task], held, strict=True) if among]
            assert score["set"] == inside
            if task == "risk_appetite":
                assert score["ask_customer"] == (len(inside) > 1)
                amounts = expected.amounts[place].tolist()
                assert [score["assets"][k] for k in ("expected", "low", "high")] == amounts
                assert score["assets"]["coverage"] == score["set_coverage"] == 0.9
            else:
                assert not {"assets", "ask_customer", "set_coverage"} & set(score)
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
