"""What is wrong with a request: each fault with its path, what was found and what was expected."""

import difflib
from collections.abc import Iterable, Sequence
from typing import Any

from pydantic_core import PydanticCustomError

from src.core.errors import KehuError, RequestError

SHOWN_FAULTS = 50
SHOWN_CHARACTERS = 80


class BadRequestError(KehuError):
    """A request that can't be answered, with every fault found in it.

    status: HTTP status of the answer. faults: at least one.
    """

    def __init__(self, faults: Sequence[RequestError]) -> None:
        super().__init__(" ".join(str(fault) for fault in faults))
        self.faults = tuple(faults)
        self.status = faults[0].status

    def body(self) -> dict[str, Any]:
        """The answer's JSON: the first fault as `error`, the first SHOWN_FAULTS as `errors`."""
        shown = [_entry(fault) for fault in self.faults[:SHOWN_FAULTS]]
        return {"error": shown[0], "errors": shown, "error_count": len(self.faults)}


def bad_request(
    field: str, found: str, expected: str, hint: str = "", status: int = 422
) -> BadRequestError:
    """A BadRequestError of one fault."""
    return BadRequestError([RequestError(field, found, expected, status, hint)])


def invalid(expected: str, hint: str = "") -> PydanticCustomError:
    """What a field's validator raises: the path and what was found are added by `requests.read`."""
    return PydanticCustomError("kehu", "{expected}", {"expected": expected, "hint": hint})


def shown(value: Any) -> str:
    """A value as it stands in an error: printable, and cut to SHOWN_CHARACTERS.

    >>> shown("a" * 200)[-10:]
    'aaaaaaaaa…'
    >>> shown({"a": 1}), shown(None), shown("transfr")
    ('an object', 'null', "'transfr'")
    """
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "an array"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    text = repr(value[:SHOWN_CHARACTERS]) if isinstance(value, str) else str(value)
    return text if len(text) < SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"


def closest(name: str, known: Iterable[str]) -> str:
    """A hint that names the nearest known name, or nothing if none is near.

    >>> closest("transfr", ["transfer_in", "buy"])
    "Did you mean 'transfer_in'?"
    """
    close = difflib.get_close_matches(name, sorted(known), n=1)
    return f"Did you mean {close[0]!r}?" if close else ""


def _entry(fault: RequestError) -> dict[str, str]:
    entry = {"field": fault.field, "found": fault.found, "expected": fault.expected}
    return {**entry, "hint": fault.hint} if fault.hint else entry
