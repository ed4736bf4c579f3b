"""Regime-switching daily prices and exchange rates, as published."""

from dataclasses import dataclass

import numpy as np

from src.bank.calendar import Calendar, Flags, Floats, Ints
from src.bank.market.products import CURRENCIES, Products

# calm, rising, falling: yearly drift, yearly volatility, chance of staying for one more day
REGIMES = ((0.02, 0.11, 0.985), (0.26, 0.15, 0.980), (-0.50, 0.30, 0.960))
TRADING_DAYS = 250
RATE_DECIMALS = 4
PUBLISHED_AFTER_SECONDS = 17 * 3600
_START_RATES = {"CNY": 1.0, "USD": 6.95, "HKD": 0.89}


@dataclass(frozen=True)
class Market:
    """close: (days, products) last published price, in the product's currency, four decimals;
    published: True on the days on which a price comes out; rate: (days, currencies) last
    published rate, in 1/10,000 yuan for one unit; index: (days,) level of the stock market."""

    close: Floats
    published: Flags
    rate: Ints
    rate_published: Flags
    index: Floats

    def month_return(self, calendar: Calendar, month: int) -> float:
        """Return of the stock market over the month before the one given."""
        end = int(calendar.month_days[month]) - 1
        return float(self.index[end] / self.index[max(end - 30, 0)] - 1)

    def in_yuan(self, day: int, products: Products) -> Floats:
        """(products,) worth of one unit in yuan by prices and rates of one day."""
        rates = self.rate[day] / 10**RATE_DECIMALS
        return np.asarray(self.close[day] * rates[products.currency])


def make_market(rng: np.random.Generator, calendar: Calendar, products: Products) -> Market:
    """Prices of all products and rates of all currencies for every day of the calendar."""
    days = np.arange(calendar.days, dtype=np.int64)
    business = calendar.business(days)
    common = _market_returns(rng, len(days)) * business
    own = rng.normal(size=(len(days), len(products)))
    own *= products.volatility / np.sqrt(TRADING_DAYS)
    returns = products.drift / TRADING_DAYS + products.beta * common[:, None] + own
    returns = np.where(business[:, None] & products.traded, returns, 0.0)
    first = np.where(products.traded, np.round(rng.uniform(1.0, 30.0, len(products)), 2), 1.0)
    path = np.maximum(np.round(first * np.exp(np.cumsum(returns, axis=0)), 4), 0.01)
    published = _published(business, products.publish_days)
    rate = _rates(rng, business)
    return Market(
        close=_carried(path, published),
        published=published,
        rate=rate,
        rate_published=business | (days == 0),
        index=1000 * np.exp(np.cumsum(common)),
    )


def _market_returns(rng: np.random.Generator, days: int) -> Floats:
    """Daily log returns of a market that switches between calm, rising and falling."""
    moves, picks, shocks = rng.random(days), rng.random(days), rng.normal(size=days)
    regime, path = 0, np.empty(days, dtype=np.int64)
    for day in range(days):
        if moves[day] > REGIMES[regime][2]:
            regime = (regime + 1 + int(picks[day] < 0.5)) % 3
        path[day] = regime
    drift, volatility = (np.array([r[i] for r in REGIMES])[path] for i in (0, 1))
    return np.asarray(drift / TRADING_DAYS + volatility / np.sqrt(TRADING_DAYS) * shocks)


def _published(business: Flags, every: Ints) -> Flags:
    """On which days each product's price comes out: daily, weekly, monthly or only on day 0."""
    count = np.cumsum(business)
    step = np.maximum(np.where(every == 7, 5, np.where(every == 30, 21, every)), 1)
    due = business[:, None] & (count[:, None] % step == 0) & (every > 0)
    due[0] = True
    return np.asarray(due)


def _carried(path: Floats, published: Flags) -> Floats:
    """Each day's last published value."""
    days = np.arange(len(path))[:, None]
    last = np.maximum.accumulate(np.where(published, days, 0), axis=0)
    return np.asarray(np.take_along_axis(path, last, axis=0))


def _rates(rng: np.random.Generator, business: Flags) -> Ints:
    steps = rng.normal(0, 0.0025, size=(len(business), len(CURRENCIES)))
    steps[:, 0] = 0
    start = np.array([_START_RATES[c] for c in CURRENCIES])
    path = start * np.exp(np.cumsum(steps * business[:, None], axis=0))
    return np.asarray(np.rint(path * 10**RATE_DECIMALS), dtype=np.int64)
