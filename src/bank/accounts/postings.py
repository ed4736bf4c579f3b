"""Core banking's postings as columns: movements with when they were learned and how."""

from dataclasses import dataclass, replace

import numpy as np

from src.bank.accounts.books import Events
from src.bank.accounts.entries import Entries
from src.bank.calendar import Ints
from src.bank.files.texts import mixed

NORMAL, CORRECTION, CANCELLATION = 0, 1, 2
STATUS_CODES = ("N", "C", "X")
SOUND, WRONG_AMOUNT, CANCELLED, ORPHAN, REPEATED = 0, 1, 2, 3, 4
SECONDS_TO_POST = 60


@dataclass(frozen=True)
class Postings(Entries):
    """One entry per delivered row. account: place of the account, beyond the customers' for
    orphans; learned: Unix second at which the system knew; due: at which the row may be delivered;
    true: the original amount as it ought to be; cash, units: what the row adds to what the books
    showed before it was learned (minor units of yuan, hundredths)."""

    number: Ints
    account: Ints
    second: Ints
    learned: Ints
    due: Ints
    status: Ints
    fault: Ints
    kind: Ints
    original: Ints
    true: Ints
    currency: Ints
    product: Ints
    quantity: Ints
    channel: Ints
    category: Ints
    counterparty: Ints
    cash: Ints
    units: Ints

    def with_(self, **columns: Ints | int) -> "Postings":
        """The rows with other values in some columns."""
        filled = {
            name: np.broadcast_to(np.asarray(value, dtype=np.int64), (len(self),))
            for name, value in columns.items()
        }
        return replace(self, **filled)


def posted(events: Events, first_number: int) -> Postings:
    """Movements as they are posted within a minute, numbered from `first_number`."""
    n = len(events)
    number = first_number + np.arange(n)
    learned = events.second + mixed(number, 0) % SECONDS_TO_POST
    zero = np.zeros(n, dtype=np.int64)
    return Postings(
        number=number,
        account=events.customer,
        second=events.second,
        learned=learned,
        due=learned,
        status=zero,
        fault=zero,
        kind=events.kind,
        original=events.original,
        true=events.original,
        currency=events.currency,
        product=events.product,
        quantity=events.quantity,
        channel=events.channel,
        category=events.category,
        counterparty=events.counterparty,
        cash=events.amount,
        units=events.quantity,
    )


def by_learning(postings: Postings) -> Postings:
    """The rows in order of learning, then of number and status; copies follow what they repeat."""
    keys = (postings.fault == REPEATED, postings.status, postings.number, postings.learned)
    return postings.at(np.lexsort(keys))
