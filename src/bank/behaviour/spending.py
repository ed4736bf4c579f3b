"""Everyday money: salaries, standing orders, purchases, companies' trade, transfers, interest."""

import numpy as np

from src.bank.accounts.books import CATEGORIES, CHANNELS
from src.bank.behaviour.month import Month, minor
from src.bank.calendar import Floats, Ints

SYSTEM, ATM, ONLINE = (CHANNELS.index(c) for c in ("system", "atm", "online"))
SPENDING_SEASON = (1.25, 0.85, 0.95, 0.95, 1.05, 1.0, 1.0, 1.0, 0.95, 1.1, 1.15, 1.1)
SHOPS = tuple(
    CATEGORIES.index(c)
    for c in ("groceries", "dining", "shopping", "travel", "health", "education", "utilities")
)
SHOP_SHARES = (0.34, 0.22, 0.2, 0.06, 0.06, 0.04, 0.08)
EMPLOYERS = 400


def everyday(month: Month) -> None:
    """Post the month's everyday movements, incomes before expenses so that cash suffices."""
    _salaries(month)
    _other_income(month)
    _companies(month)
    _interest(month)
    _standing_orders(month)
    _purchases(month)
    _cash(month)
    _flows(month)
    _fees(month)


def _category(name: str) -> int:
    return CATEGORIES.index(name)


def affordable(
    month: Month, customer: Ints, yuan: Floats, share: float = 0.95, late: bool = False
) -> Floats:
    """The wished amounts, held to a share of what each customer can spend."""
    return np.minimum(yuan, month.books.spendable(late)[customer] * share)


def _salaries(month: Month) -> None:
    people = month.people
    paid = np.flatnonzero(month.present & month.salary_paid)
    pay = people.income[paid] * np.exp(month.rng.normal(0, 0.03, len(paid)))
    retired = people.occupation[paid] == 5
    month.books.post(
        paid,
        month.on_day(people.payday[paid], len(paid)),
        "deposit",
        minor(pay),
        channel=SYSTEM,
        category=np.where(retired, _category("pension"), _category("salary")),
        counterparty=paid * 7919 % EMPLOYERS,
    )
    if month.season in (1, 2):
        lucky = paid[(paid % 2 == month.season - 1) & (people.occupation[paid] != 5)]
        bonus = people.income[lucky] * month.rng.gamma(2.0, 0.9, len(lucky))
        month.books.post(
            lucky,
            month.any_time(len(lucky)),
            "deposit",
            minor(bonus),
            channel=SYSTEM,
            category=_category("bonus"),
            counterparty=lucky * 7919 % EMPLOYERS,
        )


def _other_income(month: Month) -> None:
    """Those whose salary goes elsewhere bring money in when they need it."""
    people = month.people
    who = month.chosen(np.where(people.company | month.salary_paid, 0.06, 0.6 * month.energy))
    who = who[~people.company[who]]
    yuan = people.income[who] * month.rng.uniform(0.5, 1.6, len(who))
    month.books.post(
        who,
        month.any_time(len(who)),
        "transfer_in",
        minor(yuan),
        channel=month.channels(who),
        category=_category("own_account"),
    )


def _companies(month: Month) -> None:
    """Companies collect and pay; each industry has its season, so that balances swing."""
    people, rng = month.people, month.rng
    firms = np.flatnonzero(month.present & people.company)
    phase = 2 * np.pi * (month.season + 2 * people.industry[firms]) / 12
    turnover = people.income[firms] * month.energy[firms]
    for kind, category, swing in (
        ("transfer_in", "receivable", 1 + 0.5 * np.sin(phase)),
        ("transfer_out", "supplier", 1 + 0.5 * np.sin(phase + 1.6)),
    ):
        count = rng.poisson(3.0 * np.minimum(month.energy[firms], 1.2))
        who = np.repeat(firms, count)
        yuan = np.repeat(turnover * swing / 3, count) * rng.gamma(4, 0.25, len(who))
        sign = 1
        if kind == "transfer_out":
            sign, yuan = -1, _shared(month, who, yuan, 0.9)
        month.books.post(
            who,
            month.any_time(len(who)),
            kind,
            sign * minor(yuan),
            channel=ONLINE,
            category=_category(category),
            counterparty=rng.integers(1000, 4000, len(who)),
        )


def _shared(month: Month, who: Ints, yuan: Floats, share: float) -> Floats:
    """Amounts scaled down where a customer's total exceeds a share of the cash."""
    n = len(month.people)
    total = np.bincount(who, weights=yuan, minlength=n)
    limit = month.books.spendable() * share
    scale = np.minimum(1.0, limit / np.maximum(total, 0.01))
    return np.asarray(yuan * scale[who])


def _interest(month: Month) -> None:
    """Credited at midnight of the first day of each quarter."""
    if month.season % 3 != 1:
        return
    who = np.flatnonzero(month.present & (month.books.cash > 400_000))
    amount = month.books.cash[who] // 1600
    second = np.full(len(who), month.calendar.second(month.first_day))
    month.books.post(who, second, "interest", amount, channel=SYSTEM, category=_category("service"))


def _standing_orders(month: Month) -> None:
    """Rent on the second, utilities on the eighteenth, the same amount each month."""
    people, n = month.people, len(month.people)
    loyal = ~people.company & (month.energy > 0.3)
    for name, modulus, rest, day, share in (("rent", 5, 1, 2, 0.25), ("utilities", 2, 0, 18, 0.04)):
        who = np.flatnonzero(month.present & loyal & (np.arange(n) % modulus == rest))
        yuan = affordable(month, who, people.income[who] * share)
        who, yuan = who[yuan > 5], yuan[yuan > 5]
        month.books.post(
            who,
            month.on_day(day, len(who)),
            "purchase",
            -minor(yuan),
            channel=SYSTEM,
            category=_category(name),
            counterparty=who % 97 + 5000,
        )


def _purchases(month: Month) -> None:
    people, rng = month.people, month.rng
    rate = np.where(people.company, 0.5, people.activity) * month.energy
    rate = np.where(month.present, rate * SPENDING_SEASON[month.season - 1], 0.0)
    who = np.repeat(np.arange(len(people)), rng.poisson(rate))
    budget = people.income * (1 - people.saving_rate) * 0.8 / np.maximum(people.activity, 1)
    yuan = budget[who] * rng.gamma(0.9, 1.1, len(who)) * SPENDING_SEASON[month.season - 1]
    yuan = np.maximum(_shared(month, who, yuan, 0.85), 0)
    who, yuan = who[yuan > 1], yuan[yuan > 1]
    month.books.post(
        who,
        month.any_time(len(who), 0, 31),
        "purchase",
        -minor(yuan),
        channel=month.channels(who),
        category=rng.choice(SHOPS, len(who), p=SHOP_SHARES),
        counterparty=rng.integers(6000, 9000, len(who)),
    )


def _cash(month: Month) -> None:
    who = month.chosen(0.45 * month.energy * (0.6 - 0.25 * month.people.digital).clip(0.05, 1))
    yuan = np.ceil(month.people.income[who] * month.rng.uniform(0.02, 0.2, len(who)) / 100) * 100
    enough = yuan < month.books.spendable()[who] * 0.8
    who, yuan = who[enough], yuan[enough]
    month.books.post(
        who,
        month.any_time(len(who)),
        "withdrawal",
        -minor(yuan),
        channel=np.where(month.rng.random(len(who)) < 0.8, ATM, 0),
        category=_category("family"),
    )


def _flows(month: Month) -> None:
    """People who build up bring a few percent of their assets each month, others take them."""
    rng, people = month.rng, month.people
    for sign, kind in ((1, "transfer_in"), (-1, "transfer_out")):
        who = month.chosen(np.where(month.flow_state == sign, 0.8, 0.03))
        share = rng.gamma(3.0, 0.035, len(who))
        yuan = np.maximum(month.assets[who], people.income[who]) * share
        yuan = yuan if sign > 0 else affordable(month, who, yuan, 0.9)
        who, yuan = who[yuan > 10], yuan[yuan > 10]
        second = month.any_time(len(who))
        foreign = people.abroad[who] & (rng.random(len(who)) < 0.5)
        currency = np.where(foreign, 1, 0)
        original = sign * np.where(foreign, minor(yuan / 7.5), minor(yuan))
        month.books.post(
            who,
            second,
            kind,
            month.yuan_of(original, currency, second),
            channel=month.channels(who),
            category=np.where(foreign, _category("family"), _category("own_account")),
            currency=currency,
            original=original,
        )


def _fees(month: Month) -> None:
    """A small account fee each half-year where little is held."""
    if month.season not in (6, 12):
        return
    who = np.flatnonzero(month.present & (month.assets < 3000) & (month.books.cash > 2000))
    month.books.post(
        who,
        month.on_day(20, len(who)),
        "fee",
        np.full(len(who), -1000),
        channel=SYSTEM,
        category=_category("service"),
    )
