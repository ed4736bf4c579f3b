"""Asking the endpoint: customers with their history, answers and refusals taken apart."""

import json

from src.serving.responses import Refusal
from tests.support.serving.served_bank import AS_OF, histories

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
