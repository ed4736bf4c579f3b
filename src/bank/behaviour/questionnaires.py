"""Suitability questionnaires, C1 to C5: a noisy reading of tolerance, about once a year."""

from dataclasses import dataclass

import numpy as np

from src.bank.calendar import Calendar, Floats, Ints
from src.bank.customers.people import People

BORDERS = (-1.15, -0.25, 0.55, 1.35)
VALID_DAYS = 365
GAP_DAYS = (200, 430)


@dataclass(frozen=True)
class Questionnaires:
    """One entry per completed questionnaire, by customer and time. answers: (n, 4), 1 to 5."""

    customer: Ints
    second: Ints
    level: Ints
    answers: Ints


def questionnaires(
    rng: np.random.Generator,
    people: People,
    calendar: Calendar,
    tolerance: Floats,
    mood_at: Floats,
    gone: Ints,
) -> Questionnaires:
    """Ask everyone on joining and then at random gaps of GAP_DAYS.

    tolerance, mood_at: (customers, months) latent tolerance and what recent losses do to the
    answer; gone: month in which each customer has left.
    """
    n = len(people)
    first = int(calendar.month_days[0])
    day = np.where(people.joined_month < 0, first - rng.integers(1, 400, n), people.joined_day)
    day = np.maximum(day, people.joined_day)
    last = np.append(calendar.month_days, calendar.days)[np.minimum(gone, calendar.months)]
    bias = 0.25 * rng.normal(size=n)
    rounds = []
    while (open_ := np.flatnonzero(day < last)).size:
        month = np.searchsorted(calendar.month_days, day[open_], side="right") - 1
        month = np.clip(month, 0, calendar.months - 1)
        felt = tolerance[open_, month] + mood_at[open_, month] + bias[open_]
        rounds.append(_answer(rng, open_, day[open_], felt, calendar, people))
        day = np.where(day < last, day + rng.integers(*GAP_DAYS, n), day)
    columns = [np.concatenate(parts) for parts in zip(*rounds, strict=True)]
    order = np.lexsort((columns[1], columns[0]))
    return Questionnaires(*(column[order] for column in columns))


def _answer(
    rng: np.random.Generator, who: Ints, day: Ints, felt: Floats, calendar: Calendar, people: People
) -> tuple[Ints, Ints, Ints, Ints]:
    """The old and those with a family answer with caution unless they are wealthy; investors who
    like new things answer more boldly than they are."""
    modest = people.wealth_score[who] < 0.6
    cautious = 0.8 * (people.age[who] > 62) * modest
    cautious = cautious + 0.7 * (people.dependants[who] >= 2) * modest * (people.age[who] <= 62)
    bold = 0.5 * people.invests[who] * (people.novelty[who] > 0.3)
    reading = felt - cautious + bold + 0.66 * rng.normal(size=len(who))
    level = np.digitize(reading, BORDERS) + 1
    answers = np.clip(level[:, None] + rng.integers(-1, 2, (len(who), 4)), 1, 5)
    second = calendar.second(day) + rng.integers(8 * 3600, 20 * 3600, len(who))
    return who, second, level, answers
