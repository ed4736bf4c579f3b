"""What people buy and sell, and why: tolerance shows in what they hold, not in what they say."""

import numpy as np

from src.bank.accounts.books import CATEGORIES, CHANNELS, UNIT_SCALE
from src.bank.behaviour.month import Month, minor
from src.bank.calendar import Floats, Ints
from src.bank.market.products import TERM_MONTHS

SYSTEM = CHANNELS.index("system")
INVESTMENT, INSURANCE, LOAN = (CATEGORIES.index(c) for c in ("investment", "insurance", "loan"))
FALL = -0.025


def desired_grade(tolerance: Floats, age: Floats, wealth_score: Floats) -> Floats:
    """Risk grade, 1 to 5, that a person looks for: saturating in tolerance, lower for the old
    unless they are rich, who can bear a loss."""
    lean = 1.25 * tolerance - 0.5 * (age > 62) * (wealth_score < 1) + 0.15 * wealth_score
    return np.asarray(1 + 4 / (1 + np.exp(-lean)))


def liking(month: Month, who: Ints, budget: Floats) -> Floats:
    """(len(who), products) utility of buying each product; -inf where it is out of reach."""
    people, products = month.people, month.products
    grade = desired_grade(month.tolerance[who], people.age[who], people.wealth_score[who])
    distance = products.grade[None, :] - grade[:, None]
    utility = -0.75 * distance**2 + products.novelty * people.novelty[who][:, None]
    habit = (who[:, None] * 2654435761 + np.arange(len(products)) * 40503) % 1000 / 1000
    utility = utility + 1.5 * habit
    money = np.isin(products.asset_class, ["money_fund"])
    utility = utility + np.where(money, 0.8 * people.company[who][:, None], 0.0)
    shut = ~products.traded | (products.ticket[None, :] > budget[:, None])
    return np.where(shut, -np.inf, utility)


def preferred(month: Month, who: Ints, budget: Floats) -> Ints:
    """One product for each, drawn in proportion to exp(utility)."""
    utility = liking(month, who, budget)
    return np.asarray(np.argmax(utility + month.rng.gumbel(size=utility.shape), axis=1))


def investing(month: Month) -> None:
    """Post the month's trades, term deposits, dividends, premiums and loans."""
    _mature(month)
    _dividends(month)
    _insurance(month)
    _loans(month)
    _panic(month)
    _buy(month)
    _sell(month)
    _deposit(month)


def _buy(month: Month) -> None:
    """Surplus cash is invested; the tolerant buy more after a fall, lovers of novelty oftener."""
    people = month.people
    cash = month.books.spendable()
    buffer = 2.0 * people.income + 0.08 * np.maximum(month.assets, 0)
    dip = month.market.month_return(month.calendar, month.number) < FALL
    eager = 0.22 + 0.06 * people.novelty + (0.25 * month.tolerance if dip else 0.0)
    eager = np.clip(eager, 0.02, 0.8) * np.minimum(month.energy, 1.3) * people.invests
    who = month.chosen(np.where(cash - buffer > 1000, eager, 0.0))
    budget = (cash - buffer)[who] * month.rng.uniform(0.2, 0.8, len(who))
    for part in (0.6, 0.4):
        month.trade(who, preferred(month, who, budget * part), budget * part, buy=True)


def _sell(month: Month) -> None:
    """Those short of cash, and some who rebalance, sell part of one position."""
    people = month.people
    short = month.books.cash / 100 < 0.8 * people.income
    chance = np.where(short, 0.45, 0.07) * np.minimum(month.energy, 1.2)
    who = month.chosen(np.where(people.invests, chance, 0.02))
    sell_some(month, who, month.rng.uniform(0.2, 1.0, len(who)))


def sell_some(
    month: Month, who: Ints, share: Floats, lowest_grade: int = 1, early: bool = False
) -> None:
    """Sell a share of one held position each, of at least a risk grade."""
    products = month.products
    worth = month.market.in_yuan(month.first_day, products) / UNIT_SCALE
    held = month.books.units[who] * worth
    fit = (held > 50) & products.traded & (products.grade >= lowest_grade)
    some = fit.any(axis=1)
    who, held, fit, share = who[some], held[some], fit[some], share[some]
    score = np.where(fit, np.log(np.maximum(held, 1)), -np.inf)
    pick = np.argmax(score + month.rng.gumbel(size=score.shape), axis=1)
    month.trade(who, pick, held[np.arange(len(who)), pick] * share, buy=False, early=early)


def _panic(month: Month) -> None:
    """After a fall the loss-averse sell what is risky."""
    if month.market.month_return(month.calendar, month.number) >= FALL:
        return
    fear = 1 / (1 + np.exp(-(1.6 * month.people.loss_aversion - month.tolerance - 1.2)))
    who = month.chosen(np.where(month.people.invests, 0.7 * fear, 0.0))
    for _ in range(2):
        sell_some(month, who, month.rng.uniform(0.5, 1.0, len(who)), lowest_grade=3)


def _deposit(month: Month) -> None:
    """Term deposits of 3, 6 or 12 months, most bought by the cautious."""
    people = month.people
    cash = month.books.spendable()
    spare = cash - 2.5 * people.income
    chance = np.clip(0.07 - 0.05 * month.tolerance, 0.005, 0.2) * (spare > 5000)
    who = month.chosen(chance * np.minimum(month.energy, 1))
    term = (who * 31 + month.number) % len(TERM_MONTHS)
    yuan = np.floor(spare[who] * month.rng.uniform(0.3, 0.9, len(who)) / 1000) * 1000
    who, term, yuan = who[yuan > 0], term[yuan > 0], yuan[yuan > 0]
    move_deposit(month, who, month.products.of_class("deposit")[term], minor(yuan))


def move_deposit(month: Month, who: Ints, product: Ints, amount: Ints) -> None:
    """Put an amount into a term deposit (or, negative, take it out), at price 1."""
    for sign, kind in ((1, "buy"), (-1, "sell")):
        part = np.flatnonzero(amount * sign > 0)
        month.books.post(
            who[part],
            month.any_time(len(part)),
            kind,
            -amount[part],
            channel=month.channels(who[part]) if sign > 0 else SYSTEM,
            category=INVESTMENT,
            product=product[part],
            quantity=amount[part],
        )


def _mature(month: Month) -> None:
    """Each deposit product pays out at its own rhythm, with interest; rivals' offers in the
    bank's bad months draw the price-sensitive away (see leaving.offer_strength)."""
    for term, product in zip(TERM_MONTHS, month.products.of_class("deposit"), strict=True):
        due = (np.arange(len(month.people)) * 13 + month.number) % term == 0
        who = np.flatnonzero(month.present & due & (month.books.units[:, product] > 0))
        amount = month.books.units[who, product]
        move_deposit(month, who, np.full(len(who), product), -amount)
        interest = np.rint(amount * 0.02 * term / 12).astype(np.int64)
        month.books.post(
            who,
            month.on_day(28, len(who)),
            "interest",
            interest,
            channel=SYSTEM,
            category=INVESTMENT,
            product=product,
        )


def _dividends(month: Month) -> None:
    """Shares pay in June and December."""
    if month.season not in (6, 12):
        return
    worth = month.market.in_yuan(month.first_day, month.products)
    for product in month.products.of_class("equity", "bond"):
        who = np.flatnonzero(month.books.units[:, product] > 0)
        amount = np.rint(month.books.units[who, product] * worth[product] * 0.012).astype(np.int64)
        month.books.post(
            who,
            month.on_day(15, len(who)),
            "dividend",
            amount,
            channel=SYSTEM,
            category=INVESTMENT,
            product=int(product),
        )


def _insurance(month: Month) -> None:
    """Yearly premiums in each holder's own month; most of one becomes cash value; few claims."""
    people, n = month.people, len(month.people)
    product = month.products.of_class("insurance")
    due = (np.arange(n) % 12 == month.season - 1) & people.has_insurance
    who = np.flatnonzero(month.present & due)
    wish = np.maximum(0.4 * people.income[who], 0.01 * np.maximum(month.assets[who], 0))
    yuan = np.minimum(wish, 0.5 * month.books.spendable()[who])
    who, yuan = who[yuan > 100], yuan[yuan > 100]
    month.books.post(
        who,
        month.any_time(len(who)),
        "premium",
        -minor(yuan),
        channel=SYSTEM,
        category=INSURANCE,
        product=product[who % len(product)],
        quantity=minor(yuan * 0.85),
    )
    who = month.chosen(np.where(people.has_insurance, 0.004, 0.0))
    month.books.post(
        who,
        month.any_time(len(who)),
        "claim",
        minor(people.income[who] * month.rng.uniform(0.3, 4.0, len(who))),
        channel=SYSTEM,
        category=INSURANCE,
    )


def _loans(month: Month) -> None:
    """New loans, and monthly repayments of a thirty-sixth of the start."""
    people = month.people
    product = int(month.products.of_class("loan")[0])
    owed = -month.books.units[:, product]
    who = np.flatnonzero(month.present & (owed > 0))
    amount = np.minimum(owed[who], np.maximum(minor(people.income[who] * 0.25), 20_000))
    enough = month.books.spendable()[who] * 100 > amount
    repay(month, who[enough], amount[enough])
    who = month.chosen(np.where(owed <= 0, 0.003, 0.0))
    amount = minor(people.income[who] * month.rng.uniform(2, 8, len(who)))
    month.books.post(
        who,
        month.any_time(len(who)),
        "drawdown",
        amount,
        channel=month.channels(who),
        category=LOAN,
        product=product,
        quantity=-amount,
    )


def repay(month: Month, who: Ints, amount: Ints, day: int = 5) -> None:
    """Pay back parts of loans, at most what is owed."""
    product = int(month.products.of_class("loan")[0])
    month.books.post(
        who,
        month.on_day(day, len(who)),
        "repayment",
        -amount,
        channel=SYSTEM,
        category=LOAN,
        product=product,
        quantity=amount,
    )
