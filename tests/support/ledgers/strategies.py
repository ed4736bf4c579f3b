"""Ledgers drawn by hypothesis with ties, gaps, late rows, corrections, cancellations and
identities that merge."""

from datetime import timedelta
from typing import Any

import pandas as pd
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.support.ledgers.handmade import BASE, IDENTIFIER, spine_of
from tests.support.ledgers.revision_strategies import CUSTOMERS, instants, revised, revisions

SNAPSHOTS = tuple(BASE + timedelta(days=days) for days in (360, 390, 450))
PRODUCTS = (
    {"product_id": "FUND", "asset_class": "bond_fund", "risk_grade": 2},
    {"product_id": "SHARE", "asset_class": "equity", "risk_grade": 5, "currency": "USD"},
    {"product_id": "LOAN", "asset_class": "loan", "risk_grade": 1},
    {"product_id": "UNPRICED", "asset_class": "trust", "risk_grade": 3},
    {"product_id": "EURO", "asset_class": "equity_fund", "risk_grade": 4, "currency": "EUR"},
    {"product_id": "UNRATED", "asset_class": "bond", "risk_grade": 2, "currency": "JPY"},
)
INDUSTRY = {"ada": "retail", "bob": "logistics", "eve": None}
PEOPLE = tuple(
    {
        "customer_id": name,
        "industry": INDUSTRY[name],
        "birth_date": None if name == "eve" else BASE - timedelta(days=9000 + 7 * place),
        "joined_on": BASE - timedelta(days=100 * place),
        "income_band": 1 + place,
        "dependants": place,
    }
    for place, name in enumerate(CUSTOMERS)
)


def ledger_rows() -> st.SearchStrategy[dict[str, list[dict[str, Any]]]]:
    """Rows of every table for three customers, of whom some may have no event at all; some rows
    are corrected or cancelled later, and two of the customers may turn out to be one."""
    merges = st.none() | instants()
    return st.builds(revised, _first_rows(), st.lists(revisions(), max_size=6), merges)


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
        counterparty=st.sampled_from(["acme", "landlord", None]),
    )
    contacts = _timed(
        "occurred_at",
        customer_id=who,
        kind=st.sampled_from(["complaint", "inquiry"]),
        channel=st.sampled_from(["phone", "branch", None]),
        topic=st.sampled_from(["equity", "deposit", None]),
        score=st.sampled_from([None, 1.0, 3.0, 5.0]),
    )
    declared = _timed(
        "completed_at",
        customer_id=who,
        risk_level=st.integers(1, 5),
        valid_until=st.none() | instants(),
    )
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
        "date", product_id=st.sampled_from(["FUND", "SHARE", "EURO", "UNRATED"]), close=_levels()
    )
    rates = _timed("date", currency=st.sampled_from(["USD", "EUR"]), rate=_levels())
    return st.fixed_dictionaries(
        {
            "customers": st.just([dict(person) for person in PEOPLE]),
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
        return [{IDENTIFIER[table]: f"{table}-{n}", **row} for n, row in enumerate(drawn)]

    return st.lists(rows, max_size=most).map(name)


def _timed(column: str, **columns: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Rows at an instant, known at once, an hour or forty days later."""
    delays = st.sampled_from([timedelta(), timedelta(hours=1), timedelta(days=40)])
    return st.builds(
        lambda at, delay, row: {column: at, "known_at": at + delay, **row},
        instants(),
        delays,
        st.fixed_dictionaries(columns),
    )


def _quantities() -> st.SearchStrategy[float]:
    return st.integers(-8, 20).map(lambda quarter: quarter / 4)


def _unique(
    rows: st.SearchStrategy[dict[str, Any]], key: tuple[str, ...], most: int
) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(rows, max_size=most, unique_by=lambda row: tuple(row[k] for k in key))


def full_spine() -> pd.DataFrame:
    """Every customer of `ledger_rows` at every one of SNAPSHOTS."""
    return spine_of(*((name, as_of) for as_of in SNAPSHOTS for name in CUSTOMERS))


def many_customers(ledgers: int) -> dict[str, list[dict[str, Any]]]:
    """One ledger of the customers of so many drawn ones, the same at each call; products, prices
    and rates are those of the drawn ledger with the most of them."""
    drawn: list[dict[str, list[dict[str, Any]]]] = []

    @settings(
        max_examples=4 * ledgers,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(ledger_rows())
    def draw(rows: dict[str, list[dict[str, Any]]]) -> None:
        drawn.append(rows)

    draw()
    fullest = sorted(drawn, key=lambda rows: -sum(map(len, rows.values())))[:ledgers]
    market = max(fullest, key=lambda rows: len(rows["prices"]) + len(rows["products"]))
    tables = {name: list(market[name]) for name in ("products", "prices", "fx_rates")}
    for name in _OWNED:
        tables[name] = [
            _renamed(row, f"{number:03d}")
            for number, rows in enumerate(fullest)
            for row in rows[name]
        ]
    return tables


_OWNED = (
    "customers",
    "transactions",
    "interactions",
    "questionnaires",
    "balances",
    "rejected",
)
_NAMES = ("customer_id", "account_id", "transaction_id", "interaction_id")


def _renamed(row: dict[str, Any], number: str) -> dict[str, Any]:
    """The row under names that no other drawn ledger has."""
    return {k: f"{number}-{v}" if k in _NAMES and v else v for k, v in row.items()}
