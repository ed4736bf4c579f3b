"""Yearly statements of core banking, and statements drawn up anew when late postings arrive."""

from dataclasses import dataclass

import numpy as np

from src.bank.accounts.postings import Postings
from src.bank.calendar import Flags, Ints

CASH = -1


@dataclass(frozen=True)
class Statement:
    """Cash (minor units) and units (hundredths) of some customers at the start of a day."""

    day: int
    customer: Ints
    cash: Ints
    units: Ints


@dataclass(frozen=True)
class Items:
    """Rows of a statement: item is a product, or CASH; value in minor units or hundredths."""

    customer: Ints
    item: Ints
    value: Ints


@dataclass(frozen=True)
class _Adjustments:
    """Differences of items between what was known and what is true, each until it is learned."""

    place: Ints
    difference: Ints
    learned: Ints


class Statements:
    """What statements show by what the bank knew: the latest, and its later versions."""

    def __init__(self) -> None:
        self.day = 0
        self._items = Items(*(np.zeros(0, dtype=np.int64) for _ in range(3)))
        self._open = _Adjustments(*(np.zeros(0, dtype=np.int64) for _ in range(3)))

    def draw(self, statement: Statement, outstanding: Postings | None) -> Items:
        """A statement without what is still outstanding; positions of nothing are left out."""
        self.day = statement.day
        row, product = np.nonzero(statement.units)
        true = Items(
            np.concatenate([statement.customer, statement.customer[row]]),
            np.concatenate([np.full(len(statement.customer), CASH), product]),
            np.concatenate([statement.cash, statement.units[row, product]]),
        )
        changes = _changes(outstanding, statement.customer)
        self._items, self._open = _placed(true, changes)
        return _shown(self._known(), self._items.item == CASH)

    def restated(self, learned_from: int, learned_before: int) -> Items:
        """The rows of the latest statement that what was learned in [from, before) changes."""
        news = (self._open.learned >= learned_from) & (self._open.learned < learned_before)
        changed = np.zeros(len(self._items.item), dtype=np.bool_)
        changed[self._open.place[news]] = True
        later = self._open.learned >= learned_before
        self._open = _Adjustments(
            self._open.place[later], self._open.difference[later], self._open.learned[later]
        )
        return _at(self._known(), changed)

    def _known(self) -> Items:
        value = self._items.value.copy()
        np.subtract.at(value, self._open.place, self._open.difference)
        return Items(self._items.customer, self._items.item, value)


def _changes(outstanding: Postings | None, customers: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Customer, item, difference, instant of learning of what is outstanding."""
    if outstanding is None:
        return tuple(np.zeros(0, dtype=np.int64) for _ in range(4))  # type: ignore[return-value]
    rows = outstanding.at(np.isin(outstanding.account, customers))
    held = rows.at((rows.product >= 0) & (rows.units != 0))
    return (
        np.concatenate([rows.account, held.account]),
        np.concatenate([np.full(len(rows), CASH), held.product]),
        np.concatenate([rows.cash, held.units]),
        np.concatenate([rows.learned, held.learned]),
    )


def _placed(true: Items, changes: tuple[Ints, Ints, Ints, Ints]) -> tuple[Items, _Adjustments]:
    """All items by customer and item, with those that only changes touch; changes by place."""
    customer, item, difference, learned = changes
    width = 1 << 16
    own = true.customer.astype(np.int64) * width + true.item + 1
    key = customer.astype(np.int64) * width + item + 1
    every = np.union1d(own, key)
    value = np.zeros(len(every), dtype=np.int64)
    value[np.searchsorted(every, own)] = true.value
    items = Items(every // width, every % width - 1, value)
    return items, _Adjustments(np.searchsorted(every, key), difference, learned)


def _shown(items: Items, always: Flags) -> Items:
    return _at(items, always | (items.value != 0))


def _at(items: Items, rows: Flags) -> Items:
    return Items(items.customer[rows], items.item[rows], items.value[rows])
