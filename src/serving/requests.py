"""What the endpoint accepts: closed schemas with their limits, as OpenAPI shows them."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from src.core.schemas import ASSET_CLASSES, INTERACTION_KINDS, TASKS, TRANSACTION_KINDS
from src.serving.fields import Id, Instant, Money, Name, Price, Quantity, number, one_of, whole

MAX_BODY_BYTES = 16 * 2**20
MAX_CUSTOMERS = 500
MAX_TRANSACTIONS = 20_000
MAX_RECORDS = 5_000
MAX_REASONS = 20
DEFAULT_REASONS = 3


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Profile(_Closed):
    """Who the customer is. Gender is not accepted: no model uses it."""

    kind: Annotated[str, *one_of(("person", "company"))] = "person"
    birth_date: Instant | None = Field(None, description="of a person; founding of a company")
    region: Name | None = None
    occupation: Name | None = None
    industry: Name | None = None
    marital_status: Name | None = None
    dependants: Annotated[int, *whole(0, 30)] | None = None
    income_band: Annotated[int, *whole(1, 5)] | None = Field(None, description="1 (lowest) to 5")
    joined_on: Instant | None = Field(None, description="first day as a customer")


class Transaction(_Closed):
    """One movement. `amount` is its effect on the customer's cash; `quantity` its effect on the
    position in `product_id` (buy: amount below 0, quantity above 0; sell the reverse)."""

    transaction_id: Id | None = Field(None, description="unique within the customer, if given")
    account_id: Id | None = None
    occurred_at: Instant
    kind: Annotated[str, *one_of(TRANSACTION_KINDS)]
    amount: Money
    currency: Id | None = Field(None, description="original currency; amount is converted already")
    product_id: Id | None = Field(None, description="known to the bank, or listed under products")
    quantity: Quantity | None = None
    channel: Name | None = Field(None, description="branch, atm, online, mobile, phone or system")
    category: Name | None = Field(None, description="purpose, such as salary, groceries or rent")
    counterparty: Name | None = None


class Balance(_Closed):
    """One line of a statement: it covers all that occurred before its as_of."""

    account_id: Id | None = None
    as_of: Instant
    product_id: Id | None = None
    asset_class: Annotated[str, *one_of(ASSET_CLASSES)] | None = None
    quantity: Quantity | None = Field(None, description="units of the product; or give an amount")
    amount: Money | None = Field(None, description="money held, where there is no quantity")


class Questionnaire(_Closed):
    """A suitability questionnaire that the customer has signed."""

    completed_at: Instant
    risk_level: Annotated[int, *whole(1, 5)] = Field(description="declared, C1 to C5")
    valid_until: Instant | None = None


class Interaction(_Closed):
    """One contact with the customer."""

    interaction_id: Id | None = None
    occurred_at: Instant
    kind: Annotated[str, *one_of(INTERACTION_KINDS)]
    channel: Name | None = None
    topic: Name | None = None
    score: Annotated[float, *number(5, 1)] | None = Field(None, description="satisfaction, 1 to 5")


class Customer(_Closed):
    """A customer known to the pipeline (customer_id alone), or one with raw history inline."""

    customer_id: Id | None = Field(None, description="needed without history, else only echoed")
    as_of: Instant | None = Field(
        None, description="score as of this instant; all events lie before it"
    )
    profile: Profile | None = None
    transactions: list[Transaction] | None = Field(None, max_length=MAX_TRANSACTIONS)
    balances: list[Balance] | None = Field(None, max_length=MAX_RECORDS)
    questionnaires: list[Questionnaire] | None = Field(None, max_length=MAX_RECORDS)
    interactions: list[Interaction] | None = Field(None, max_length=MAX_RECORDS)

    @property
    def inline(self) -> bool:
        """Whether the customer brings history or a profile of its own."""
        return bool(self.model_fields_set - {"customer_id", "as_of"})


class Product(_Closed):
    """A product that the bank's own ledger doesn't know."""

    product_id: Id
    asset_class: Annotated[str, *one_of(ASSET_CLASSES)]
    risk_grade: Annotated[int, *whole(1, 5)] | None = None
    sector: Name | None = None
    issuer: Name | None = None
    currency: Id | None = Field(None, description="of its prices; by default the base currency")


class PricePoint(_Closed):
    """One close of a product, in the product's currency."""

    product_id: Id
    date: Instant
    close: Price


class ExplainRequest(_Closed):
    """Which customers, and which models."""

    customers: list[Customer] = Field(min_length=1, max_length=MAX_CUSTOMERS)
    as_of: Instant | None = Field(
        None, description="for customers that give none; those known have one snapshot, no other"
    )
    tasks: list[Annotated[str, *one_of(TASKS)]] | None = Field(
        None, min_length=1, max_length=len(TASKS), description="by default all that are served"
    )
    language: Annotated[str, *one_of(("en", "zh", "both"))] = Field(
        "both", description="of the wordings"
    )
    products: list[Product] | None = Field(
        None, max_length=MAX_RECORDS, description="only those that the bank's ledger doesn't know"
    )
    prices: list[PricePoint] | None = Field(
        None, max_length=MAX_TRANSACTIONS, description="of the products listed here"
    )


class ScoreRequest(ExplainRequest):
    """Which customers, which models, and how many reasons."""

    reasons: Annotated[int, *whole(0, MAX_REASONS)] = Field(
        DEFAULT_REASONS, description="reasons given with each class"
    )
