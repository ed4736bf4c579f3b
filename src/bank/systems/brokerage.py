"""The brokerage's trades as files."""

import numpy as np

from src.bank.accounts.books import Events
from src.bank.accounts.numbers import account_numbers
from src.bank.calendar import Flags, Ints
from src.bank.files.columns import formatted, hundredths
from src.bank.files.deliveries import Deliveries
from src.bank.files.sheet import Sheet
from src.bank.files.texts import numbered, picked
from src.bank.market.products import CURRENCIES, Products
from src.bank.systems.core import CHANNEL_CODES
from src.bank.systems.parties import BROKERAGE
from src.core.params.simulation import MessParams
from src.core.schemas import TRANSACTION_KINDS

SIDES = {"buy": "B", "sell": "S", "dividend": "D"}


def of_brokerage(events: Events, products: Products) -> Flags:
    """Which movements the brokerage books: trades and dividends of what has a price."""
    traded = np.append(products.traded, False)[events.product]
    sides = np.isin(events.kind, [TRANSACTION_KINDS.index(kind) for kind in SIDES])
    return np.asarray(sides & traded)


class Brokerage:
    """Writes the trades as the months pass. places: of each customer's account."""

    def __init__(
        self, deliveries: Deliveries, products: Products, mess: MessParams, places: Ints, seed: int
    ) -> None:
        self._deliveries, self._products, self._mess = deliveries, products, mess
        self._accounts, self._seed, self._rows = account_numbers(places), seed, 0

    def trades(self, number: int, trades: Events) -> None:
        """Write a month's trades in order of time."""
        rng, n = np.random.default_rng([self._seed, 9, number]), len(trades)
        copied = np.flatnonzero(rng.random(n) < self._mess.repeated)
        place = np.sort(np.concatenate([np.arange(n), copied]))
        copy = np.zeros(len(place), dtype=np.bool_)
        copy[1:] = place[1:] == place[:-1]
        rows = trades.at(place)
        sheet = self._sheet(rows, self._rows + place)
        self._rows += n
        draw = rng.random((2, n))[:, place]
        swapped = draw[0] < self._mess.swapped_trade_date
        sheet.swap_day_and_month("trade_date", swapped, rows.second, "%Y/%d/%m")
        own = rows.currency == self._products.currency[rows.product]  # dividends come in yuan
        sheet.spoil("ccy", own & (draw[1] < self._mess.missing_currency), "missing")
        sheet.note_rows(copy, "repeated", "trade_ref")
        self._deliveries.csv("brokerage/trades", number + 1, sheet, BROKERAGE)

    def _sheet(self, trades: Events, reference: Ints) -> Sheet:
        sides = tuple(SIDES.get(kind, "") for kind in TRANSACTION_KINDS)
        return Sheet(
            {
                "trade_ref": numbered(reference),
                "settle_acct": self._accounts[trades.customer],
                "trade_date": formatted(trades.second, "%Y/%m/%d"),
                "trade_time": formatted(trades.second, "%H:%M:%S"),
                "side": picked(sides, trades.kind),
                "code": self._products.code[trades.product].astype(object),
                "qty": hundredths(np.abs(trades.quantity)),
                "gross_amount": hundredths(np.abs(trades.original)),
                "ccy": picked(CURRENCIES, trades.currency),
                "via": picked(CHANNEL_CODES, trades.channel),
            }
        )
