"""Core banking's movements, accounts and statements as files."""

import numpy as np
import pyarrow as pa

from src.bank.accounts.books import CATEGORIES, Events
from src.bank.accounts.mishaps import Month, Posting
from src.bank.accounts.numbers import account_numbers
from src.bank.accounts.postings import (
    CANCELLED,
    ORPHAN,
    REPEATED,
    STATUS_CODES,
    WRONG_AMOUNT,
    Postings,
)
from src.bank.accounts.statements import CASH, Items, Statement, Statements
from src.bank.calendar import Ints
from src.bank.files.columns import coded, formatted, hundredths, instants, millionths
from src.bank.files.deliveries import Deliveries, Style
from src.bank.files.sheet import Sheet
from src.bank.files.texts import numbered, picked
from src.bank.market.products import CURRENCIES
from src.bank.systems.records import Records
from src.bank.world import World
from src.core.params.simulation import MessParams

KIND_CODES = (
    "CSHDEP",
    "CSHWDR",
    "TRFIN",
    "TRFOUT",
    "PAYMT",
    "CHARGE",
    "INTCR",
    "DIVCR",
    "TDOPEN",
    "TDCLOSE",
    "INSPRM",
    "INSCLM",
    "LNREPAY",
    "LNDRAW",
)
CHANNEL_CODES = ("BRN", "ATM", "WEB", "APP", "TEL", "SYS")
PURPOSES = tuple(category.upper() for category in CATEGORIES)
STATEMENT_STYLE = Style(encoding="gbk", delimiter=";")
CASH_ITEM = "现金"


class Core:
    """Writes core banking's files as the months pass. places: of each customer's account."""

    def __init__(
        self, deliveries: Deliveries, world: World, mess: MessParams, places: Ints, seed: int
    ) -> None:
        self._deliveries, self._world, self._seed = deliveries, world, seed
        self._posting = Posting(len(world.people), mess)
        self._statements = Statements()
        # places of unknown accounts come after all others
        unknown = len(places) + 1 + np.arange(len(places))
        self._accounts = account_numbers(np.concatenate([places, unknown]))
        self._codes = pa.array(world.products.code)

    def movements(self, number: int, events: Events) -> None:
        """Write the movements learned in a month."""
        arrivals = self._deliveries.arrivals
        following = int(arrivals[number + 2]) if number + 2 < len(arrivals) else None
        month = Month(int(arrivals[number + 1]), following, int(arrivals[-1]))
        rng = np.random.default_rng([self._seed, 8, number])
        postings = self._posting.month(rng, events, month)
        self._deliveries.parquet("core/transactions", number + 1, self._sheet(postings))

    def statement(self, number: int, statement: Statement) -> None:
        """Write the statements drawn up as the month before ends."""
        items = self._statements.draw(statement, self._posting.outstanding())
        self._write(number, items)

    def restatement(self, number: int) -> None:
        """Write the statements that a month's late postings change."""
        items = self._statements.restated(*self._deliveries.window(number + 1))
        if len(items.item):
            self._write(number + 1, items)

    def _sheet(self, rows: Postings) -> Sheet:
        product = rows.product
        sheet = Sheet(
            {
                "txn_no": rows.number,
                "acct_no": pa.array(self._accounts[rows.account]),
                "txn_time": pa.array(instants(rows.second)),
                "posted_at": pa.array(instants(rows.learned)),
                "status": coded(STATUS_CODES, rows.status),
                "txn_code": coded(KIND_CODES, rows.kind),
                "dc_flag": coded(("C", "D"), (rows.original < 0).astype(np.int64)),
                "amount_fen": np.abs(rows.original),
                "ccy": coded(CURRENCIES, rows.currency),
                "channel_cd": coded(CHANNEL_CODES, rows.channel),
                "purpose": coded(PURPOSES, rows.category),
                "cpty": pa.array(rows.counterparty, mask=rows.counterparty < 0),
                "prod_cd": coded(self._codes, np.maximum(product, 0), product < 0),
                "prod_units": pa.array(rows.quantity, mask=product < 0),
            }
        )
        self._note(sheet, rows)
        return sheet

    def _note(self, sheet: Sheet, rows: Postings) -> None:
        """List the mishaps among the rows."""
        wrong = np.flatnonzero(rows.fault == WRONG_AMOUNT)
        found, true = (numbered(np.abs(v[wrong])) for v in (rows.original, rows.true))
        sheet.note("amount_fen", wrong, "wrong_amount", found, true)
        orphans = np.flatnonzero(rows.fault == ORPHAN)
        unknown = self._accounts[rows.account[orphans]]
        no_one = np.full(len(orphans), None)
        sheet.note("acct_no", orphans, "orphan", unknown, no_one, recoverable=False)
        sheet.note_rows(rows.fault == CANCELLED, "cancelled", "txn_no")
        sheet.note_rows(rows.fault == REPEATED, "repeated", "txn_no")

    def _write(self, number: int, items: Items) -> None:
        calendar = self._world.calendar
        cash = items.item == CASH
        n, day = len(items.item), calendar.second(self._statements.day - 1)
        drawn = self._deliveries.arrivals[number] - 1
        names = (*self._world.products.code.tolist(), CASH_ITEM)
        sheet = Sheet(
            {
                "statement_day": formatted(np.full(n, day), "%Y-%m-%d"),
                "acct_no": self._accounts[items.customer],
                "item": picked(names, np.where(cash, len(names) - 1, items.item)),
                "units": hundredths(items.value, cash),
                "balance": millionths(items.value, ~cash),
                "drawn_at": formatted(np.full(n, drawn), "%Y-%m-%d %H:%M:%S"),
            }
        )
        self._deliveries.csv("core/statements", number, sheet, STATEMENT_STYLE)


def accounts_sheet(world: World, records: Records, record: Ints) -> Sheet:
    """Accounts of parties as rows of core/accounts."""
    opened = world.calendar.second(world.people.joined_day[records.person[record]])
    return Sheet(
        {
            "acct_no": account_numbers(records.number[record]),
            "cif_no": records.names(record),
            "acct_type": np.full(len(record), "CURRENT", dtype=object),
            "opened": formatted(opened, "%d/%m/%Y"),
        }
    )
