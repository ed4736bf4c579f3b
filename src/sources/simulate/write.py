"""The extracts as the bank's systems write them: each with its own columns, codes and units."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from src.core.params import SimulationParams
from src.core.schemas import TRANSACTION_KINDS
from src.sources.simulate.bank import Statement, run
from src.sources.simulate.books import CATEGORIES, Events
from src.sources.simulate.calendar import Ints
from src.sources.simulate.columns import coded, days, formatted, hundredths, instants
from src.sources.simulate.fixed import write_fixed
from src.sources.simulate.logs import write_contacts, write_questionnaires
from src.sources.simulate.names import account_numbers
from src.sources.simulate.products import CURRENCIES
from src.sources.simulate.truth import write_truth
from src.sources.simulate.world import World, make_world

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
SIDES = {"buy": "B", "sell": "S", "dividend": "D"}
PURPOSES = tuple(category.upper() for category in CATEGORIES)


def simulate(params: SimulationParams, seed: int, raw: Path, truth: Path) -> None:
    """Simulate the bank and write its extracts into `raw` and the truth into `truth`, both
    existing folders. The same parameters and seed give the same bytes."""
    world = make_world(params, seed)
    writer = _Appender(raw, world)
    try:
        outcome = run(world, seed, writer.statement, writer.month)
    finally:
        writer.close()
    write_fixed(raw, world)
    write_contacts(raw / "contact_centre.jsonl", outcome.contacts)
    write_questionnaires(raw / "questionnaires.csv", outcome.questionnaires)
    write_truth(truth, world.people, outcome.truth, world.calendar)


class _Appender:
    """Writes movements and statements as the months pass."""

    def __init__(self, folder: Path, world: World) -> None:
        self._folder, self._world = folder, world
        self._accounts = account_numbers(np.arange(len(world.people)))
        self._codes = pa.array(world.products.code)
        self._core: pq.ParquetWriter | None = None
        self._csv: dict[str, pa_csv.CSVWriter] = {}
        self._core_rows = self._trade_rows = 0

    def close(self) -> None:
        """Finish the files that were appended to."""
        for writer in (self._core, *self._csv.values()):
            if writer is not None:
                writer.close()

    def month(self, events: Events) -> None:
        """Append a month's movements to core banking's and the brokerage's extracts."""
        traded = np.append(self._world.products.traded, False)[events.product]
        sides = [TRANSACTION_KINDS.index(kind) for kind in SIDES]
        brokerage = np.isin(events.kind, sides) & traded
        self._append_core(events, np.flatnonzero(~brokerage))
        self._append_trades(events, np.flatnonzero(brokerage))

    def _append_core(self, events: Events, rows: Ints) -> None:
        original, counterparty = events.original[rows], events.counterparty[rows]
        product = events.product[rows]
        table = pa.table(
            {
                "txn_no": np.arange(self._core_rows, self._core_rows + len(rows)),
                "acct_no": coded(self._accounts, events.customer[rows]),
                "txn_time": pa.array(instants(events.second[rows])),
                "txn_code": coded(KIND_CODES, events.kind[rows]),
                "dc_flag": coded(("C", "D"), (original < 0).astype(np.int64)),
                "amount_fen": np.abs(original),
                "ccy": coded(CURRENCIES, events.currency[rows]),
                "channel_cd": coded(CHANNEL_CODES, events.channel[rows]),
                "purpose": coded(PURPOSES, events.category[rows]),
                "cpty": pa.array(counterparty, mask=counterparty < 0),
                "prod_cd": coded(self._codes, np.maximum(product, 0), product < 0),
                "prod_units": pa.array(events.quantity[rows], mask=product < 0),
            }
        )
        self._core_rows += len(rows)
        if self._core is None:
            path = self._folder / "core_transactions.parquet"
            self._core = pq.ParquetWriter(path, table.schema, compression="zstd")
        self._core.write_table(table)

    def _append_trades(self, events: Events, rows: Ints) -> None:
        second = events.second[rows]
        sides = np.array([SIDES.get(kind, "") for kind in TRANSACTION_KINDS])
        table = pa.table(
            {
                "trade_ref": np.arange(self._trade_rows, self._trade_rows + len(rows)),
                "settle_acct": self._accounts.take(pa.array(events.customer[rows])),
                "trade_date": formatted(second, "%Y/%m/%d"),
                "trade_time": formatted(second, "%H:%M:%S"),
                "side": pa.array(sides[events.kind[rows]]),
                "code": self._codes.take(pa.array(events.product[rows])),
                "qty": hundredths(np.abs(events.quantity[rows])),
                "gross_amount": hundredths(np.abs(events.original[rows])),
                "ccy": pa.array(np.array(CURRENCIES)[events.currency[rows]]),
                "via": pa.array(np.array(CHANNEL_CODES)[events.channel[rows]]),
            }
        )
        self._trade_rows += len(rows)
        self._append_csv("brokerage_trades.csv", table)

    def statement(self, statement: Statement) -> None:
        """Append the statements of the day before: a row for cash, one for each position."""
        row, product = np.nonzero(statement.units)
        cash_rows = len(statement.customer)
        who = np.concatenate([statement.customer, statement.customer[row]])
        item = np.concatenate([np.full(cash_rows, -1), product])
        value = np.concatenate([statement.cash, statement.units[row, product]])
        order = np.lexsort((item, who))
        who, item, value = who[order], item[order], value[order]
        day = str(days(self._world.calendar.second(np.array([statement.day - 1])))[0])
        codes = np.append(self._world.products.code, "CASH")
        table = pa.table(
            {
                "statement_day": pa.array([day] * len(who)),
                "acct_no": self._accounts.take(pa.array(who)),
                "item": pa.array(codes[item]),
                "units": hundredths(value, item < 0),
                "balance": hundredths(value, item >= 0),
            }
        )
        self._append_csv("statements.csv", table)

    def _append_csv(self, name: str, table: pa.Table) -> None:
        if name not in self._csv:
            options = pa_csv.WriteOptions(delimiter=";", quoting_style="needed")
            path = self._folder / name
            self._csv[name] = pa_csv.CSVWriter(path, table.schema, write_options=options)
        self._csv[name].write_table(table)
