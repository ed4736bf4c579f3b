"""Arrow columns of the extracts."""

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from src.bank.calendar import Flags, Ints

_HUNDREDTH = pa.scalar(Decimal("0.01"), pa.decimal128(3, 2))
_MILLIONTH = pa.scalar(Decimal("0.000001"), pa.decimal128(7, 6))


def coded(names: tuple[str, ...] | pa.Array, index: Ints, missing: Flags | None = None) -> pa.Array:
    """A column of few texts, stored as codes."""
    values = names if isinstance(names, pa.Array) else pa.array(names)
    return pa.DictionaryArray.from_arrays(pa.array(index.astype(np.int32), mask=missing), values)


def instants(second: Ints) -> NDArray[np.datetime64]:
    """Unix seconds as instants in microseconds."""
    return np.asarray(second * 1_000_000).astype("datetime64[us]")


def formatted(second: Ints, style: str) -> pa.Array:
    """Unix seconds as text in a strftime style."""
    return pc.strftime(pa.array(second.astype("datetime64[s]")), format=style)


def hundredths(value: Ints, missing: Flags | None = None) -> pa.Array:
    """Integers in hundredths as exact decimals with two places."""
    whole = pc.cast(pa.array(value.astype(np.int64), mask=missing), pa.decimal128(19, 0))
    return pc.multiply(whole, _HUNDREDTH)


def millionths(value: Ints, missing: Flags | None = None) -> pa.Array:
    """Integers in millionths as exact decimals with six places."""
    whole = pc.cast(pa.array(value.astype(np.int64), mask=missing), pa.decimal128(19, 0))
    return pc.multiply(whole, _MILLIONTH)
