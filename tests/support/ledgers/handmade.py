"""Small ledgers shaped by hand: rows say what matters to a test, the rest is filled."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import pyarrow as pa

from src.core.engine import EngineParams, connect
from src.core.ledger import EVENT_TIME, Ledger, ledger_from_arrow
from src.core.schemas import TABLES
from src.core.time import ALWAYS

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
BASE = datetime(2023, 1, 1)
MICROSECOND = timedelta(microseconds=1)
_DEFAULTS: dict[str, dict[str, Any]] = {
    "customers": {"kind": "person", "known_at": datetime(2000, 1, 1)},
    "products": {"currency": "CNY", "risk_grade": 3, "known_at": datetime(2000, 1, 1)},
    "transactions": {"account_id": "A1", "kind": "deposit", "amount_minor": 0, "currency": "CNY"},
    "interactions": {"kind": "inquiry"},
    "rejected": {"meant_for": "transactions", "account_id": "A1"},
}
BASE_RATE = {"currency": "CNY", "date": ALWAYS, "rate": 1.0}
IDENTIFIER = {"transactions": "transaction_id", "interactions": "interaction_id"}


def complete(name: str, rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of one table with everything that a test did not care to say, as integration does:

    exchange rates begin with that of the base currency.
    """
    filled = []
    for number, row in enumerate([BASE_RATE, *rows] if name == "fx_rates" else rows):
        whole = {"source": "test", **_DEFAULTS.get(name, {})}
        if name in IDENTIFIER:
            whole[IDENTIFIER[name]] = f"{name}-{number}"
        whole |= row
        if name in EVENT_TIME:
            whole.setdefault("known_at", whole[EVENT_TIME[name]])
        filled.append(whole)
    return filled


def arrow_of(name: str, rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """The rows as an Arrow table of the ledger's schema."""
    return pa.Table.from_pylist(complete(name, rows), schema=TABLES[name].arrow)


def small_ledger(**tables: Sequence[Mapping[str, Any]]) -> Ledger:
    """A ledger in memory, on an engine of its own, from rows that name only what matters."""
    backend = connect(EngineParams(threads=1))
    tables.setdefault("fx_rates", [])
    return ledger_from_arrow({name: arrow_of(name, rows) for name, rows in tables.items()}, backend)


def spine_of(*rows: tuple[str, datetime]) -> pd.DataFrame:
    """A spine of (customer_id, as_of) pairs."""
    return pd.DataFrame(
        {
            "customer_id": pd.Series([row[0] for row in rows], dtype="str"),
            "as_of": pd.Series([row[1] for row in rows], dtype="datetime64[us]"),
        }
    )
