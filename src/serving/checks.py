"""What one request must hold across its fields: time, identity and position."""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from datetime import datetime

from src.core.errors import RequestError
from src.serving.faults import BadRequestError, shown
from src.serving.requests import Balance, Customer, ExplainRequest, Transaction

OUTFLOWS = ("withdrawal", "transfer_out", "purchase", "fee", "buy", "premium", "repayment")
INFLOWS = ("deposit", "transfer_in", "dividend", "sell", "claim", "drawdown")


def check(request: ExplainRequest) -> None:
    """Raises BadRequestError listing each fault that no field has by itself."""
    faults = list(_faults(request))
    if faults:
        raise BadRequestError(faults)


def as_of(request: ExplainRequest, customer: Customer) -> datetime | None:
    """The instant asked for of a customer: its own, or the request's."""
    return customer.as_of or request.as_of


def _faults(request: ExplainRequest) -> Iterator[RequestError]:
    yield from _twice("customers", "customer_id", [c.customer_id for c in request.customers])
    yield from _twice("tasks", "", request.tasks or [])
    products = request.products or []
    yield from _twice("products", "product_id", [p.product_id for p in products])
    listed = {product.product_id for product in products}
    prices = request.prices or []
    yield from _twice("prices", "", [(p.product_id, p.date.isoformat()) for p in prices])
    for number, price in enumerate(prices):
        if price.product_id not in listed:
            yield RequestError(
                f"prices[{number}].product_id",
                shown(price.product_id),
                "a product listed under products",
                hint="Prices of the bank's own products come from its ledger.",
            )
    for number, customer in enumerate(request.customers):
        yield from _of_customer(f"customers[{number}]", customer, as_of(request, customer))


def _of_customer(
    where: str, customer: Customer, instant: datetime | None
) -> Iterator[RequestError]:
    if not customer.inline:
        if customer.customer_id is None:
            yield RequestError(
                f"{where}.customer_id", "nothing", "a known customer_id, or history inline"
            )
        return
    if instant is None:
        yield RequestError(
            f"{where}.as_of",
            "nothing",
            "the instant at which this inline customer is to be scored",
            hint="Give as_of here or beside customers; the answer depends on nothing else.",
        )
        return
    if not customer.transactions and not customer.balances:
        yield RequestError(
            where,
            "no history",
            f"at least one transaction or balance before {instant.isoformat()}",
        )
    yield from _times(where, customer, instant)
    yield from _keys(where, customer)
    for number, transaction in enumerate(customer.transactions or []):
        yield from _of_transaction(f"{where}.transactions[{number}]", transaction)
    for number, balance in enumerate(customer.balances or []):
        yield from _of_balance(f"{where}.balances[{number}]", balance)


def _times(where: str, customer: Customer, instant: datetime) -> Iterator[RequestError]:
    """Nothing that happened at or after the instant may be sent: it can't be seen."""
    profile = customer.profile
    stamps: list[tuple[str, datetime | None]] = [
        ("profile.birth_date", profile.birth_date if profile else None),
        ("profile.joined_on", profile.joined_on if profile else None),
    ]
    stamps += _stamps("transactions", "occurred_at", customer.transactions)
    stamps += _stamps("balances", "as_of", customer.balances)
    stamps += _stamps("questionnaires", "completed_at", customer.questionnaires)
    stamps += _stamps("interactions", "occurred_at", customer.interactions)
    for name, stamp in stamps:
        if stamp is not None and _is_unseen(stamp, instant, name):
            yield RequestError(
                f"{where}.{name}",
                shown(stamp.isoformat()),
                f"an instant before as_of, {instant.isoformat()}",
                hint="Leave out what happened at or after as_of: a score never sees it.",
            )


def _is_unseen(stamp: datetime, instant: datetime, name: str) -> bool:
    """A statement dated as_of covers what occurred before it, so it is seen."""
    return stamp > instant if name.startswith("balances") else stamp >= instant


def _stamps(
    table: str, column: str, rows: Sequence[object] | None
) -> list[tuple[str, datetime | None]]:
    return [(f"{table}[{i}].{column}", getattr(row, column)) for i, row in enumerate(rows or [])]


def _keys(where: str, customer: Customer) -> Iterator[RequestError]:
    transactions = [t.transaction_id for t in customer.transactions or []]
    yield from _twice(f"{where}.transactions", "transaction_id", transactions)
    interactions = [i.interaction_id for i in customer.interactions or []]
    yield from _twice(f"{where}.interactions", "interaction_id", interactions)
    signed = [q.completed_at.isoformat() for q in customer.questionnaires or []]
    yield from _twice(f"{where}.questionnaires", "completed_at", signed)
    lines = [
        (b.account_id or "", b.as_of.isoformat(), _position(b)) for b in customer.balances or []
    ]
    yield from _twice(f"{where}.balances", "", lines)


def _position(balance: Balance) -> str:
    return balance.product_id or f"class {balance.asset_class or 'cash'}"


def _of_transaction(where: str, transaction: Transaction) -> Iterator[RequestError]:
    if transaction.quantity is not None and transaction.product_id is None:
        yield RequestError(f"{where}.product_id", "nothing", "the product that quantity counts")
    units = transaction.amount / 100
    if transaction.kind in OUTFLOWS and units > 0:
        yield _wrong_sign(where, units, transaction.kind, "0 or less, for it takes cash out")
    if transaction.kind in INFLOWS and units < 0:
        yield _wrong_sign(where, units, transaction.kind, "0 or more, for it brings cash in")


def _wrong_sign(where: str, units: float, kind: str, expected: str) -> RequestError:
    hint = "amount is the effect on the customer's cash; a refund is a transfer_in."
    return RequestError(f"{where}.amount", f"{units:,.2f} for a {kind}", expected, hint=hint)


def _of_balance(where: str, balance: Balance) -> Iterator[RequestError]:
    if (balance.quantity is None) == (balance.amount is None):
        found = "neither" if balance.quantity is None else "both"
        yield RequestError(where, found, "either a quantity (of a product) or an amount (of money)")
    if balance.quantity is not None and balance.product_id is None:
        yield RequestError(f"{where}.product_id", "nothing", "the product that quantity counts")


def _twice(where: str, field: str, keys: Iterable[Hashable]) -> Iterator[RequestError]:
    """A fault for each key that stands where it stood before; None is no key."""
    seen: dict[Hashable, int] = {}
    for number, key in enumerate(keys):
        if key is None:
            continue
        if key in seen:
            path = f"{where}[{number}].{field}" if field else f"{where}[{number}]"
            found = f"{shown(key)}, as in {where}[{seen[key]}]"
            yield RequestError(path, found, "each once")
        seen.setdefault(key, number)
