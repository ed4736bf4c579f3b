"""BentoML's own routes: health, metrics, and the description of requests, answers and refusals."""

import json

from src.core.schemas import TRANSACTION_KINDS
from tests.support.serving.asking import scored


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
    assert schemas["Transaction"]["properties"]["kind"]["enum"] == list(TRANSACTION_KINDS)
    assert set(references(document)) <= set(schemas)


def references(node):
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"].rsplit("/", 1)[1]
        for value in node.values():
            yield from references(value)
    if isinstance(node, list):
        for value in node:
            yield from references(value)
