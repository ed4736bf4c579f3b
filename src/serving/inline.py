"""Customers with raw history inline as a ledger of their own, for the one door to features."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pydantic import BaseModel

from src.core.errors import RequestError
from src.core.ledger import Columns, as_arrow, columns_of_rows
from src.serving.checks import as_of
from src.serving.faults import BadRequestError, closest, shown
from src.serving.requests import (
    Balance,
    Customer,
    ExplainRequest,
    Interaction,
    Questionnaire,
    Transaction,
)
from src.serving.store import Store

_SOURCE = "request"
_EVENT_TIME = {
    "transactions": "occurred_at",
    "balances": "as_of",
    "questionnaires": "completed_at",
    "interactions": "occurred_at",
}
_KEY = {"transactions": "transaction_id", "interactions": "interaction_id"}
_RECORDS: dict[str, type[BaseModel]] = {
    "transactions": Transaction,
    "balances": Balance,
    "questionnaires": Questionnaire,
    "interactions": Interaction,
}
_NAMED = {"amount": "amount_minor"}
# All fields of a record at once, and what the ledger calls them.
_FIELDS = {table: attrgetter(*record.model_fields) for table, record in _RECORDS.items()}
_NAMES = {
    table: [_NAMED.get(field, field) for field in record.model_fields]
    for table, record in _RECORDS.items()
}
_ALWAYS = datetime(1900, 1, 1)
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class InlineLedger:
    """Ledger tables of the inline customers, and the spine on which to compute them.

    spine: customer_id (the place in the request, as text, so that names can't clash) and as_of.
    """

    tables: Mapping[str, pa.Table | Columns]
    spine: pd.DataFrame


def inline_ledger(
    request: ExplainRequest, places: Sequence[int], store: Store, base_currency: str
) -> InlineLedger:
    """The customers at `places` of the request, with the market: the store's very own tables, which
    are computed with once; where the request brings its own products, only what it refers to.

    Raises BadRequestError naming each product that neither the request nor the bank's ledger knows.
    """
    _require_products(request, places, store)
    customers = {_name(place): request.customers[place] for place in places}
    tables: dict[str, pa.Table | Columns] = {t: _columns(t, customers) for t in _EVENT_TIME}
    tables["customers"] = columns_of_rows(_profiles(customers))
    tables |= store.market
    if request.products or request.prices:
        tables |= store.market_of(_products_used(customers.values()))
        own = {"products": _products(request, base_currency), "prices": _prices(request)}
        for name, rows in own.items():
            added = as_arrow(name, columns_of_rows([{"source": _SOURCE, **row} for row in rows]))
            tables[name] = pa.concat_tables([tables[name], added])
    instants = [as_of(request, customer) for customer in customers.values()]
    columns = {"customer_id": list(customers), "as_of": np.array(instants, "M8[us]")}
    return InlineLedger(tables, pd.DataFrame(columns))


def _name(place: int) -> str:
    return f"{place:06d}"


def _products_used(customers: Iterable[Customer]) -> set[str]:
    customers = list(customers)
    names = {row.product_id for c in customers for row in c.transactions or []}
    names |= {row.product_id for c in customers for row in c.balances or []}
    return {name for name in names if name is not None}


def _require_products(request: ExplainRequest, places: Sequence[int], store: Store) -> None:
    faults = []
    listed = {product.product_id for product in request.products or []}
    for number, product in enumerate(request.products or []):
        where = f"products[{number}]"
        if product.product_id in store.products:
            found = f"{shown(product.product_id)}, which the bank's ledger knows"
            expected = "a product of its own; leave out those that the ledger knows"
            faults.append(RequestError(f"{where}.product_id", found, expected))
        if product.currency and product.currency not in store.currencies:
            expected = f"a currency with a rate: {', '.join(sorted(store.currencies))}"
            faults.append(RequestError(f"{where}.currency", shown(product.currency), expected))
    for place in places:
        for table in ("transactions", "balances"):
            for number, row in enumerate(getattr(request.customers[place], table) or []):
                name = row.product_id
                if name is None or name in listed or name in store.products:
                    continue
                field = f"customers[{place}].{table}[{number}].product_id"
                expected = "a product of the bank's ledger, or one listed under products"
                hint = closest(name, store.products | listed)
                faults.append(RequestError(field, shown(name), expected, hint=hint))
    if faults:
        raise BadRequestError(faults)


def _columns(table: str, customers: Mapping[str, Customer]) -> Columns:
    """The events of all customers, column by column: 500 rows are read in a few passes."""
    given = {name: getattr(customer, table) or [] for name, customer in customers.items()}
    records = [record for own in given.values() for record in own]
    whose = [name for name, own in given.items() for _ in own]
    listed = zip(*map(_FIELDS[table], records), strict=True) if records else ()
    values: dict[str, Sequence[Any]] = dict(zip(_NAMES[table], listed, strict=bool(records)))
    if table in _KEY:
        values[_KEY[table]] = [f"{name}:{n}" for name in given for n in range(len(given[name]))]
    values["customer_id"], values["source"] = whose, [_SOURCE] * len(records)
    values["known_at"] = _known_at(table, values.get(_EVENT_TIME[table], ()))
    return Columns(len(records), values)


def _known_at(table: str, happened: Sequence[datetime]) -> Sequence[datetime]:
    """When it happened; a statement dated as_of covers only what was before, so it is seen."""
    return [at - _INSTANT for at in happened] if table == "balances" else happened


def _profiles(customers: Mapping[str, Customer]) -> list[dict[str, Any]]:
    return [
        {
            **(customer.profile.model_dump() if customer.profile else {"kind": "person"}),
            "customer_id": name,
            "source": _SOURCE,
            "known_at": _ALWAYS,
        }
        for name, customer in customers.items()
    ]


def _products(request: ExplainRequest, base_currency: str) -> list[dict[str, Any]]:
    rows = [product.model_dump() for product in request.products or []]
    dated = [{**row, "currency": row["currency"] or base_currency} for row in rows]
    return [{**row, "known_at": _ALWAYS} for row in dated]


def _prices(request: ExplainRequest) -> list[dict[str, Any]]:
    rows = [price.model_dump() for price in request.prices or []]
    return [{**row, "known_at": row["date"]} for row in rows]
