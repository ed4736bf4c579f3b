"""The kinds of value in a request: each reads one JSON value, or says what it expected instead.

Numbers arrive as int or Decimal (the body is read without binary fractions), so money is exact.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from src.core.money import MINOR_PER_UNIT
from src.core.time import utc
from src.serving.faults import closest, invalid

FIRST_YEAR, LAST_YEAR = 1900, 2100
MOST_UNITS = 10**12  # 20,000 such amounts still add up within 64 bits of minor units
MOST_QUANTITY = 10**12
MOST_PRICE = 10**9
ID_CHARACTERS = 128
NAME_CHARACTERS = 200


def _minor_units(value: Any) -> int:
    amount = _decimal(value, "a decimal number in units of the base currency", MOST_UNITS)
    minor = amount * MINOR_PER_UNIT
    if minor != minor.to_integral_value():
        raise invalid(
            f"a multiple of 1/{MINOR_PER_UNIT} of the base currency",
            "Round the amount yourself: Kehu never changes money.",
        )
    return int(minor)


def _decimal(value: Any, expected: str, most: int, least: int | None = None) -> Decimal:
    """A JSON number, or a string of one, within bounds; compared before anything is computed."""
    least = -most if least is None else least
    if isinstance(value, str) and len(value) <= 40 and value.isascii():
        try:
            value = Decimal(value)
        except ArithmeticError:
            raise invalid(expected) from None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise invalid(expected)
    number = Decimal(value)
    if not number.is_finite() or not least <= number <= most:
        raise invalid(f"{expected}, from {least:,} to {most:,}")
    return number


def _number(most: int, least: int | None = None) -> Callable[[Any], float]:
    def read(value: Any) -> float:
        if isinstance(value, str):
            raise invalid("a number", "Write it without quotes.")
        return float(_decimal(value, "a number", most, least))

    return read


def _whole(low: int, high: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise invalid(f"a whole number from {low} to {high}")
        return value

    return read


def _instant(value: Any) -> datetime:
    expected = f"an ISO 8601 date or time between {FIRST_YEAR} and {LAST_YEAR}"
    hint = 'Write "2024-03-01" or "2024-03-01T08:00:00Z"; without a zone it is UTC.'
    if not isinstance(value, str) or len(value) > 40:
        raise invalid(expected, hint)
    try:
        instant = utc(value)
    except (ValueError, OverflowError):
        raise invalid(expected, hint) from None
    if not FIRST_YEAR <= instant.year <= LAST_YEAR:
        raise invalid(expected)
    return instant


def _text(most: int) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if not isinstance(value, str):
            raise invalid("a string")
        if not value.strip() or len(value) > most or not value.isprintable():
            raise invalid(f"a string of 1 to {most} printable characters")
        return value

    return read


def _one_of(names: Iterable[str]) -> Callable[[Any], str]:
    known = tuple(names)

    def read(value: Any) -> str:
        if isinstance(value, str) and value in known:
            return value
        hint = closest(value, known) if isinstance(value, str) else ""
        raise invalid(f"one of {', '.join(known)}", hint)

    return read


def one_of(names: Iterable[str]) -> Any:
    """A string out of `names`, as an annotation: `Annotated[str, *one_of(names)]`."""
    names = tuple(names)
    return BeforeValidator(_one_of(names)), WithJsonSchema({"type": "string", "enum": [*names]})


def whole(low: int, high: int) -> Any:
    """An integer within low and high, as an annotation."""
    schema = {"type": "integer", "minimum": low, "maximum": high}
    return BeforeValidator(_whole(low, high)), WithJsonSchema(schema)


def number(most: int, least: int | None = None) -> Any:
    """A finite number within least (default: -most) and most, as an annotation."""
    schema = {"type": "number", "minimum": -most if least is None else least, "maximum": most}
    return BeforeValidator(_number(most, least)), WithJsonSchema(schema)


def text(most: int) -> Any:
    """A printable string of 1 to `most` characters, as an annotation."""
    schema = {"type": "string", "minLength": 1, "maxLength": most}
    return BeforeValidator(_text(most)), WithJsonSchema(schema)


_EXAMPLE_INSTANT = datetime.combine(date(2024, 3, 1), datetime.min.time()).isoformat() + "Z"

Id = Annotated[str, *text(ID_CHARACTERS)]
Name = Annotated[str, *text(NAME_CHARACTERS)]
Quantity = Annotated[float, *number(MOST_QUANTITY)]
Price = Annotated[float, *number(MOST_PRICE, 0)]
Instant = Annotated[
    datetime,
    BeforeValidator(_instant),
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",
            "description": "ISO 8601 date or time; UTC if it names no zone",
            "example": _EXAMPLE_INSTANT,
        }
    ),
]
Money = Annotated[
    int,
    BeforeValidator(_minor_units),
    WithJsonSchema(
        {
            "type": "number",
            "multipleOf": 1 / MINOR_PER_UNIT,
            "minimum": -MOST_UNITS,
            "maximum": MOST_UNITS,
            "description": "Units of the base currency, at most two decimals; a decimal string too",
        }
    ),
]
