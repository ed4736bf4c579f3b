"""Moods and leaving: satisfaction, energy, complaints, and the hazard of going elsewhere."""

from dataclasses import dataclass, replace

import numpy as np

from src.bank.accounts.books import CATEGORIES
from src.bank.behaviour.investing import repay
from src.bank.behaviour.month import Month, minor
from src.bank.behaviour.spending import affordable
from src.bank.calendar import Flags, Floats, Ints
from src.bank.customers.people import People

NEVER = 10_000
INTERCEPT = -4.05


@dataclass(frozen=True)
class Mood:
    """Latent state between months, one entry per customer.

    complaint: strength of complaints of late, fading by half each month; best: highest assets
    seen, fading slowly; last: assets a month ago; decided, drains, gone: month numbers (NEVER if
    not); flow: -1, 0, 1.
    """

    satisfaction: Floats
    log_energy: Floats
    dormant_months: Ints
    complaint: Floats
    complained: Flags
    best: Floats
    salary_here: Flags
    flow: Ints
    tolerance: Floats
    decided: Ints
    drains: Ints
    gone: Ints


def first_mood(rng: np.random.Generator, people: People) -> Mood:
    """How the customers feel when the simulation begins."""
    n = len(people)
    never = np.full(n, NEVER)
    return Mood(
        satisfaction=rng.normal(0, 0.8, n),
        log_energy=rng.normal(0, 0.3, n),
        dormant_months=np.zeros(n, dtype=np.int64),
        complaint=np.zeros(n),
        complained=np.zeros(n, dtype=np.bool_),
        best=people.wealth.copy(),
        salary_here=people.salary_here.copy(),
        flow=rng.choice(np.array([-1, 0, 1]), n, p=[0.22, 0.5, 0.28]),
        tolerance=people.tolerance.copy(),
        decided=never,
        drains=never,
        gone=never,
    )


def offer_strength(month: int) -> float:
    """How much better rivals' rates are, 0 to 1: two waves in thirty months."""
    return float(max(0.0, np.sin(2 * np.pi * (month + 2) / 13)))


def energy_of(mood: Mood, month: int) -> Floats:
    """(n,) multiplier of activity: own mood, dormancy, and withdrawal once the decision fell."""
    energy = np.exp(mood.log_energy) * np.where(mood.dormant_months > 0, 0.08, 1.0)
    energy = np.where(month >= mood.decided, energy * 0.5, energy)
    energy = np.where(month >= mood.drains, energy * 0.5, energy)
    return np.where(month >= mood.gone, 0.0, energy)


def next_mood(
    rng: np.random.Generator, people: People, mood: Mood, assets: Floats, month_return: float
) -> Mood:
    """One month later: satisfaction drifts, falls with complaints and losses; habits change."""
    n = len(people)
    hurt = max(0.0, -month_return - 0.02) * 4 * np.clip(people.loss_aversion, 0, 2) * people.invests
    satisfaction = 0.85 * mood.satisfaction + 0.4 * rng.normal(size=n) - hurt
    satisfaction = satisfaction - 0.35 * mood.complaint
    log_energy = 0.75 * mood.log_energy + 0.2 * rng.normal(size=n) + 0.07 * satisfaction
    asleep = np.maximum(mood.dormant_months - 1, 0)
    asleep = np.where(rng.random(n) < 0.02, rng.integers(1, 4, n), asleep)
    complained = rng.random(n) < np.clip(0.025 * np.exp(-0.5 * satisfaction), 0, 0.3)
    moves = rng.random(n) < 0.11
    flow = np.where(moves, rng.choice(np.array([-1, 0, 1]), n, p=[0.25, 0.5, 0.25]), mood.flow)
    switched = rng.random(n) < np.where(mood.salary_here, 0.012, 0.006)
    can = people.salary_here | (rng.random(n) < 0.5)
    return replace(
        mood,
        satisfaction=satisfaction,
        log_energy=log_energy,
        dormant_months=asleep,
        complaint=0.55 * mood.complaint + complained,
        complained=complained,
        best=np.maximum(0.95 * mood.best, assets),
        salary_here=np.where(switched, ~mood.salary_here & can & ~people.company, mood.salary_here),
        flow=flow,
        tolerance=mood.tolerance
        + 0.03 * (people.tolerance - mood.tolerance)
        + 0.13 * rng.normal(size=n)
        - 0.2 * np.minimum(hurt, 1),
    )


def hazard(month: Month, mood: Mood) -> Floats:
    """(n,) chance that a present customer decides this month to leave.

    The drivers work together: a complaint weighs most on those already inactive, a falling
    balance on those without a salary here, rivals' offers on savers who watch prices.
    """
    people, books = month.people, month.books
    quiet = (month.energy < 0.5).astype(np.float64)
    tenure = np.maximum(month.first_day - people.joined_day, 0) / 365.25
    falling = np.clip(1 - month.assets / np.maximum(mood.best, 1), 0, 1)
    classes = np.minimum((books.units > 0).sum(axis=1), 5)
    saver = np.clip(people.price_sensitivity, 0, 2) * (people.tolerance < 0.3)
    age = np.where(people.company, 0.0, np.clip(((people.age - 46) / 17) ** 2, 0, 3))
    score = (
        INTERCEPT
        - 0.75 * mood.satisfaction
        + 0.5 * mood.complaint
        + 1.9 * np.minimum(mood.complaint, 1.2) * quiet
        + 0.5 * quiet * (people.digital > 0)
        + 0.45 * age
        + 1.3 * np.exp(-tenure / 0.7)
        - 1.2 * mood.salary_here
        - 0.28 * classes
        + 1.8 * falling * ~mood.salary_here
        + 1.5 * saver * offer_strength(month.number)
    )
    return np.asarray(1 / (1 + np.exp(-score)))


def decide(month: Month, mood: Mood, chance: Floats) -> Mood:
    """Some decide to leave; the money goes after up to two months, within one to three."""
    rng = month.rng
    draw = rng.random((3, len(chance)))
    new = month.present & (mood.decided == NEVER) & (draw[0] < chance)
    lead = np.digitize(draw[1], [0.25, 0.7])
    length = np.digitize(draw[2], [0.5, 0.88]) + 1
    drains = np.where(new, month.number + lead, mood.drains)
    return replace(
        mood,
        decided=np.where(new, month.number, mood.decided),
        drains=drains,
        gone=np.where(new, drains + length, mood.gone),
        salary_here=mood.salary_here & ~(new & (draw[0] * 1e4 % 1 < 0.6)),
    )


def drain(month: Month, mood: Mood) -> None:
    """Those on the way out sell, pay back what they owe and send the money away."""
    left = mood.gone - month.number
    who = np.flatnonzero(month.present & (month.number >= mood.drains) & (left > 0))
    share = np.select([left[who] == 1, left[who] == 2], [1.0, 0.55], 0.35)
    _liquidate(month, who, share)
    _send_away(month, who, share)


def _liquidate(month: Month, who: Ints, share: Floats) -> None:
    products, units = month.products, month.books.units
    loan = int(products.of_class("loan")[0])
    for product in np.flatnonzero(products.asset_class != "loan"):
        held = units[who, product]
        part = np.flatnonzero(held > 0)
        customer = who[part]
        amount = np.ceil(held[part] * share[part]).astype(np.int64)
        if products.traded[product]:
            worth = month.market.in_yuan(month.first_day, products)[product]
            yuan = amount / 100 * worth * 1.2
            month.trade(customer, np.full(len(part), product), yuan, buy=False, early=True)
        else:
            _redeem(month, customer, int(product), np.minimum(amount, held[part]))
    limit = (month.books.spendable(late=True)[who] * 100).astype(np.int64)
    owed = np.minimum(-units[who, loan], limit)
    part = np.flatnonzero((owed > 0) & (share == 1.0))
    repay(month, who[part], owed[part], day=16)


def _redeem(month: Month, customer: Ints, product: int, amount: Ints) -> None:
    month.books.post(
        customer,
        month.trading_time(len(customer), early=True),
        "sell",
        amount,
        channel=month.channels(customer),
        category=CATEGORIES.index("investment"),
        product=product,
        quantity=-amount,
    )


def _send_away(month: Month, who: Ints, share: Floats) -> None:
    """In one to three transfers late in the month; at the end a few hundred yuan may stay."""
    rng = month.rng
    keep = np.where(share == 1.0, rng.uniform(0.0, 300.0, len(who)), 0.0)
    count = rng.integers(1, 4, len(who))
    each = np.repeat(np.arange(len(who)), count)
    yuan = affordable(month, who, month.assets[who] * 10, 1.0, late=True)
    yuan = np.floor(np.maximum(yuan * share - keep, 0)) / count
    customer, yuan = who[each], yuan[each]
    customer, yuan = customer[yuan > 1], yuan[yuan > 1]
    month.books.post(
        customer,
        month.late(len(customer)),
        "transfer_out",
        -minor(yuan),
        channel=month.channels(customer),
        category=CATEGORIES.index("own_account"),
    )
