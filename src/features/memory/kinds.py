"""Which kind of data a column of an Ibis type is."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import ibis.expr.datatypes as dt

from src.features.memory.faults import Unsupported
from src.features.memory.nodes import Kind

# Python's own type of each kind.
TYPE: dict[Kind, Callable[[Any], Any]] = {"f": float, "i": int, "w": int, "b": bool}
_UNITS = {"D": timedelta(days=1), "h": timedelta(hours=1), "us": timedelta(microseconds=1)}


def kind_of(dtype: dt.DataType) -> Kind:
    """The kind of data that columns of a type have. Raises Unsupported on any other type."""
    if isinstance(dtype, dt.Floating):
        return "f"
    if isinstance(dtype, dt.Boolean):
        return "b"
    if isinstance(dtype, dt.Decimal) and not dtype.scale:
        return "w"
    if isinstance(dtype, dt.SignedInteger | dt.String | dt.Timestamp | dt.Interval | dt.Null):
        return "i"
    raise Unsupported(f"column of type {dtype}")


def microseconds(unit: Any) -> int:
    """How many an interval's unit has. Raises Unsupported on any but day, hour, microsecond."""
    if unit.short not in _UNITS:
        raise Unsupported(f"interval of {unit.name}")
    return _UNITS[unit.short] // timedelta(microseconds=1)
