"""The sealed truth: what only the simulator knows. Tests and benchmarks alone read it."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from src.bank.accounts.numbers import account_numbers
from src.bank.behaviour.leaving import NEVER as NOT_LEAVING
from src.bank.calendar import Calendar, Floats, Ints
from src.bank.customers.identity import NEVER
from src.bank.customers.people import People
from src.bank.systems.records import Records
from src.core.files import replacing_file, write_parquet
from src.privacy.erased import Erased

BLOCK = 50_000


@dataclass(frozen=True)
class Truth:
    """assets: (customers, months + 1) minor units at each month's first instant and at the end;
    hazard: (customers, months) chance of deciding to leave, NaN where not present, written as null;
    satisfaction, tolerance: (customers, months); decided, drains, gone: month numbers."""

    assets: Ints
    hazard: Floats
    satisfaction: Floats
    tolerance: Floats
    decided: Ints
    drains: Ints
    gone: Ints


def write_truth(folder: Path, people: People, truth: Truth, calendar: Calendar) -> None:
    """Write customers.parquet (one row per person) and months.parquet (person and month)."""
    write_parquet(folder / "customers.parquet", _customers(people, truth, calendar))
    n = len(people)
    with replacing_file(folder / "months.parquet") as path:
        blocks = (np.arange(s, min(s + BLOCK, n)) for s in range(0, n, BLOCK))
        tables = (_months(people, truth, calendar, block) for block in blocks)
        first = next(tables)
        with pq.ParquetWriter(path, first.schema, compression="zstd") as writer:
            writer.write_table(first)
            for table in tables:
                writer.write_table(table)


def write_records(folder: Path, systems: Sequence[Records]) -> None:
    """Write records.parquet: whose each customer record of the systems is."""
    record, person = [], []
    for records in systems:
        known = np.flatnonzero(records.registered != NEVER)
        record.append(f"{records.system}:" + records.names(known))
        person.append(records.person[known])
    columns = {"record": np.concatenate(record), "person": np.concatenate(person)}
    write_parquet(folder / "records.parquet", pa.table(columns))


def write_accounts(folder: Path, core: Records) -> None:
    """Write accounts.parquet: whose each account is."""
    columns = {"account": account_numbers(core.number), "person": core.person}
    write_parquet(folder / "accounts.parquet", pa.table(columns))


def leave_out(folder: Path, source: str, erased: Erased, private: Set[str]) -> None:
    """Take the records and accounts of erased customers out of the truth, and all errors in the
    private raw columns, which do not say whose they are. What is left of the erased is numbered
    persons without a name, a record or an account."""
    is_account = erased.account_test(source)

    def is_record(reference: str) -> bool:
        system, _, number = reference.partition(":")
        return erased.record_test(source, system)(number)

    for name, column, is_erased in (
        ("records", "record", is_record),
        ("accounts", "account", is_account),
    ):
        table = pq.read_table(folder / f"{name}.parquet")
        kept = [not is_erased(value) for value in table[column].to_pylist()]
        write_parquet(folder / f"{name}.parquet", table.filter(pa.array(kept)))
    errors = pq.read_table(folder / "errors.parquet")
    kept = [column not in private for column in errors["column"].to_pylist()]
    write_parquet(folder / "errors.parquet", errors.filter(pa.array(kept)))


def _month_start(calendar: Calendar, month: Ints) -> pa.Array:
    never = month >= calendar.months
    day = calendar.month_days[np.minimum(month, calendar.months)]
    instant = (calendar.second(day) * 1_000_000).astype("datetime64[us]")
    return pa.array(instant, type=pa.timestamp("us"), mask=never)


def _customers(people: People, truth: Truth, calendar: Calendar) -> pa.Table:
    gone = np.where(truth.gone == NOT_LEAVING, calendar.months, truth.gone)
    return pa.table(
        {
            "person": np.arange(len(people)),
            "tolerance": people.tolerance,
            "loss_aversion": people.loss_aversion,
            "digital": people.digital,
            "novelty": people.novelty,
            "price_sensitivity": people.price_sensitivity,
            "income": people.income,
            "wealth": people.wealth,
            "decided_on": _month_start(calendar, truth.decided),
            "drains_from": _month_start(calendar, truth.drains),
            "gone_from": _month_start(calendar, gone),
        }
    )


def _months(people: People, truth: Truth, calendar: Calendar, block: Ints) -> pa.Table:
    """By month: state during it; assets at its first instant. The last month is the end."""
    n, months = len(block), calendar.months
    joined = people.joined_month[block, None] < np.arange(months + 1)[None, :]
    who, month = np.nonzero(joined)
    instant = (calendar.second(calendar.month_days[month]) * 1_000_000).astype("datetime64[us]")

    def state(values: Floats) -> pa.Array:
        padded = np.concatenate([values[block], np.full((n, 1), np.nan)], axis=1)
        return pa.array(padded[who, month], from_pandas=True)

    return pa.table(
        {
            "person": block[who],
            "as_of": pa.array(instant),
            "asset_minor": truth.assets[block[who], month],
            "hazard": state(truth.hazard),
            "satisfaction": state(truth.satisfaction),
            "tolerance": state(truth.tolerance),
        }
    )
