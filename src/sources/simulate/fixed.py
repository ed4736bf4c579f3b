"""Extracts written once: the CRM's customers, accounts, products, prices, exchange rates."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from src.sources.simulate import people as crm
from src.sources.simulate.calendar import DAY_SECONDS
from src.sources.simulate.columns import days, formatted
from src.sources.simulate.market import RATE_DECIMALS
from src.sources.simulate.names import account_numbers, customer_numbers
from src.sources.simulate.people import People
from src.sources.simulate.products import CURRENCIES
from src.sources.simulate.world import World

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


def write_fixed(folder: Path, world: World) -> None:
    """Write the five files into an existing folder."""
    write_csv(folder / "crm_customers.csv", _customers(world))
    write_csv(folder / "core_accounts.csv", _accounts(world))
    write_csv(folder / "products.csv", _products(world))
    write_csv(folder / "prices.csv", _prices(world))
    write_csv(folder / "fx_rates.csv", _rates(world))


def write_csv(path: Path, columns: Mapping[str, pa.Array]) -> None:
    """A comma-separated file, quoted where needed."""
    options = pa_csv.WriteOptions(quoting_style="needed")
    pa_csv.write_csv(pa.table(dict(columns)), path, options)


def _customers(world: World) -> dict[str, pa.Array]:
    people, calendar = world.people, world.calendar
    person = ~people.company
    joined = calendar.second(people.joined_day)
    born = calendar.second(0) - (people.age * 365.25).astype(np.int64) * DAY_SECONDS
    founded = joined - (people.age * 90).astype(np.int64) * DAY_SECONDS
    return {
        "cust_no": customer_numbers(np.arange(len(people))),
        "cust_type": pa.array(np.where(people.company, "E", "P")),
        "born": formatted(np.where(people.company, founded, born), "%Y%m%d"),
        "sex": _text(np.where(people.female, "F", "M"), person),
        "province": _named(crm.REGIONS, people.region),
        "occupation": _text(np.array(crm.OCCUPATIONS)[people.occupation], person),
        "industry": _text(np.array(crm.INDUSTRIES)[people.industry], people.company),
        "marital": _text(np.array(crm.MARITAL)[people.marital], person),
        "dependants": pa.array(people.dependants, mask=people.company),
        "income_class": _named(tuple("ABCDE"), people.income_band - 1),
        "client_since": pa.array(days(joined)),
    }


def _text(values: np.ndarray, present: np.ndarray) -> pa.Array:
    return pa.array(values, mask=~present)


def _named(names: tuple[str, ...], index: np.ndarray) -> pa.Array:
    return pa.array(np.array(names)[index])


def _accounts(world: World) -> dict[str, pa.Array]:
    people: People = world.people
    everyone = np.arange(len(people))
    return {
        "acct_no": account_numbers(everyone),
        "cust_no": customer_numbers(everyone),
        "acct_type": pa.array(["CURRENT"] * len(people)),
        "opened": formatted(world.calendar.second(people.joined_day), "%d/%m/%Y"),
    }


def _products(world: World) -> dict[str, pa.Array]:
    products = world.products
    return {
        "code": pa.array(products.code),
        "shelf": pa.array([SHELF[name] for name in products.asset_class]),
        "risk": pa.array([f"R{grade}" for grade in products.grade]),
        "sector": _text(products.sector, products.sector != ""),
        "issuer": pa.array(products.issuer),
        "ccy": _named(CURRENCIES, products.currency),
    }


def _prices(world: World) -> dict[str, pa.Array]:
    product, day = np.nonzero(world.market.published.T)
    close = world.market.close[day, product]
    return {
        "code": pa.array(world.products.code[product]),
        "price_day": formatted(world.calendar.second(day), "%Y-%m-%d"),
        "nav": pa.array([f"{value:.4f}" for value in close.tolist()]),
    }


def _rates(world: World) -> dict[str, pa.Array]:
    day = np.flatnonzero(world.market.rate_published)
    foreign = np.arange(1, len(CURRENCIES))
    currency, when = np.repeat(foreign, len(day)), np.tile(day, len(foreign))
    rate = world.market.rate[when, currency] / 10**RATE_DECIMALS
    return {
        "ccy": _named(CURRENCIES, currency),
        "fixing_day": formatted(world.calendar.second(when), "%Y-%m-%d"),
        "mid": pa.array([f"{value:.{RATE_DECIMALS}f}" for value in rate.tolist()]),
    }
