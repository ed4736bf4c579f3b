"""The sealed truth: what only the simulator knows. Tests and benchmarks alone read it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from src.core.files import write_parquet
from src.sources.simulate.calendar import Calendar, Floats, Ints
from src.sources.simulate.leaving import NEVER
from src.sources.simulate.names import customer_numbers
from src.sources.simulate.people import People


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
    """Write customers.parquet (one row per customer) and months.parquet (customer and month).

    Customer identifiers are those of the ledger.
    """
    numbers = customer_numbers(np.arange(len(people)))
    write_parquet(folder / "customers.parquet", _customers(people, truth, calendar, numbers))
    write_parquet(folder / "months.parquet", _months(people, truth, calendar, numbers))


def _month_start(calendar: Calendar, month: Ints) -> pa.Array:
    never = month >= calendar.months
    day = calendar.month_days[np.minimum(month, calendar.months)]
    instant = (calendar.second(day) * 1_000_000).astype("datetime64[us]")
    return pa.array(instant, type=pa.timestamp("us"), mask=never)


def _customers(people: People, truth: Truth, calendar: Calendar, numbers: pa.Array) -> pa.Table:
    gone = np.where(truth.gone == NEVER, calendar.months, truth.gone)
    return pa.table(
        {
            "customer_id": numbers,
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


def _months(people: People, truth: Truth, calendar: Calendar, numbers: pa.Array) -> pa.Table:
    """By month: state during it; assets at its first instant. The last month is the end."""
    n, months = len(people), calendar.months
    joined = people.joined_month[:, None] < np.arange(months + 1)[None, :]
    who, month = np.nonzero(joined)
    instant = (calendar.second(calendar.month_days[month]) * 1_000_000).astype("datetime64[us]")

    def state(values: Floats) -> pa.Array:
        padded = np.concatenate([values, np.full((n, 1), np.nan)], axis=1)
        return pa.array(padded[who, month], from_pandas=True)

    return pa.table(
        {
            "customer_id": numbers.take(pa.array(who)),
            "as_of": pa.array(instant),
            "asset_minor": truth.assets[who, month],
            "hazard": state(truth.hazard),
            "satisfaction": state(truth.satisfaction),
            "tolerance": state(truth.tolerance),
        }
    )
