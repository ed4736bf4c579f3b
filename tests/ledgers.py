"""Small ledgers for tests: shaped by hand, or drawn by hypothesis with ties, gaps, late rows,
corrections, cancellations and identities that merge."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import pyarrow as pa
from hypothesis import strategies as st

from src.core.engine import EngineParams, connect
from src.core.ledger import EVENT_TIME, Ledger, ledger_from_arrow
from src.core.schemas import TABLES

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
BASE_RATE = {"currency": "CNY", "date": datetime(1970, 1, 1), "rate": 1.0}
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
    """Rows of every table for three customers, of whom some may have no event at all; some rows
    are corrected or cancelled later, and two of the customers may turn out to be one."""
    merges = st.none() | _instants()
    return st.builds(_revised, _first_rows(), st.lists(_revisions(), max_size=6), merges)


def _first_rows() -> st.SearchStrategy[dict[str, list[dict[str, Any]]]]:
    who = st.sampled_from(CUSTOMERS[:2])
    held = st.sampled_from([None, None, *(product["product_id"] for product in PRODUCTS)])
    moves = _timed(
        "occurred_at",
        customer_id=who,
        account_id=st.sampled_from(["A1", "A2", None]),
        kind=st.sampled_from(["deposit", "purchase", "buy", "sell", "interest"]),
        amount_minor=st.integers(-100_000, 100_000),
        product_id=held,
        quantity=st.none() | _quantities(),
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
        in_money=st.booleans(),
    )
    lacking = _timed(
        "happened_at",
        customer_id=who,
        meant_for=st.sampled_from(["transactions", "balances", "interactions"]),
        account_id=st.sampled_from(["A1", "A2", None]),
        product_id=st.sampled_from([None, "FUND", "unknown"]),
    )
    prices = _timed(
        "date", product_id=st.sampled_from(["FUND", "SHARE", "UNRATED"]), close=_levels()
    )
    rates = _timed("date", currency=st.just("USD"), rate=_levels())
    return st.fixed_dictionaries(
        {
            "customers": st.just([{"customer_id": name} for name in CUSTOMERS]),
            "products": st.just(list(PRODUCTS)),
            "transactions": _named("transactions", moves.map(_plain_or_position), 25),
            "interactions": _named("interactions", contacts, 8),
            "questionnaires": _unique(declared, ("customer_id", "completed_at"), 5),
            "balances": _unique(
                stated.map(_money_or_units),
                ("customer_id", "account_id", "as_of", "product_id"),
                6,
            ),
            "rejected": st.lists(lacking.map(_own_account), max_size=2),
            "prices": _unique(prices, ("product_id", "date"), 8),
            "fx_rates": _unique(rates, ("currency", "date"), 4),
        }
    )


def _levels() -> st.SearchStrategy[float]:
    return st.sampled_from([0.5, 1.0, 2.0, 8.0])


def _plain_or_position(row: dict[str, Any]) -> dict[str, Any]:
    row = _own_account(row)
    return row if row["product_id"] else {**row, "quantity": None}


def _money_or_units(row: dict[str, Any]) -> dict[str, Any]:
    row = _own_account(row)
    if row.pop("in_money") and row["product_id"]:
        return row
    if row["product_id"] is None:
        return {**row, "asset_class": "cash"}
    return {**row, "quantity": row["amount_minor"] // 1000 / 4, "amount_minor": None}


def _own_account(row: dict[str, Any]) -> dict[str, Any]:
    account = row["account_id"]
    return {**row, "account_id": account and f"{row['customer_id']}-{account}"}


def _named(
    table: str, rows: st.SearchStrategy[dict[str, Any]], most: int
) -> st.SearchStrategy[list[dict[str, Any]]]:
    def name(drawn: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{_IDENTIFIER[table]: f"{table}-{n}", **row} for n, row in enumerate(drawn)]

    return st.lists(rows, max_size=most).map(name)


# What a correction of a row of each table changes.
_CORRECTED: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "customers": {"dependants": st.integers(0, 3), "imputed": st.just("dependants,birth_date")},
    "products": {"asset_class": st.sampled_from(["bond", "equity"]), "risk_grade": st.just(4)},
    "prices": {"close": st.sampled_from([0.25, 3.0])},
    "fx_rates": {"rate": st.sampled_from([0.25, 3.0])},
    "transactions": {"amount_minor": st.integers(-9, 9), "occurred_at": _instants()},
    "balances": {"amount_minor": st.integers(0, 9)},
    "questionnaires": {"risk_level": st.integers(1, 5)},
    "interactions": {"score": st.sampled_from([None, 2.0])},
    "rejected": {"happened_at": _instants()},
}
_OF_CUSTOMERS = ("transactions", "interactions", "questionnaires", "balances", "rejected")


def _revisions() -> st.SearchStrategy[dict[str, Any]]:
    """A row of a table (by its number, counted round) that is corrected or cancelled."""
    return st.sampled_from(sorted(_CORRECTED)).flatmap(
        lambda table: st.fixed_dictionaries(
            {
                "table": st.just(table),
                "row": st.integers(0, 24),
                "at": _instants(),
                "changes": st.none() | st.fixed_dictionaries(_CORRECTED[table]),
            }
        )
    )


def _revised(
    rows: dict[str, list[dict[str, Any]]],
    revisions: Sequence[dict[str, Any]],
    merged_at: datetime | None,
) -> dict[str, list[dict[str, Any]]]:
    """The rows with later versions: a version is closed, never changed."""
    tables = {name: list(content) for name, content in rows.items()}
    for revision in revisions:
        content = tables[revision["table"]]
        standing = [row for row in content if row.get("known_until") is None]
        if not standing:
            continue
        row, at = standing[revision["row"] % len(standing)], revision["at"]
        if row.get("known_at", BASE - timedelta(days=999)) >= at:
            continue
        content[content.index(row)] = {**row, "known_until": at}
        if revision["changes"] is not None:
            content.append({**row, **revision["changes"], "known_at": at})
    return tables if merged_at is None else merged(tables, CUSTOMERS[1], CUSTOMERS[0], merged_at)


def merged(
    tables: dict[str, list[dict[str, Any]]], gone: str, stays: str, at: datetime
) -> dict[str, list[dict[str, Any]]]:
    """What was known of `gone` before `at` is closed then and told anew of `stays`; what becomes
    known later is of `stays` at once."""
    result = dict(tables)
    for name in _OF_CUSTOMERS:
        result[name] = []
        taken = {r.get("completed_at") for r in tables[name] if r["customer_id"] == stays}
        for row in tables[name]:
            closed = row.get("known_until") is not None and row["known_until"] <= at
            if row["customer_id"] != gone or closed:
                result[name].append(row)
                continue
            moved = {**row, "customer_id": stays, "known_at": max(row["known_at"], at)}
            if row["known_at"] < at:
                result[name].append({**row, "known_until": at})
            if name != "questionnaires" or row["completed_at"] not in taken:
                result[name].append(moved)
    result["customers"] = [
        {**row, "known_until": at}
        if row["customer_id"] == gone and row.get("known_until") is None
        else row
        for row in tables["customers"]
    ]
    return result


def _unique(
    rows: st.SearchStrategy[dict[str, Any]], key: tuple[str, ...], most: int
) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(rows, max_size=most, unique_by=lambda row: tuple(row[k] for k in key))


def full_spine() -> pd.DataFrame:
    """Every customer of `ledger_rows` at every one of SNAPSHOTS."""
    return spine_of(*((name, as_of) for as_of in SNAPSHOTS for name in CUSTOMERS))
