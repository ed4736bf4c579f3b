"""From the body's bytes to a checked request, or a BadRequestError that lists every fault."""

import json
from decimal import Decimal
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from src.core.errors import RequestError
from src.serving.checks import check
from src.serving.faults import BadRequestError, bad_request, closest, shown
from src.serving.requests import MAX_BODY_BYTES, ExplainRequest

R = TypeVar("R", bound=ExplainRequest)

# What pydantic's own faults expected; "{limit}" is the bound that was broken.
_EXPECTED: dict[str, str] = {
    "missing": "a value, for the field is required",
    "model_type": "an object",
    "list_type": "an array",
    "too_short": "at least {min_length} entries",
    "too_long": "at most {max_length} entries",
}


def read_request(body: bytes, model: type[R]) -> R:
    """`body` as a request of type `model`, checked in itself and across its fields.

    Raises BadRequestError: 413 for a body over MAX_BODY_BYTES, 400 if it is not JSON, else 422.
    """
    if len(body) > MAX_BODY_BYTES:
        raise too_large()
    content = _json(body)
    try:
        request = model.model_validate(content)
    except ValidationError as error:
        details = error.errors(include_url=False)
        raise BadRequestError([_fault(detail, model) for detail in details]) from None
    check(request)
    return request


def too_large() -> BadRequestError:
    """The fault of a body over MAX_BODY_BYTES."""
    return bad_request(
        "body",
        f"more than {MAX_BODY_BYTES:,} bytes",
        f"at most {MAX_BODY_BYTES:,} bytes",
        "Send fewer customers with each request.",
        status=413,
    )


def _json(body: bytes) -> Any:
    try:
        return json.loads(
            body.decode("utf-8"),
            parse_float=_decimal,
            parse_constant=_no_constant,
            object_pairs_hook=_object,
        )
    except json.JSONDecodeError as error:
        found = f"line {error.lineno}, column {error.colno}: {error.msg}"
    except UnicodeDecodeError as error:
        found = f"byte {error.start}, which is not UTF-8"
    except RecursionError:
        found = "arrays or objects too deep within each other"
    except ValueError:  # an integer of thousands of digits
        found = "a number too long to read"
    raise bad_request("body", found, "a JSON object", status=400)


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except ArithmeticError:
        raise bad_request("body", shown(text), "a number within bounds", status=400) from None


def _no_constant(name: str) -> NoReturn:
    raise bad_request("body", name, "a finite number: JSON has no such value", status=400)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise bad_request("body", f"the key {shown(twice)} twice", "each key once", status=400)
    return content


def _fault(detail: ErrorDetails, model: type[BaseModel]) -> RequestError:
    kind, context = detail["type"], detail.get("ctx") or {}
    field = path(detail["loc"])
    if kind == "kehu":
        return RequestError(
            field, shown(detail["input"]), context["expected"], hint=context["hint"]
        )
    if kind == "extra_forbidden":
        known = _fields_beside(detail["loc"], model)
        expected = f"no such field; known: {', '.join(known)}"
        hint = closest(str(detail["loc"][-1]), known)
        return RequestError(field, "an unknown field", expected, hint=hint)
    found = "nothing" if kind == "missing" else shown(detail["input"])
    if kind in ("too_short", "too_long"):
        found = f"{context['actual_length']:,} entries"
    expected = _EXPECTED.get(kind, detail["msg"]).format(**context)
    return RequestError(field, found, expected)


def path(location: tuple[int | str, ...]) -> str:
    """A location as text.

    >>> path(("customers", 0, "transactions", 3, "kind"))
    'customers[0].transactions[3].kind'
    """
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{_key(part)}"
    return text.removeprefix(".") or "body"


def _key(name: str) -> str:
    return name if name.isidentifier() and name.isascii() else shown(name)


def _fields_beside(location: tuple[int | str, ...], model: type[BaseModel]) -> list[str]:
    """The fields known at the level of `location`."""
    current = model
    for part in location[:-1]:
        if isinstance(part, str):
            current = _model_in(current.model_fields[part].annotation) or current
    return list(current.model_fields)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inside = (_model_in(argument) for argument in getattr(annotation, "__args__", ()))
    return next((found for found in inside if found), None)
