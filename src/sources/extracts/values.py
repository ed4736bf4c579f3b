"""Values that a database driver returns, as Arrow arrays of the declared types."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from src.core.errors import SourceError
from src.sources.mapping.raw_files import RawColumn, RawType
from src.sources.reading.parse import WHOLE_DIGITS, expected

_ARROW: dict[RawType, pa.DataType] = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "date": pa.timestamp("us"),
    "time": pa.timestamp("us"),
}
_MISFIT = (TypeError, ValueError, AttributeError, ArithmeticError, pa.ArrowException)


def column_types(
    columns: Mapping[str, RawColumn], samples: Mapping[str, Sequence[Any]]
) -> dict[str, pa.DataType]:
    """The Arrow type of each column: the declared one, but text where the database holds text, to
    be read by the declared format later."""
    return {
        name: pa.string() if _is_text(spec, samples[name]) else _arrow(spec)
        for name, spec in columns.items()
    }


def _arrow(spec: RawColumn) -> pa.DataType:
    if spec.type == "decimal":
        return pa.decimal128(WHOLE_DIGITS + spec.decimals, spec.decimals)
    return _ARROW[spec.type]


def column_array(
    name: str, spec: RawColumn, kind: pa.DataType, values: Sequence[Any], before: int
) -> pa.Array:
    """The values as an array of `kind`, amounts exact and instants in UTC. before: rows before
    them. Raises SourceError naming row and column of a value that does not fit."""
    convert = _text if pa.types.is_string(kind) else _CONVERT[spec.type]

    def array(some: Sequence[Any]) -> pa.Array:
        return pa.array([None if value is None else convert(value) for value in some], kind)

    try:
        return array(values)
    except _MISFIT:
        for number, value in enumerate(values, start=before + 1):
            try:
                array([value])
            except _MISFIT as error:
                shown = "a value" if spec.private else repr(value)
                raise SourceError(
                    f"row {number} of the extract: column {name!r} has {shown}; expected "
                    f"{expected(spec)}. Convert it in the query, or correct its type."
                ) from error
        raise


def _is_text(spec: RawColumn, values: Sequence[Any]) -> bool:
    if spec.type in ("date", "time"):
        return any(isinstance(value, str | int) for value in values)
    return any(isinstance(value, str) for value in values)


def _text(value: Any) -> str:
    if isinstance(value, bytes | memoryview):
        raise TypeError("bytes are no text")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return value.isoformat() if isinstance(value, date) else str(value)


def _integer(value: Any) -> int:
    if isinstance(value, int) or value == int(value):
        return int(value)
    raise ValueError("not whole")


def _number(value: Any) -> float:
    return float(value)


def _decimal(value: Any) -> Decimal:
    """Exact; of a float the digits that it is written with."""
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)


def _instant(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    return datetime(value.year, value.month, value.day)


_CONVERT = {
    "string": _text,
    "integer": _integer,
    "number": _number,
    "decimal": _decimal,
    "date": _instant,
    "time": _instant,
}
