"""What goes wrong with core postings: late ones, wrong amounts, some that never were, orphans."""

from dataclasses import dataclass

import numpy as np

from src.bank.accounts.books import NO_PRODUCT, Events
from src.bank.accounts.entries import together
from src.bank.accounts.postings import (
    CANCELLATION,
    CANCELLED,
    CORRECTION,
    ORPHAN,
    REPEATED,
    WRONG_AMOUNT,
    Postings,
    by_learning,
    posted,
)
from src.bank.calendar import DAY_SECONDS, Flags, Ints
from src.core.params.simulation import MessParams

LATEST_DAYS = 45


@dataclass(frozen=True)
class Month:
    """Unix seconds of a month's end, the next delivery's arrival (None at the end of the period)
    and the period's end."""

    end: int
    next_arrival: int | None
    period_end: int


class Posting:
    """Turns months of movements into what core banking delivers, carrying late rows over."""

    def __init__(self, customers: int, mess: MessParams) -> None:
        self._customers, self._mess = customers, mess
        self._number = 0
        self._carried: list[Postings] = []

    def month(self, rng: np.random.Generator, events: Events, month: Month) -> Postings:
        """The rows of the delivery that ends the month, in the order in which they were learned."""
        rows = posted(events, self._number)
        self._number += len(rows)
        parts = [*self._carried, *self._spoilt(rng, rows, month)]
        everything = together(parts)
        ready = everything.due < month.end
        self._carried = [everything.at(~ready)]
        return by_learning(everything.at(ready))

    def outstanding(self) -> Postings | None:
        """Rows that change the books but are not delivered yet."""
        if not self._carried:
            return None
        (rows,) = self._carried
        return rows.at((rows.fault != REPEATED) & (rows.account < self._customers))

    def _spoilt(self, rng: np.random.Generator, rows: Postings, month: Month) -> list[Postings]:
        """The month's rows and what is added to them. Each row suffers at most one mishap."""
        mess, n = self._mess, len(rows)
        edges = np.cumsum(
            [mess.late_posting, mess.corrected_amount, mess.cancelled, mess.repeated, mess.orphans]
        )
        fate = np.digitize(rng.random(n), edges)
        plain = (rows.currency == 0) & (rows.product == NO_PRODUCT)
        rows = self._late(rng, rows, fate == 0, month.period_end)
        corrections, rows = self._corrected(rng, rows, (fate == 1) & plain, month.period_end)
        ghosts = self._ghosts(rng, rows, (fate == 2) & plain, month.period_end)
        copies = _copies(rows, np.flatnonzero(fate == 3), month)
        orphans = self._orphans(rng, rows, np.flatnonzero(fate == 4))
        return [rows, corrections, *ghosts, copies, orphans]

    def _late(self, rng: np.random.Generator, rows: Postings, where: Flags, end: int) -> Postings:
        """The rows with some posted days late."""
        days = 1 + rng.exponential(max(self._mess.late_days - 1, 0.1), len(rows))
        delay = (np.minimum(days, LATEST_DAYS) * DAY_SECONDS).astype(np.int64)
        learned = rows.second + delay
        learned = np.where(where & (learned < end), learned, rows.learned)
        return rows.with_(learned=learned, due=learned)

    def _corrected(
        self, rng: np.random.Generator, rows: Postings, where: Flags, end: int
    ) -> tuple[Postings, Postings]:
        """Corrections that come days later, and all rows with the wrong amounts in them."""
        learned = rows.learned + rng.integers(2 * DAY_SECONDS, 40 * DAY_SECONDS, len(rows))
        where = where & (learned < end)
        wrong = np.where(where, _miskeyed(rows.original, rows.number), rows.original)
        right = rows.with_(
            learned=learned, due=learned, status=CORRECTION, cash=rows.original - wrong, units=0
        ).at(where)
        return right, rows.with_(original=wrong, fault=np.where(where, WRONG_AMOUNT, rows.fault))

    def _ghosts(
        self, rng: np.random.Generator, rows: Postings, where: Flags, end: int
    ) -> list[Postings]:
        """Movements booked a second time within the hour, and their later withdrawal."""
        found = rows.at(where)
        second = found.second + rng.integers(30, 3600, len(found))
        learned = second + rng.integers(DAY_SECONDS, 25 * DAY_SECONDS, len(found))
        found, second, learned = (
            found.at(learned < end),
            second[learned < end],
            learned[learned < end],
        )
        number = self._number + np.arange(len(found))
        self._number += len(found)
        ghost = found.with_(
            number=number, second=second, learned=second, due=second, fault=CANCELLED, true=0
        )
        end_of_it = ghost.with_(
            learned=learned, due=learned, status=CANCELLATION, fault=0, cash=-ghost.cash
        )
        return [ghost, end_of_it]

    def _orphans(self, rng: np.random.Generator, rows: Postings, where: Ints) -> Postings:
        """Movements of accounts that no system knows, alike to true ones."""
        number = self._number + np.arange(len(where))
        self._number += len(where)
        account = self._customers + rng.integers(0, self._customers, len(where))
        return rows.at(where).with_(number=number, account=account, fault=ORPHAN, true=0)


def _copies(rows: Postings, where: Ints, month: Month) -> Postings:
    """Rows delivered twice: every other one with the next delivery."""
    copies = rows.at(where).with_(fault=REPEATED)
    if month.next_arrival is None:
        return copies
    return copies.with_(due=np.where(copies.number % 2 == 0, copies.due, month.end))


def _miskeyed(amount: Ints, key: Ints) -> Ints:
    """Amounts with the point misplaced or a digit nine too high: never the same."""
    size = np.abs(amount)
    digits = np.floor(np.log10(np.maximum(size, 10))).astype(np.int64)
    wrong = np.select(
        [key % 3 == 0, key % 3 == 1], [size * 10, size // 10], size + 9 * 10 ** (digits - 1)
    )
    return np.asarray(np.sign(amount) * np.where(wrong == 0, size * 10, wrong))
