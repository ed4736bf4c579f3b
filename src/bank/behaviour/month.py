"""One month as its actors see it: who is present, how they feel, and how to act in it."""

from dataclasses import dataclass

import numpy as np

from src.bank.accounts.books import CATEGORIES, CHANNELS, UNIT_SCALE, Books
from src.bank.calendar import DAY_SECONDS, Calendar, Flags, Floats, Ints
from src.bank.customers.people import People
from src.bank.market.prices import PUBLISHED_AFTER_SECONDS, RATE_DECIMALS, Market
from src.bank.market.products import Products

MIDDLE = 14


@dataclass(frozen=True)
class Month:
    """One simulated month. present: customers who act; energy: (n,) multiplier of a customer's
    own activity; salary_paid: whose salary arrives; assets: (n,) yuan at the month's start;
    flow_state: (n,) -1, 0, 1 for people who draw down, hold or build up."""

    number: int
    calendar: Calendar
    market: Market
    products: Products
    people: People
    books: Books
    rng: np.random.Generator
    present: Flags
    energy: Floats
    salary_paid: Flags
    assets: Floats
    flow_state: Ints
    tolerance: Floats

    @property
    def first_day(self) -> int:
        """Day number of the month's first day."""
        return int(self.calendar.month_days[self.number])

    @property
    def season(self) -> int:
        """Calendar month, 1 to 12."""
        return self.calendar.month_number(self.number)

    def chosen(self, chance: Floats | float) -> Ints:
        """Present customers for whom something of the given chance happens."""
        draw = self.rng.random(len(self.people))
        return np.flatnonzero(self.present & (draw < chance))

    def any_time(self, n: int, first: int = 0, last: int = 28) -> Ints:
        """Draw n instants between 06:00 and 23:00 on days first to last (from 0) of the month."""
        last = min(last, self.calendar.length(self.number))
        day = self.first_day + self.rng.integers(first, last, n)
        return self.calendar.second(day) + self.rng.integers(6 * 3600, 23 * 3600, n)

    def on_day(self, day_of_month: Ints | int, n: int) -> Ints:
        """Draw n instants of the morning of given days of the month; the first means midnight."""
        day = np.broadcast_to(np.asarray(day_of_month), (n,)) - 1
        morning = self.rng.integers(2 * 3600, 9 * 3600, n)
        return self.calendar.second(self.first_day + day) + np.where(day == 0, 0, morning)

    def late(self, n: int) -> Ints:
        """Draw n instants after the month's middle, when what came before it has arrived."""
        return self.any_time(n, MIDDLE + 1)

    def trading_time(self, n: int, early: bool = False) -> Ints:
        """Draw n instants in the opening hours of business days (early: of the first half)."""
        open_days = self.calendar.business_days(self.number)
        if early:
            open_days = open_days[open_days < self.first_day + MIDDLE]
        day = self.rng.choice(open_days, n)
        return self.calendar.second(day) + self.rng.integers(34_200, 54_000, n)

    def channels(self, customer: Ints) -> Ints:
        """How each of the customers does something: mobile and online grow with affinity."""
        score = self.people.digital[customer] + self.rng.normal(0, 0.8, len(customer))
        level = np.digitize(score, [-1.4, -1.2, -0.3])
        names = np.array([CHANNELS.index(c) for c in ("branch", "phone", "online", "mobile")])
        return np.asarray(names[level])

    def day_of(self, second: Ints) -> Ints:
        """Day numbers of instants."""
        return (second - self.calendar.first_second) // DAY_SECONDS

    def yuan_of(self, original: Ints, currency: Ints, second: Ints) -> Ints:
        """Minor units of a currency in minor units of yuan by the last rate published before.

        Exact: integers, rounded half to even.
        """
        day = self.day_of(second)
        into_day = (second - self.calendar.first_second) % DAY_SECONDS
        day = np.where(into_day > PUBLISHED_AFTER_SECONDS, day, day - 1)
        return half_even(original * self.market.rate[day, currency], 10**RATE_DECIMALS)

    def trade(
        self, customer: Ints, product: Ints, yuan: Floats, buy: bool, early: bool = False
    ) -> None:
        """Buy or sell for about `yuan` at the last price published; sells stop at the holding."""
        n = len(customer)
        second = self.trading_time(n, early)
        day = self.day_of(second)
        close = self.market.close[day, product]
        currency = self.products.currency[product]
        rate = self.market.rate[day, currency] / 10**RATE_DECIMALS
        quantity = np.floor(yuan / (close * rate) * UNIT_SCALE).astype(np.int64)
        whole = self.products.asset_class[product] == "equity"
        quantity = np.where(whole, quantity // UNIT_SCALE * UNIT_SCALE, quantity)
        if not buy:
            quantity = np.minimum(quantity, self.books.units[customer, product])
        keep = quantity > 0
        customer, product, second = customer[keep], product[keep], second[keep]
        quantity, currency = quantity[keep], currency[keep]
        gross = np.rint(quantity * close[keep]).astype(np.int64)
        original = -gross if buy else gross
        self.books.post(
            customer,
            second,
            "buy" if buy else "sell",
            self.yuan_of(original, currency, second),
            channel=self.channels(customer),
            category=CATEGORIES.index("investment"),
            product=product,
            quantity=quantity if buy else -quantity,
            currency=currency,
            original=original,
        )


def half_even(numerator: Ints, denominator: int) -> Ints:
    """Integer division rounded to the nearest, ties to even."""
    whole, rest = np.divmod(numerator, denominator)
    up = (2 * rest > denominator) | ((2 * rest == denominator) & (whole % 2 == 1))
    return np.asarray(whole + up, dtype=np.int64)


def minor(yuan: Floats) -> Ints:
    """Yuan as minor units, rounded."""
    return np.rint(yuan * 100).astype(np.int64)
