"""The bank's shelf: products of every asset class with their risk and return."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from src.bank.calendar import Flags, Floats, Ints

SECTORS = ("technology", "finance", "consumer", "energy", "healthcare", "industry")
CURRENCIES = ("CNY", "USD", "HKD")


@dataclass(frozen=True)
class Family:
    """Products alike: yearly drift and own volatility, sensitivity to the market, currency,
    smallest purchase in yuan, days between two published prices (0: always worth 1), and how
    much they appeal to people who like new things."""

    prefix: str
    asset_class: str
    count: int
    grade: int
    drift: float
    volatility: float
    beta: float
    ticket: float = 100.0
    currency: str = "CNY"
    publish_days: int = 1
    novelty: float = 0.0


FAMILIES = (
    Family("MM", "money_fund", 3, 1, 0.019, 0.001, 0.0),
    Family("BF", "bond_fund", 4, 2, 0.035, 0.018, 0.04),
    Family("BA", "balanced_fund", 4, 3, 0.045, 0.05, 0.45, 1_000),
    Family("EF", "equity_fund", 6, 4, 0.06, 0.09, 0.95, 1_000),
    Family("EQ", "equity", 8, 5, 0.06, 0.22, 1.1, 2_000),
    Family("HK", "equity", 2, 5, 0.05, 0.25, 1.0, 10_000, "HKD", 1, 0.8),
    Family("US", "equity_fund", 2, 4, 0.08, 0.12, 0.6, 10_000, "USD", 1, 0.8),
    Family("BD", "bond", 3, 2, 0.032, 0.012, 0.0, 10_000),
    Family("ST", "structured", 4, 3, 0.04, 0.02, 0.15, 50_000, "CNY", 7, 0.5),
    Family("DE", "derivative", 2, 5, 0.02, 0.45, 1.6, 20_000, "CNY", 1, 1.2),
    Family("TR", "trust", 3, 3, 0.055, 0.01, 0.05, 1_000_000, "CNY", 30, 0.2),
    Family("PF", "private_fund", 3, 5, 0.09, 0.15, 0.9, 1_000_000, "CNY", 30, 1.0),
    Family("TD", "deposit", 3, 1, 0.0, 0.0, 0.0, 1_000, "CNY", 0),
    Family("IN", "insurance", 2, 2, 0.0, 0.0, 0.0, 1_000, "CNY", 0),
    Family("LN", "loan", 2, 1, 0.0, 0.0, 0.0, 1_000, "CNY", 0),
)
TERM_MONTHS = (3, 6, 12)


@dataclass(frozen=True)
class Products:
    """One entry per product; `code` is its name in every system."""

    code: NDArray[np.str_]
    asset_class: NDArray[np.str_]
    grade: Ints
    currency: Ints
    ticket: Floats
    publish_days: Ints
    novelty: Floats
    drift: Floats
    volatility: Floats
    beta: Floats
    sector: NDArray[np.str_]
    issuer: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.code)

    def of_class(self, *classes: str) -> Ints:
        """Indices of the products of some asset classes."""
        return np.flatnonzero(np.isin(self.asset_class, classes))

    @property
    def traded(self) -> Flags:
        """True for what is bought and sold at a price."""
        return np.asarray(self.publish_days > 0)


def make_products(rng: np.random.Generator) -> Products:
    """The shelf, the same products in every simulation, with returns that vary a little."""
    rows = [(family, i) for family in FAMILIES for i in range(family.count)]
    spread = rng.normal(0.0, 0.12, size=(len(rows), 3))

    def numbers(field: str) -> Floats:
        return np.array([getattr(family, field) for family, _ in rows], dtype=np.float64)

    equity_like = [family.beta > 0.3 for family, _ in rows]
    return Products(
        code=np.array([f"{family.prefix}{i + 1:03d}" for family, i in rows]),
        asset_class=np.array([family.asset_class for family, _ in rows]),
        grade=numbers("grade").astype(np.int64),
        currency=np.array([CURRENCIES.index(family.currency) for family, _ in rows]),
        ticket=numbers("ticket"),
        publish_days=numbers("publish_days").astype(np.int64),
        novelty=numbers("novelty"),
        drift=numbers("drift") * (1 + spread[:, 0]),
        volatility=numbers("volatility") * np.exp(spread[:, 1]),
        beta=numbers("beta") * np.exp(spread[:, 2]),
        sector=np.array(
            [SECTORS[k % len(SECTORS)] if e else "" for k, e in enumerate(equity_like)]
        ),
        issuer=np.array([f"issuer-{k % 17 + 1:02d}" for k in range(len(rows))]),
    )
