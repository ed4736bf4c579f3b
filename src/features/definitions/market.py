"""Definitions over what is held and traded: market, currencies, gains, holding periods, novelty."""

from typing import Literal

from pydantic import model_validator

from src.features.definitions.base import HISTORY, NOW, Base
from src.features.definitions.conditions import Filter, prefix, where

HELD = ("balances", "transactions", "products", "prices", "fx_rates")
Lag = Literal[30, 60, 90, 120, 150, 180]


class Market(Base):
    """What prices and exchange rates did to the products held at as_of, as if held all along.

    In base currency; a product without a price then counts as unchanged. return: worth now over
    worth `days` before, less 1; volatility: population deviation of the 30-day returns of `days`;
    currency_return: the part of the return that exchange rates made. only: by asset class.
    """

    kind: Literal["market"] = "market"
    how: Literal["return", "volatility", "currency_return"]
    days: Lag
    only: Filter | None = None

    @model_validator(mode="after")
    def _several_returns(self) -> "Market":
        if self.how == "volatility" and self.days < 60:
            raise ValueError(f"a volatility needs 60 days or more, found {self.days}")
        return self

    @property
    def name(self) -> str:
        """Such as invested_held_return_90d."""
        return f"{prefix(self.only)}held_{self.how}_{self.days}d"

    @property
    def formula(self) -> str:
        """Such as "return of the products held"."""
        return f"{self.how} of the products held{where(self.only)}"

    @property
    def window(self) -> str:
        """The days of prices."""
        return f"{self.days} days"

    @property
    def tables(self) -> tuple[str, ...]:
        """What is held and its prices."""
        return HELD

    @property
    def lags(self) -> tuple[int, ...]:
        """The days before as_of whose prices the definition looks at."""
        return tuple(range(30, self.days + 1, 30)) if self.how == "volatility" else (self.days,)


class Position(Base):
    """What the products held at as_of are and what they cost, weighted by their value.

    foreign_share: of all assets, in products of another than the base currency. days_held: since
    the first purchase of each product; gain: worth over what the same units cost at the average
    price paid, less 1; losing_share: of the worth, in products below that price. The latter three
    look at products with known purchases only.
    """

    kind: Literal["position"] = "position"
    how: Literal["foreign_share", "days_held", "gain", "losing_share"]

    @property
    def name(self) -> str:
        """Such as held_gain."""
        return f"held_{self.how}"

    @property
    def formula(self) -> str:
        """Such as "gain of the products held"."""
        return f"{self.how} of the products held, weighted by value"

    @property
    def window(self) -> str:
        """Now, or since the first purchase."""
        return NOW if self.how == "foreign_share" else HISTORY

    @property
    def tables(self) -> tuple[str, ...]:
        """What is held and its prices."""
        return HELD


class Trades(Base):
    """A figure of the customer's purchases and sales of products over all that is known of them.

    gain_share: of the sales of the window, those above the average price paid before (Odean,
    1998); days_to_sale: mean time from the last purchase of the product to its sale in the window;
    new_products, new_classes: products and asset classes first bought in the window;
    days_since_new_class: since the last time that an asset class was new; grade_step: highest risk
    grade of the products first bought in the window less the highest of those bought before.
    """

    kind: Literal["trades"] = "trades"
    how: Literal[
        "gain_share",
        "days_to_sale",
        "new_products",
        "new_classes",
        "days_since_new_class",
        "grade_step",
    ]
    days: int | None = None

    @model_validator(mode="after")
    def _window_or_none(self) -> "Trades":
        if (self.days is None) != (self.how == "days_since_new_class"):
            raise ValueError(
                f"{self.how!r} with days {self.days}; expected days for every figure but "
                "days_since_new_class, which looks at all history"
            )
        return self

    @property
    def name(self) -> str:
        """Such as trades_gain_share_365d."""
        window = f"_{self.days}d" if self.days else ""
        return f"trades_{self.how}{window}"

    @property
    def formula(self) -> str:
        """Such as "gain_share of purchases and sales"."""
        return f"{self.how} of purchases and sales"

    @property
    def window(self) -> str:
        """The trailing days, or all history."""
        return f"{self.days} days" if self.days else HISTORY

    @property
    def tables(self) -> tuple[str, ...]:
        """The movements, and the products' classes and grades."""
        return ("transactions", "products")
