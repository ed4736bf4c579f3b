"""Events as columns, and the bank's own books: cash and units per customer."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from src.bank.accounts.entries import Entries, together
from src.bank.calendar import Floats, Ints
from src.core.schemas import TRANSACTION_KINDS

CHANNELS = ("branch", "atm", "online", "mobile", "phone", "system")
CATEGORIES = (
    "salary",
    "bonus",
    "pension",
    "rent",
    "utilities",
    "groceries",
    "dining",
    "shopping",
    "travel",
    "health",
    "education",
    "housing",
    "receivable",
    "supplier",
    "payroll",
    "tax",
    "own_account",
    "family",
    "investment",
    "insurance",
    "loan",
    "service",
)
UNIT_SCALE = 100
NO_PRODUCT = -1


@dataclass(frozen=True)
class Events(Entries):
    """Movements, one entry each: amount in minor units of yuan (+ adds to cash), original in
    minor units of `currency`, quantity in hundredths of a unit (+ adds to the position)."""

    customer: Ints
    second: Ints
    kind: Ints
    amount: Ints
    original: Ints
    currency: Ints
    product: Ints
    quantity: Ints
    channel: Ints
    category: Ints
    counterparty: Ints


_NOTHING = Events(*(np.zeros(0, dtype=np.int64) for _ in fields(Events)))


def concatenated(parts: Sequence[Events]) -> Events:
    """All parts as one, by time, then customer, then order of posting."""
    events = together(parts)
    return events.at(np.lexsort((events.customer, events.second)))


class Books:
    """Cash (minor units of yuan) and units (hundredths) of every customer; posting moves both."""

    def __init__(self, customers: int, products: int) -> None:
        self.cash: Ints = np.zeros(customers, dtype=np.int64)
        self.units: Ints = np.zeros((customers, products), dtype=np.int64)
        self._posted: list[Events] = []
        self._middle = 0
        self._spendable: Ints = np.zeros(customers, dtype=np.int64)
        self._spendable_late: Ints = np.zeros(customers, dtype=np.int64)

    def begin_month(self, middle: int) -> None:
        """From here on money spent is held to the cash of now; what arrives before the instant
        `middle` may be spent after it."""
        self._middle = middle
        self._spendable = self.cash.copy()
        self._spendable_late = self.cash.copy()

    def spendable(self, late: bool = False) -> Floats:
        """(customers,) yuan that may leave this month (late: after its middle) without a debt."""
        limit = self._spendable_late if late else self._spendable
        return np.asarray(np.maximum(limit, 0) / 100)

    def post(
        self,
        customer: Ints,
        second: Ints,
        kind: str,
        amount: Ints,
        *,
        channel: Ints | int,
        category: Ints | int,
        product: Ints | int = NO_PRODUCT,
        quantity: Ints | int = 0,
        currency: Ints | int = 0,
        original: Ints | None = None,
        counterparty: Ints | int = -1,
    ) -> None:
        """Enter movements of one kind; scalars hold for all of them."""
        n = len(customer)
        if n == 0:
            return
        event = Events(
            customer=customer.astype(np.int32),
            second=np.asarray(second, dtype=np.int64),
            kind=np.full(n, TRANSACTION_KINDS.index(kind), dtype=np.int8),
            amount=np.asarray(amount, dtype=np.int64),
            original=np.asarray(amount if original is None else original, dtype=np.int64),
            currency=_filled(currency, n, np.int8),
            product=_filled(product, n, np.int16),
            quantity=_filled(quantity, n, np.int64),
            channel=_filled(channel, n, np.int8),
            category=_filled(category, n, np.int8),
            counterparty=_filled(counterparty, n, np.int32),
        )
        self._posted.append(event)
        np.add.at(self.cash, event.customer, event.amount)
        out = np.minimum(event.amount, 0)
        np.add.at(self._spendable, event.customer, out)
        early = event.second < self._middle
        np.add.at(self._spendable_late, event.customer, np.where(early, event.amount, out))
        held = event.product >= 0
        np.add.at(self.units, (event.customer[held], event.product[held]), event.quantity[held])

    def take_posted(self) -> Events:
        """The movements since the last call, in order of time."""
        parts, self._posted = self._posted, []
        return concatenated(parts or [_NOTHING])

    def worth(self, prices: Floats) -> Floats:
        """(customers,) assets in yuan: cash plus positions at `prices`, loans against."""
        return np.asarray(self.cash / 100 + self.units @ (prices / UNIT_SCALE))


def _filled(value: Ints | int, n: int, kind: type[np.signedinteger]) -> Ints:
    return np.broadcast_to(np.asarray(value, dtype=kind), (n,))
