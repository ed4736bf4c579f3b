"""Small ledgers for tests: shaped by hand, or drawn by hypothesis with ties, gaps and late rows."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import pyarrow as pa
from hypothesis import strategies as st

from src.core.engine import EngineParams, connect
from src.core.ledger import Ledger, ledger_from_arrow
from src.core.schemas import LEDGER

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
BASE = datetime(2023, 1, 1)
MICROSECOND = timedelta(microseconds=1)
_DEFAULTS: dict[str, dict[str, Any]] = {
    "customers": {"kind": "person", "known_at": datetime(2000, 1, 1)},
    "products": {"currency": "CNY", "risk_grade": 3, "known_at": datetime(2000, 1, 1)},
    "transactions": {"account_id": "A1", "kind": "deposit", "amount_minor": 0, "currency": "CNY"},
    "interactions": {"kind": "inquiry"},
}
BASE_RATE = {"currency": "CNY", "date": datetime(1970, 1, 1), "rate": 1.0}
_EVENT_TIME = {
    "prices": "date",
    "fx_rates": "date",
    "transactions": "occurred_at",
    "balances": "as_of",
    "questionnaires": "completed_at",
    "interactions": "occurred_at",
    "labels": "as_of",
}
_IDENTIFIER = {"transactions": "transaction_id", "interactions": "interaction_id"}


def complete(name: str, rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of one table with everything that a test did not care to say, as integration does:

    exchange rates begin with that of the base currency.
    """
    filled = []
    for number, row in enumerate([BASE_RATE, *rows] if name == "fx_rates" else rows):
        whole = {"source": "test", **_DEFAULTS.get(name, {})}
        if name in _IDENTIFIER:
            whole[_IDENTIFIER[name]] = f"{name}-{number}"
        whole |= row
        if name in _EVENT_TIME:
            whole.setdefault("known_at", whole[_EVENT_TIME[name]])
        filled.append(whole)
    return filled


def arrow_of(name: str, rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """The rows as an Arrow table of the ledger's schema."""
    return pa.Table.from_pylist(complete(name, rows), schema=LEDGER[name].arrow)


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


SNAPSHOTS = tuple(BASE + timedelta(days=days) for days in (360, 390, 450))
CUSTOMERS = ("ada", "bob", "eve")
PRODUCTS = (
    {"product_id": "FUND", "asset_class": "bond_fund", "risk_grade": 2},
    {"product_id": "SHARE", "asset_class": "equity", "risk_grade": 5, "currency": "USD"},
    {"product_id": "LOAN", "asset_class": "loan", "risk_grade": 1},
    {"product_id": "UNPRICED", "asset_class": "trust", "risk_grade": 3},
    {"product_id": "UNRATED", "asset_class": "bond", "risk_grade": 2, "currency": "JPY"},
)


def _instants() -> st.SearchStrategy[datetime]:
    """Instants on a coarse grid, so that ties, gaps and window borders are common."""
    steps = st.integers(0, 34).map(lambda step: BASE + timedelta(days=15 * step))
    nudges = st.sampled_from([timedelta(), timedelta(), MICROSECOND, -MICROSECOND])
    return st.builds(lambda at, nudge: at + nudge, steps, nudges)


def _timed(column: str, **columns: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Rows at an instant, known at once, an hour or forty days later."""
    delays = st.sampled_from([timedelta(), timedelta(hours=1), timedelta(days=40)])
    return st.builds(
        lambda at, delay, row: {column: at, "known_at": at + delay, **row},
        _instants(),
        delays,
        st.fixed_dictionaries(columns),
    )


def _quantities() -> st.SearchStrategy[float]:
    return st.integers(-8, 20).map(lambda quarter: quarter / 4)


def ledger_rows() -> st.SearchStrategy[dict[str, list[dict[str, Any]]]]:
    """Rows of every table for three customers, of whom some may have no event at all."""
    who = st.sampled_from(CUSTOMERS[:2])
    held = st.sampled_from([None, None, *(product["product_id"] for product in PRODUCTS)])
    moves = _timed(
        "occurred_at",
        customer_id=who,
        account_id=st.sampled_from(["A1", "A2", None]),
        kind=st.sampled_from(["deposit", "purchase", "buy", "sell", "interest"]),
        amount_minor=st.integers(-100_000, 100_000),
        product_id=held,
        quantity=_quantities(),
        channel=st.sampled_from(["mobile", "branch", "system", None]),
        category=st.sampled_from(["salary", "rent", None]),
    )
    contacts = _timed(
        "occurred_at",
        customer_id=who,
        kind=st.sampled_from(["complaint", "inquiry"]),
        score=st.sampled_from([None, 1.0, 3.0, 5.0]),
    )
    declared = _timed("completed_at", customer_id=who, risk_level=st.integers(1, 5))
    stated = _timed(
        "as_of",
        customer_id=who,
        account_id=st.sampled_from(["A1", "A2"]),
        product_id=st.sampled_from([None, "FUND"]),
        quantity=st.just(None),
        amount_minor=st.integers(0, 100_000),
    )
    prices = _timed(
        "date", product_id=st.sampled_from(["FUND", "SHARE", "UNRATED"]), close=_levels()
    )
    rates = _timed("date", currency=st.just("USD"), rate=_levels())
    return st.fixed_dictionaries(
        {
            "customers": st.just([{"customer_id": name} for name in CUSTOMERS]),
            "products": st.just(list(PRODUCTS)),
            "transactions": st.lists(moves.map(_plain_or_position), max_size=25),
            "interactions": st.lists(contacts, max_size=8),
            "questionnaires": _unique(declared, ("customer_id", "completed_at"), 5),
            "balances": _unique(
                stated.map(_money_or_units),
                ("customer_id", "account_id", "as_of", "product_id"),
                6,
            ),
            "prices": _unique(prices, ("product_id", "date"), 8),
            "fx_rates": _unique(rates, ("currency", "date"), 4),
        }
    )


def _levels() -> st.SearchStrategy[float]:
    return st.sampled_from([0.5, 1.0, 2.0, 8.0])


def _plain_or_position(row: dict[str, Any]) -> dict[str, Any]:
    return row if row["product_id"] else {**row, "quantity": None}


def _money_or_units(row: dict[str, Any]) -> dict[str, Any]:
    if row["product_id"] is None:
        return {**row, "asset_class": "cash"}
    return {**row, "quantity": row["amount_minor"] // 1000 / 4, "amount_minor": None}


def _unique(
    rows: st.SearchStrategy[dict[str, Any]], key: tuple[str, ...], most: int
) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(rows, max_size=most, unique_by=lambda row: tuple(row[k] for k in key))


def full_spine() -> pd.DataFrame:
    """Every customer of `ledger_rows` at every one of SNAPSHOTS."""
    return spine_of(*((name, as_of) for as_of in SNAPSHOTS for name in CUSTOMERS))
