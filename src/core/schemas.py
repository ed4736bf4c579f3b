"""The ledger's canonical tables, and the one of what it lacks: one definition for readers, writers,
checks and documentation."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import pyarrow as pa

if TYPE_CHECKING:
    from ibis import Schema

Type = Literal["string", "integer", "number", "time"]

# The type that each has in Arrow.
ARROW: dict[Type, pa.DataType] = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "time": pa.timestamp("us"),
}


@dataclass(frozen=True)
class Column:
    """One column. Times are naive and mean UTC; `*_minor` are 1/100 of the base currency."""

    name: str
    type: Type
    meaning: str
    required: bool = False
    allowed: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Table:
    """One canonical table: `key` names the thing, `version_key` one version of it and is unique;
    `columns` are complete and in order."""

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def version_key(self) -> tuple[str, ...]:
        """The key and the instant from which this version was known."""
        return (*self.key, "known_at")

    @cached_property
    def arrow(self) -> pa.Schema:
        """The Arrow schema that every Parquet file of this table has."""
        return pa.schema([pa.field(c.name, ARROW[c.type]) for c in self.columns])

    @cached_property
    def ibis(self) -> "Schema":
        """The same as an Ibis schema."""
        from ibis import Schema  # slow to load: what only names columns does without

        return Schema.from_pyarrow(self.arrow)

    def column(self, name: str) -> Column:
        """The column called `name`; KeyError if there is none."""
        return {c.name: c for c in self.columns}[name]


TRANSACTION_KINDS = (
    "deposit",
    "withdrawal",
    "transfer_in",
    "transfer_out",
    "purchase",
    "fee",
    "interest",
    "dividend",
    "buy",
    "sell",
    "premium",
    "claim",
    "repayment",
    "drawdown",
)
ASSET_CLASSES = (
    "cash",
    "deposit",
    "money_fund",
    "bond_fund",
    "balanced_fund",
    "equity_fund",
    "bond",
    "equity",
    "structured",
    "derivative",
    "insurance",
    "trust",
    "private_fund",
    "loan",
)
INTERACTION_KINDS = ("inquiry", "complaint", "feedback", "visit", "campaign_response")
TASKS = ("risk_appetite", "value_tier", "churn")

_SOURCE = Column("source", "string", "the system or delivery that the row came from", required=True)
_KNOWN_AT = Column("known_at", "time", "when the institution learned it", required=True)
_KNOWN_UNTIL = Column("known_until", "time", "when a later version took its place; empty: stands")
_IMPUTED = Column("imputed", "string", "columns that a rule filled, comma-separated; empty: none")
_VERSION = (_SOURCE, _KNOWN_AT, _KNOWN_UNTIL, _IMPUTED)


def _id(name: str, meaning: str) -> Column:
    return Column(name, "string", meaning, required=True)


_TABLES = (
    Table(
        "customers",
        ("customer_id",),
        (
            _id("customer_id", "one person or company, across all source systems"),
            Column("kind", "string", "person or company", True, ("person", "company")),
            Column("birth_date", "time", "of a person; founding of a company"),
            Column("gender", "string", "audited for fairness, never a feature"),
            Column("region", "string", "where the customer lives or is registered"),
            Column("occupation", "string", "of a person"),
            Column("industry", "string", "of a company"),
            Column("marital_status", "string", "of a person"),
            Column("dependants", "integer", "people who live on this income", low=0, high=30),
            Column("income_band", "integer", "declared income, 1 (lowest) to 5", low=1, high=5),
            Column("joined_on", "time", "first day as a customer"),
            *_VERSION,
        ),
    ),
    Table(
        "products",
        ("product_id",),
        (
            _id("product_id", "one product that can be held"),
            Column("asset_class", "string", "what it is", True, ASSET_CLASSES),
            Column("risk_grade", "integer", "1 (lowest) to 5 (highest)", low=1, high=5),
            Column("sector", "string", "of the economy, where it has one"),
            Column("issuer", "string", "who stands behind it"),
            Column("currency", "string", "in which its prices are quoted", required=True),
            *_VERSION,
        ),
    ),
    Table(
        "prices",
        ("product_id", "date"),
        (
            _id("product_id", "the product"),
            Column("date", "time", "the day whose close this is", required=True),
            Column("close", "number", "per unit, in the product's currency", True, low=0),
            *_VERSION,
        ),
    ),
    Table(
        "fx_rates",
        ("currency", "date"),
        (
            _id("currency", "ISO 4217 code"),
            Column("date", "time", "the day whose rate this is", required=True),
            Column("rate", "number", "base currency for one unit of currency", True, low=0),
            *_VERSION,
        ),
    ),
    Table(
        "transactions",
        ("transaction_id",),
        (
            _id("transaction_id", "one movement"),
            _id("customer_id", "whose it is"),
            Column("account_id", "string", "on which account"),
            Column("occurred_at", "time", "when it happened", required=True),
            Column("kind", "string", "what it was", True, TRANSACTION_KINDS),
            Column("amount_minor", "integer", "effect on the customer's cash: + adds", True),
            Column("currency", "string", "original currency; amount_minor is converted already"),
            Column("product_id", "string", "the product whose position moves as well"),
            Column("quantity", "number", "effect on that position: + adds; a loan's is negative"),
            Column("channel", "string", "branch, atm, online, mobile, phone or system"),
            Column("category", "string", "purpose, such as salary, groceries or rent"),
            Column("counterparty", "string", "the other side, pseudonymous"),
            *_VERSION,
        ),
    ),
    Table(
        "balances",
        ("customer_id", "account_id", "as_of", "product_id"),
        (
            _id("customer_id", "whose it is"),
            Column("account_id", "string", "on which account"),
            Column("as_of", "time", "the statement covers all that occurred before", True),
            Column("product_id", "string", "the position; empty where the account's own class"),
            Column("asset_class", "string", "where no product is named", False, ASSET_CLASSES),
            Column("quantity", "number", "units of the product; empty for plain money"),
            Column("amount_minor", "integer", "money held; used where quantity is empty"),
            *_VERSION,
        ),
    ),
    Table(
        "questionnaires",
        ("customer_id", "completed_at"),
        (
            _id("customer_id", "who answered"),
            Column("completed_at", "time", "when it was signed", required=True),
            Column("risk_level", "integer", "declared, 1 to 5 (C1 to C5)", True, low=1, high=5),
            Column("valid_until", "time", "when it has to be renewed"),
            Column("answers", "string", "JSON object of the answers"),
            *_VERSION,
        ),
    ),
    Table(
        "interactions",
        ("interaction_id",),
        (
            _id("interaction_id", "one contact"),
            _id("customer_id", "who"),
            Column("occurred_at", "time", "when it happened", required=True),
            Column("channel", "string", "branch, online, mobile or phone"),
            Column("kind", "string", "what it was", True, INTERACTION_KINDS),
            Column("topic", "string", "what it was about, such as a product class"),
            Column("score", "number", "satisfaction, 1 to 5, where asked", low=1, high=5),
            Column("text", "string", "notes"),
            *_VERSION,
        ),
    ),
    Table(
        "labels",
        ("customer_id", "as_of", "task"),
        (
            _id("customer_id", "whose"),
            Column("as_of", "time", "the instant at which it was to be predicted", required=True),
            Column("task", "string", "which target", True, TASKS),
            Column("label", "string", "name of the class, as in configs/taxonomy.yaml", True),
            *_VERSION,
        ),
    ),
)

LEDGER: dict[str, Table] = {table.name: table for table in _TABLES}

# What integration says of the rows that it put aside, one by one: no mapping can fill it.
REJECTED = Table(
    "rejected",
    ("customer_id", "meant_for", "account_id", "product_id", "happened_at"),
    (
        _id("customer_id", "whose row it was"),
        Column("meant_for", "string", "the table that lacks it", True, tuple(LEDGER)),
        Column("account_id", "string", "on which account; empty where none is told, nor a time"),
        Column("product_id", "string", "the product; `unknown`: one that the ledger lacks as well"),
        Column("happened_at", "time", "its own time; else when it was known", required=True),
        Column("known_at", "time", "since when the institution had it", required=True),
        Column("known_until", "time", "when a good row took its place; empty: none has"),
    ),
)
# All that stands in a ledger's folder.
TABLES: dict[str, Table] = {**LEDGER, REJECTED.name: REJECTED}
