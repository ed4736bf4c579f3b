"""How the bank's systems number customers and accounts."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from src.sources.simulate.calendar import Ints


def customer_numbers(customer: Ints) -> pa.Array:
    """Customer numbers of the CRM, such as C0000042."""
    return _numbered("C", customer, 7)


def account_numbers(customer: Ints) -> pa.Array:
    """Number of each customer's current account in core banking, unlike the CRM's."""
    return _numbered("6217", customer * 37 + 10_000_019, 12)


def _numbered(prefix: str, number: Ints, width: int) -> pa.Array:
    digits: NDArray[np.str_] = np.char.zfill(number.astype(np.str_), width)
    return pa.array(np.char.add(prefix, digits))
