"""Who the customers are: what the bank sees of them, and what only the simulator knows."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from src.bank.calendar import Calendar, Flags, Floats, Ints
from src.core.params.simulation import SimulationParams

REGIONS = ("Beijing", "Shanghai", "Guangdong", "Zhejiang", "Jiangsu", "Sichuan", "Hubei", "Fujian")
OCCUPATIONS = ("employee", "civil_servant", "self_employed", "professional", "worker", "retired")
INDUSTRIES = ("manufacturing", "retail", "technology", "construction", "logistics", "services")
MARITAL = ("single", "married", "divorced", "widowed")
PAYDAYS = (1, 5, 8, 10, 15, 20, 25, 28)

LOG_WEALTH_MEAN, LOG_WEALTH_SPREAD = 12.05, 2.45
JOINED_BEFORE_SHARE = 0.58
YOUNGEST = 16


@dataclass(frozen=True)
class People:
    """One entry per customer. `joined_day` counts as in Calendar and may be negative; the latent
    traits (tolerance, loss_aversion, digital, novelty, price_sensitivity) are about N(0, 1);
    wealth is yuan at the start or on joining, income yuan a month, activity movements a month.
    """

    company: Flags
    age: Floats
    female: Flags
    region: Ints
    occupation: Ints
    industry: Ints
    marital: Ints
    dependants: Ints
    income_band: Ints
    joined_day: Ints
    joined_month: Ints
    wealth_score: Floats
    wealth: Floats
    income: Floats
    saving_rate: Floats
    salary_here: Flags
    payday: Ints
    activity: Floats
    invests: Flags
    tolerance: Floats
    loss_aversion: Floats
    digital: Floats
    novelty: Floats
    price_sensitivity: Floats
    has_insurance: Flags
    abroad: Flags

    def __len__(self) -> int:
        return len(self.age)


def make_people(rng: np.random.Generator, params: SimulationParams, calendar: Calendar) -> People:
    """Draw the customers. Wealth is lognormal; income, tolerance and habits depend on it."""
    n = params.customers
    company = rng.random(n) < params.company_share
    age = np.clip(rng.normal(43, 14.5, n), 18, 88)
    age_score = (age - 43) / 14.5
    score = np.where(company, 0.85 + 1.05 * rng.normal(size=n), 0.25 * age_score)
    score = score + np.where(company, 0.0, 0.97 * rng.normal(size=n))
    wealth = np.exp(LOG_WEALTH_MEAN + LOG_WEALTH_SPREAD * score)
    income = _income(rng, company, score)
    occupation = _occupation(rng, age)
    tolerance = 0.94 * rng.normal(size=n) - 0.30 * age_score + 0.10 * np.clip(score, -2, 2)
    digital = 0.85 * rng.normal(size=n) - 0.5 * age_score
    joined_day, joined_month = _joining(rng, n, calendar)
    grown = -((age - YOUNGEST) * 365.25).astype(np.int64)
    joined_day = np.where(company, joined_day, np.maximum(joined_day, grown))
    return People(
        company=company,
        age=age,
        female=rng.random(n) < 0.5,
        region=rng.choice(len(REGIONS), n, p=_shares(len(REGIONS))),
        occupation=occupation,
        industry=rng.integers(0, len(INDUSTRIES), n),
        marital=_marital(rng, age),
        dependants=np.minimum(rng.poisson(np.where((age > 28) & (age < 60), 0.9, 0.2)), 6),
        income_band=_band(income * np.exp(rng.normal(0, 0.3, n))),
        joined_day=joined_day,
        joined_month=joined_month,
        wealth_score=score,
        wealth=wealth,
        income=income,
        saving_rate=np.clip(rng.normal(0.08, 0.15, n) - 0.15 * (age > 62), -0.4, 0.5),
        salary_here=~company & (rng.random(n) < 0.62) & (occupation != 2),
        payday=np.array(PAYDAYS)[rng.choice(len(PAYDAYS), n)],
        activity=np.clip(np.exp(1.25 + 0.25 * digital + 0.55 * rng.normal(size=n)), 0.3, 25),
        invests=rng.random(n) < _logistic(0.5 + 0.6 * score + 0.3 * digital),
        tolerance=tolerance,
        loss_aversion=0.95 * rng.normal(size=n) - 0.3 * tolerance,
        digital=digital,
        novelty=0.5 * tolerance + 0.86 * rng.normal(size=n),
        price_sensitivity=rng.normal(size=n),
        has_insurance=~company & (rng.random(n) < 0.22),
        abroad=(score > 0.8) & (rng.random(n) < 0.2),
    )


def _logistic(x: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-x)))


def _shares(count: int) -> Floats:
    weight = 1 / np.arange(2, count + 2)
    return np.asarray(weight / weight.sum())


def _income(rng: np.random.Generator, company: Flags, score: Floats) -> Floats:
    person = np.exp(8.75 + 0.32 * score + 0.35 * rng.normal(size=len(score)))
    turnover = np.exp(10.2 + 1.5 * score + 0.3 * rng.normal(size=len(score)))
    return np.where(company, turnover, person)


def _occupation(rng: np.random.Generator, age: Floats) -> NDArray[np.int64]:
    working = rng.choice(5, len(age), p=[0.42, 0.12, 0.16, 0.14, 0.16])
    return np.where(age >= 61, 5, working)


def _marital(rng: np.random.Generator, age: Floats) -> Ints:
    draw = rng.random(len(age))
    married = _logistic((age - 29) / 4)
    settled = np.where(draw < 0.85 * married, 1, np.where(draw < 0.97 * married, 2, 0))
    return np.where((age > 68) & (rng.random(len(age)) < 0.25), 3, settled)


def _band(income: Floats) -> Ints:
    return np.asarray(np.digitize(income, [4000, 6500, 10000, 20000]) + 1)


def _joining(rng: np.random.Generator, n: int, calendar: Calendar) -> tuple[Ints, Ints]:
    """Day and month of joining; those from before the period have month -1."""
    before = rng.random(n) < JOINED_BEFORE_SHARE
    tenure = np.minimum(rng.exponential(1500, n), 7000).astype(np.int64) + 31
    month = rng.integers(0, calendar.months, n)
    length = (calendar.month_days[1:] - calendar.month_days[:-1])[month]
    day = calendar.month_days[month] + (rng.random(n) * length).astype(np.int64)
    joined_day = np.where(before, calendar.month_days[0] - tenure, day)
    return joined_day, np.where(before, -1, month)
