"""The shelf, prices and exchange rates as files."""

import numpy as np
import pyarrow as pa

from src.bank.calendar import Ints
from src.bank.files.columns import formatted
from src.bank.files.deliveries import Deliveries, Style
from src.bank.files.sheet import Sheet
from src.bank.files.texts import Texts, blanked, picked
from src.bank.market.prices import RATE_DECIMALS
from src.bank.market.products import CURRENCIES
from src.bank.world import World
from src.core.params.simulation import MessParams

SHELF = {
    "deposit": "TERM DEPOSIT",
    "money_fund": "FUND/MONEY",
    "bond_fund": "FUND/BOND",
    "balanced_fund": "FUND/MIXED",
    "equity_fund": "FUND/EQUITY",
    "bond": "BOND",
    "equity": "SHARE",
    "structured": "STRUCTURED NOTE",
    "derivative": "CERTIFICATE",
    "insurance": "INSURANCE",
    "trust": "TRUST PLAN",
    "private_fund": "PRIVATE FUND",
    "loan": "LOAN",
}


def write_market(
    deliveries: Deliveries, world: World, mess: MessParams, rng: np.random.Generator
) -> None:
    """Write products once, prices and rates with each delivery; some prices with a minus sign."""
    deliveries.csv("products", None, _products(world), Style())
    last = world.calendar.month_days
    first = np.concatenate([[0], last[:-1]])
    for number, (start, end) in enumerate(zip(first.tolist(), last.tolist(), strict=True)):
        sheet = _prices(world, start, end)
        wrong = rng.random(len(sheet)) < mess.negative_price
        sheet.spoil("nav", wrong, "negative_price", "-" + sheet.texts("nav", wrong))
        deliveries.csv("market/prices", number, sheet, Style())
        deliveries.csv("market/fx_rates", number, _rates(world, start, end), Style())


def _products(world: World) -> Sheet:
    products = world.products
    return Sheet(
        {
            "code": pa.array(products.code),
            "shelf": pa.array([SHELF[name] for name in products.asset_class]),
            "risk": pa.array([f"R{grade}" for grade in products.grade]),
            "sector": blanked(products.sector.astype(object), products.sector == ""),
            "issuer": pa.array(products.issuer),
            "ccy": picked(CURRENCIES, products.currency),
        }
    )


def _prices(world: World, start: int, end: int) -> Sheet:
    """Those published on days [start, end)."""
    product, day = np.nonzero(world.market.published[start:end].T)
    close = world.market.close[start + day, product]
    return Sheet(
        {
            "code": pa.array(world.products.code[product]),
            "price_day": _dates(world, start + day),
            "nav": _decimals(close, 4),
        }
    )


def _rates(world: World, start: int, end: int) -> Sheet:
    day = start + np.flatnonzero(world.market.rate_published[start:end])
    foreign = np.arange(1, len(CURRENCIES))
    currency, when = np.repeat(foreign, len(day)), np.tile(day, len(foreign))
    rate = world.market.rate[when, currency] / 10**RATE_DECIMALS
    return Sheet(
        {
            "ccy": picked(CURRENCIES, currency),
            "fixing_day": _dates(world, when),
            "mid": _decimals(rate, RATE_DECIMALS),
        }
    )


def _dates(world: World, day: Ints) -> pa.Array:
    return formatted(world.calendar.second(day), "%Y-%m-%d")


def _decimals(value: np.ndarray, places: int) -> Texts:
    return np.array([f"{number:.{places}f}" for number in value.tolist()], dtype=object)
