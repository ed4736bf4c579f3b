"""Products, prices and exchange rates for the built ledger."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from src.core.time import ALWAYS
from src.features.definitions.conditions import Filter

BASE = "CNY"
_FOREIGN = {"USD": 7.0, "EUR": 8.0}
_STEP = timedelta(days=10)
_STEPS = range(-50, 20)
_DEFAULT_CLASSES = ("equity_fund", "deposit", "loan", "bond_fund")


@dataclass(frozen=True)
class Product:
    """One product of the built ledger, whose price falls or rises all the time."""

    asset_class: str
    risk_grade: int
    falls: bool
    currency: str

    @property
    def product_id(self) -> str:
        """Such as equity_fund-4-falls."""
        return f"{self.asset_class}-{self.risk_grade}-{'falls' if self.falls else 'rises'}"

    def fits(self, only: Filter) -> bool:
        """Whether a trade of it meets the filter's conditions on products."""
        low, high = only.min_grade or 1, only.max_grade or 5
        if only.asset_classes and self.asset_class not in only.asset_classes:
            return False
        if only.after is not None and self.falls != (only.after == "fall"):
            return False
        return low <= self.risk_grade <= high


def products_for(filters: Sequence[Filter]) -> list[Product]:
    """A few products, such that each filter has one that fits it."""
    wanted = {(name, 3) for name in _DEFAULT_CLASSES} | {("equity_fund", 5), ("bond_fund", 1)}
    for only in filters:
        grade = only.min_grade or only.max_grade or 3
        wanted |= {(name, grade) for name in only.asset_classes}
        if only.min_grade or only.max_grade:
            wanted.add(("equity_fund", grade))
    currencies = [BASE, *_FOREIGN]
    return [
        Product(name, grade, number % 2 == 0, currencies[number // 2 % 3])
        for number, (name, grade) in enumerate(w for w in sorted(wanted) for _ in range(2))
    ]


def market_rows(products: Sequence[Product], as_of: datetime) -> dict[str, list[dict[str, Any]]]:
    """Rows of products, prices and fx_rates around as_of; one price and rate lie on it."""
    return {
        "products": list(_versions(products, as_of)),
        "prices": [
            {
                "product_id": product.product_id,
                "date": as_of + step * _STEP,
                "close": 20.0 * (0.97 if product.falls else 1.03) ** step,
            }
            for product in products
            for step in _STEPS
        ],
        # As integration writes them: the base currency's one row comes before all others.
        "fx_rates": [
            {"currency": BASE, "date": ALWAYS, "rate": 1.0},
            *(
                {"currency": currency, "date": as_of + step * _STEP, "rate": rate + 0.01 * step}
                for currency, rate in _FOREIGN.items()
                for step in _STEPS
            ),
        ],
    }


def _versions(products: Sequence[Product], as_of: datetime) -> Iterator[dict[str, Any]]:
    """Each product as it is known; of every fifth, another grade becomes known at as_of."""
    for number, product in enumerate(products):
        first = {
            "product_id": product.product_id,
            "asset_class": product.asset_class,
            "risk_grade": product.risk_grade,
            "currency": product.currency,
            "known_at": as_of - 60 * _STEP,
        }
        if number % 5:
            yield first
            continue
        yield {**first, "known_until": as_of}
        yield {**first, "known_at": as_of, "risk_grade": 1 + product.risk_grade % 5}
