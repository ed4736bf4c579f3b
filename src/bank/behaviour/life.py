"""Large moves that are no churn: a home, a windfall, money parked over the half-year's end."""

import numpy as np

from src.bank.accounts.books import CATEGORIES, CHANNELS, Books
from src.bank.behaviour.investing import preferred, sell_some
from src.bank.behaviour.month import Month, minor
from src.bank.behaviour.spending import affordable
from src.bank.calendar import Floats, Ints
from src.bank.market.products import TERM_MONTHS

OWN = CATEGORIES.index("own_account")


def life_events(month: Month, parked: Floats) -> Floats:
    """Post them; parked: (n,) yuan that came for the half-year's end. Returns it anew."""
    _home(month)
    _windfall(month)
    return _park(month, parked)


def _send(month: Month, who: Ints, yuan: Floats, category: int) -> None:
    month.books.post(
        who,
        month.late(len(who)),
        "transfer_out",
        -minor(affordable(month, who, yuan, 0.95, late=True)),
        channel=CHANNELS.index("branch"),
        category=category,
    )


def _home(month: Month) -> None:
    """A home or a car takes half of everything, yet the customer stays as active as before."""
    people = month.people
    chance = np.where(~people.company & (people.age < 50), 0.006, 0.002)
    who = month.chosen(chance * (month.assets > 20_000))
    for _ in range(3):
        sell_some(month, who, np.ones(len(who)), early=True)
    _send(
        month,
        who,
        month.assets[who] * month.rng.uniform(0.4, 0.8, len(who)),
        CATEGORIES.index("housing"),
    )


def _windfall(month: Month) -> None:
    """An inheritance, a sold company, a prize."""
    who = month.chosen(0.003)
    yuan = np.maximum(month.assets[who], 20_000) * month.rng.gamma(2.0, 0.5, len(who))
    month.books.post(
        who,
        month.any_time(len(who)),
        "transfer_in",
        minor(yuan),
        channel=CHANNELS.index("branch"),
        category=CATEGORIES.index("family"),
    )


def _park(month: Month, parked: Floats) -> Floats:
    """Price-sensitive people bring money in at each half-year's end, for the bonus that banks
    then pay, and take it away in the month after."""
    people = month.people
    back = np.flatnonzero(month.present & (parked > 0))
    _send(month, back, parked[back], OWN)
    after = np.zeros_like(parked)
    if month.season in (6, 12):
        regular = (people.price_sensitivity > 0.6) & (month.assets > 50_000)
        who = month.chosen(np.where(regular, 0.75, 0.0))
        yuan = month.assets[who] * month.rng.uniform(0.4, 1.2, len(who))
        month.books.post(
            who,
            month.any_time(len(who), 15),
            "transfer_in",
            minor(yuan),
            channel=month.channels(who),
            category=OWN,
        )
        after[who] = yuan
    return after


def open_accounts(month: Month, who: Ints, books: Books) -> None:
    """First deposits of those who join this month, on their day of joining."""
    day = month.people.joined_day[who]
    second = month.calendar.second(day) + month.rng.integers(9 * 3600, 17 * 3600, len(who))
    books.post(
        who,
        second,
        "deposit",
        minor(month.people.wealth[who] * month.rng.uniform(0.5, 1.0, len(who))),
        channel=CHANNELS.index("branch"),
        category=OWN,
    )


def opening_positions(month: Month, who: Ints) -> None:
    """Set cash, units and loans of those who joined before the period, without any movement."""
    people, books, rng = month.people, month.books, month.rng
    wealth = people.wealth[who]
    kept = np.where(people.invests[who], rng.uniform(0.08, 0.35, len(who)), 1.0)
    spare = wealth * (1 - kept)
    shares = rng.dirichlet(np.ones(4), len(who))
    worth = month.market.in_yuan(month.first_day - 1, month.products)
    for part in range(4):
        yuan = spare * shares[:, part]
        product = preferred(month, who, yuan)
        reach = yuan >= month.products.ticket[product]
        quantity = np.where(reach, np.floor(yuan / worth[product]), 0).astype(np.int64) * 100
        books.units[who, product] += quantity
        wealth = wealth - quantity / 100 * worth[product]
    saver = (rng.random(len(who)) < 0.35) & (wealth > 20_000)
    term = (who * 31) % len(TERM_MONTHS)
    amount = np.where(saver, np.floor(wealth * 0.6 / 1000) * 1000, 0.0)
    books.units[who, month.products.of_class("deposit")[term]] += minor(amount)
    insurance = month.products.of_class("insurance")
    value = np.where(people.has_insurance[who], np.floor(0.05 * wealth), 0.0)
    books.units[who, insurance[who % len(insurance)]] += minor(value)
    owing = rng.random(len(who)) < 0.12
    loan = np.where(owing, np.floor(people.wealth[who] * rng.uniform(0.05, 0.3, len(who))), 0.0)
    books.units[who, month.products.of_class("loan")[0]] -= minor(loan)
    books.cash[who] = minor(wealth - amount - value + loan)
