"""A small ledger built for one spec: rows that meet each of its filters, on both sides of an
instant and on the borders of its windows, with ties, late news, corrections and currencies.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa

from src.core.engine import EngineParams, connect
from src.core.ledger import EVENT_TIME, ledger_from_arrow
from src.core.schemas import INTERACTION_KINDS, TABLES, TRANSACTION_KINDS
from src.features.audit.built_market import Product, market_rows, products_for
from src.features.audit.sample import Subject, uncut
from src.features.audit.window_starts import declared_windows
from src.features.definitions.conditions import Filter
from src.features.spec import FeatureSpec

AS_OF = datetime(2024, 7, 1)
END = AS_OF + timedelta(days=80)
NAME = "built for the spec"
_CUSTOMERS = 10
_DAY = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)
# Days from as_of on which every kind of row falls, a little later for each customer and kind.
_DAYS = (-200, -45, -12, 3, 70)
Row = dict[str, Any]


def built_subject(spec: FeatureSpec, params: EngineParams) -> Subject:
    """The built ledger on an engine of its own, looked at from AS_OF. The last customer has no
    event at all."""
    customers = [f"customer-{number:02}" for number in range(_CUSTOMERS)]
    rows = built_rows(spec, customers)
    tables = {
        name: pa.Table.from_pylist(rows.get(name, []), schema=table.arrow)
        for name, table in TABLES.items()
    }
    ledger = ledger_from_arrow(tables, connect(params))
    return uncut(ledger, NAME, customers, (AS_OF,), END)


def built_rows(spec: FeatureSpec, customers: Sequence[str]) -> dict[str, list[Row]]:
    """The rows of every table."""
    filters = filters_of(spec)
    products = products_for(filters)
    borders = [AS_OF - timedelta(days=days) for days in set(declared_windows(spec).values())]
    moves, contacts = list(_moves(filters, products)), list(_contacts(filters))
    rows: dict[str, list[Row]] = {
        "customers": list(_people(customers)),
        **market_rows(products, AS_OF),
        "transactions": [
            *_events("transactions", moves, customers[:-1], borders),
            *_standing_orders(customers[:3]),
        ],
        "interactions": list(_events("interactions", contacts, customers[:-1], borders)),
        "questionnaires": list(_declared(customers[:-1])),
        "balances": list(_stated(customers[:-1], products)),
        "rejected": list(_rejected(customers[:-1])),
    }
    return {name: list(_told(name, content)) for name, content in rows.items()}


def filters_of(spec: FeatureSpec) -> list[Filter]:
    """The filters of a spec's definitions, each once."""
    found = {}
    for feature in spec.ordered:
        for _, value in feature.definition:
            if isinstance(value, Filter):
                found[value.name] = value
    return list(found.values())


def _moves(filters: Sequence[Filter], products: Sequence[Product]) -> Iterator[Row]:
    """Movements into and out of cash: of each kind, and of each value that a filter asks for."""
    for only in (Filter(name="", kinds=TRANSACTION_KINDS), *filters):
        kinds = [kind for kind in only.kinds or ("deposit", "buy") if kind in TRANSACTION_KINDS]
        fitting = [product for product in products if product.fits(only)][:4]
        channels, categories = only.channels or ("mobile",), only.categories or (None,)
        most = max(len(kinds), len(channels), len(categories), len(fitting))
        for turn in range(most if kinds and fitting else 0):
            kind, category = kinds[turn % len(kinds)], categories[turn % len(categories)]
            traded = kind in ("buy", "sell", "dividend") or only.asset_classes
            for sign in (1, -1):
                yield {
                    "kind": kind,
                    "channel": channels[turn % len(channels)],
                    "category": category,
                    "product_id": fitting[turn % len(fitting)].product_id if traded else None,
                    "quantity": -3.0 * sign if traded else None,
                    "amount_minor": 40_000 * sign,
                    "counterparty": f"{category or kind}-{turn % 2}",
                }


def _contacts(filters: Sequence[Filter]) -> Iterator[Row]:
    for only in (Filter(name="", kinds=INTERACTION_KINDS), *filters):
        for kind in only.kinds:
            for topic in only.topics or (None,):
                for channel in only.channels or ("phone",):
                    if kind in INTERACTION_KINDS:
                        yield {"kind": kind, "topic": topic, "channel": channel}


def _events(
    table: str, shapes: Sequence[Row], customers: Sequence[str], borders: Sequence[datetime]
) -> Iterator[Row]:
    """Each shape for each customer, on _DAYS, at as_of, at the borders and a microsecond beside."""
    edges = [instant + off * _INSTANT for instant in (*borders, AS_OF) for off in (-1, 0, 1)]
    for place, customer in enumerate(customers):
        for number, shape in enumerate(shapes):
            if (place + number) % 3 == 0:
                continue
            days = [AS_OF + (day + (place + number) % 9) * _DAY for day in _DAYS]
            for turn, happened in enumerate((*days, edges[(place + number) % len(edges)])):
                told = {"customer_id": customer, "occurred_at": happened}
                told[TABLES[table].key[0]] = f"{place}-{number}-{turn}"
                yield {**shape, **told, **_valued(table, shape, customer, place + turn)}


def _standing_orders(customers: Sequence[str]) -> Iterator[Row]:
    """The same amount to the same account every 30 days, before as_of and after it."""
    for place, customer in enumerate(customers):
        for turn, day in enumerate(range(-170, 80, 30)):
            yield {
                "customer_id": customer,
                "transaction_id": f"standing-{place}-{turn}",
                "occurred_at": AS_OF + day * _DAY,
                "account_id": f"{customer}-A0",
                "kind": "transfer_out",
                "channel": "system",
                "category": "rent",
                "counterparty": "landlord",
                "amount_minor": -70_000 * (1 + place),
                "currency": "CNY",
            }


def _valued(table: str, shape: Row, customer: str, turn: int) -> Row:
    """What differs between the rows of a shape."""
    if table == "interactions":
        return {"score": 1.0 + turn % 5}
    return {
        "account_id": f"{customer}-A{turn % 2}",
        "amount_minor": shape["amount_minor"] * (1 + turn % 5),
        "currency": ("CNY", "USD")[turn % 2],
    }


def _people(customers: Sequence[str]) -> Iterator[Row]:
    for place, customer in enumerate(customers):
        person = place % 4 != 0
        first = {
            "customer_id": customer,
            "kind": "person" if person else "company",
            "birth_date": AS_OF - (9000 + 100 * place) * _DAY,
            "gender": ("female", "male")[place % 2],
            "region": ("north", "south")[place % 2],
            "occupation": ("teacher", "driver")[place % 2] if person else None,
            "industry": None if person else ("retail", "building")[place // 4 % 2],
            "marital_status": ("single", "married")[place % 2],
            "dependants": place % 3,
            "income_band": 1 + place % 5,
            "joined_on": AS_OF - (500 + place) * _DAY,
            "known_at": AS_OF - 500 * _DAY,
        }
        changed = AS_OF + (-30 if place % 2 else 30) * _DAY
        yield {**first, "known_until": changed}
        yield {**first, "known_at": changed, "dependants": 4, "imputed": "birth_date,dependants"}


def _declared(customers: Sequence[str]) -> Iterator[Row]:
    for place, customer in enumerate(customers):
        for turn, day in enumerate((-400, -60, 0, 50)):
            signed = AS_OF + (day + (place % 3 if day else 0)) * _DAY
            yield {
                "customer_id": customer,
                "completed_at": signed,
                "risk_level": 1 + (place + turn) % 5,
                "valid_until": signed + 365 * _DAY,
            }


def _stated(customers: Sequence[str], products: Sequence[Product]) -> Iterator[Row]:
    for place, customer in enumerate(customers):
        for turn, off in enumerate((-200 * _DAY, -40 * _DAY, timedelta(), _INSTANT, 60 * _DAY)):
            stated = {"customer_id": customer, "as_of": AS_OF + off, "account_id": f"{customer}-A0"}
            if (place + turn) % 3:
                money = 500_000 + 1000 * place + 100_000 * turn
                yield {**stated, "amount_minor": money, "asset_class": "cash"}
            for product in products[place % 4 :: 4]:
                yield {**stated, "product_id": product.product_id, "quantity": 40.0 + turn}


def _rejected(customers: Sequence[str]) -> Iterator[Row]:
    for place, customer in enumerate(customers[::6]):
        for meant_for in ("transactions", "balances", "interactions"):
            yield {
                "customer_id": customer,
                "meant_for": meant_for,
                "account_id": f"{customer}-A1",
                "happened_at": AS_OF + (place - 2) * _DAY,
            }


def _told(table: str, rows: Sequence[Row]) -> Iterator[Row]:
    """The rows with their two clocks: some known late, some corrected or withdrawn later."""
    for number, row in enumerate(rows):
        told: Row = {"source": "built", **row}
        if "known_at" in row or table not in EVENT_TIME:
            yield {"known_at": AS_OF - 600 * _DAY, **told}
            continue
        happened = told[EVENT_TIME[table]]
        told["known_at"] = happened + (35 * _DAY if number % 7 == 0 else timedelta(hours=1))
        if number % 11 == 5:
            closed = told["known_at"] + 50 * _DAY
            yield {**told, "known_until": closed}
            if number % 2:
                told = {**told, "known_at": closed}
                if told.get("amount_minor"):
                    told["amount_minor"] += 777
                yield told
        else:
            yield told
