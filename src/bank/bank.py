"""The simulation itself: month after month, moods, movements, contacts and the truth."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from src.bank.accounts.books import Books, Events
from src.bank.accounts.statements import Statement
from src.bank.behaviour.interactions import Contacts, contacts
from src.bank.behaviour.investing import investing
from src.bank.behaviour.leaving import (
    Mood,
    decide,
    drain,
    energy_of,
    first_mood,
    hazard,
    next_mood,
)
from src.bank.behaviour.life import life_events, open_accounts, opening_positions
from src.bank.behaviour.month import MIDDLE, Month
from src.bank.behaviour.questionnaires import Questionnaires, questionnaires
from src.bank.behaviour.spending import everyday
from src.bank.calendar import Floats, Ints
from src.bank.truth import Truth
from src.bank.world import World


@dataclass(frozen=True)
class Outcome:
    """What is known when the simulation has ended."""

    questionnaires: Questionnaires
    truth: Truth


def run(
    world: World,
    seed: int,
    on_statement: Callable[[int, Statement], None],
    on_month: Callable[[int, Events, Contacts], None],
) -> Outcome:
    """Simulate all months. A statement at the start of a month, movements and contacts at its end
    are handed over with the month's number as they come, so that memory holds one month."""
    calendar, people = world.calendar, world.people
    n, months = len(people), calendar.months
    books = Books(n, len(world.products))
    mood = first_mood(np.random.default_rng([seed, 3]), people)
    history = _History(n, months)
    parked: Floats = np.zeros(n)
    for number in range(months):
        rng = np.random.default_rng([seed, 4, number])
        if number == 0:
            opening_positions(
                _month(world, books, mood, number, rng), np.flatnonzero(people.joined_month < 0)
            )
        if calendar.month_number(number) == 1 or number == 0:
            on_statement(number, _statement(world, books, mood, number))
        month = _month(world, books, mood, number, rng)
        history.assets[:, number] = _worth(world, books, number)
        chance = hazard(month, mood)
        mood = decide(month, mood, chance)
        history.note(number, month, mood, np.where(month.present, chance, np.nan))
        month = _month(world, books, mood, number, rng)
        books.begin_month(int(calendar.second(month.first_day + MIDDLE)))
        staying = replace(month, present=month.present & (mood.gone - number > 1))
        everyday(staying)
        investing(staying)
        parked = life_events(staying, parked)
        drain(month, mood)
        said = contacts(month, mood)
        open_accounts(month, np.flatnonzero(people.joined_month == number), books)
        on_month(number, books.take_posted(), said)
        fall = world.market.month_return(calendar, number + 1)
        mood = next_mood(rng, people, mood, month.assets, fall)
    history.assets[:, months] = _worth(world, books, months)
    truth = history.truth(mood)
    answers = questionnaires(
        np.random.default_rng([seed, 5]),
        people,
        calendar,
        truth.tolerance,
        -0.25 * np.clip(-truth.satisfaction, 0, 2) * (people.loss_aversion > 0.3)[:, None],
        truth.gone,
    )
    return Outcome(answers, truth)


def _month(world: World, books: Books, mood: Mood, number: int, rng: np.random.Generator) -> Month:
    people = world.people
    present = (people.joined_month < number) & (number < mood.gone)
    return Month(
        number=number,
        calendar=world.calendar,
        market=world.market,
        products=world.products,
        people=people,
        books=books,
        rng=rng,
        present=present,
        energy=energy_of(mood, number),
        salary_paid=mood.salary_here & (number < mood.drains),
        assets=_worth(world, books, number) / 100,
        flow_state=mood.flow,
        tolerance=mood.tolerance,
    )


def _worth(world: World, books: Books, number: int) -> Ints:
    """(customers,) minor units at a month's first instant, by the last prices before it."""
    day = int(world.calendar.month_days[number]) - 1
    return np.rint(books.worth(world.market.in_yuan(day, world.products)) * 100).astype(np.int64)


def _statement(world: World, books: Books, mood: Mood, number: int) -> Statement:
    who = np.flatnonzero((world.people.joined_month < number) & (number < mood.gone))
    day = int(world.calendar.month_days[number])
    return Statement(day, who, books.cash[who], books.units[who])


class _History:
    """What was true in each month."""

    def __init__(self, customers: int, months: int) -> None:
        self.assets: Ints = np.zeros((customers, months + 1), dtype=np.int64)
        self._hazard = np.full((customers, months), np.nan)
        self._satisfaction = np.zeros((customers, months))
        self._tolerance = np.zeros((customers, months))

    def note(self, number: int, month: Month, mood: Mood, chance: Floats) -> None:
        """Keep the state of one month."""
        self._hazard[:, number] = chance
        self._satisfaction[:, number] = mood.satisfaction
        self._tolerance[:, number] = month.tolerance

    def truth(self, mood: Mood) -> Truth:
        """All of it, with the months of leaving."""
        return Truth(
            self.assets,
            self._hazard,
            self._satisfaction,
            self._tolerance,
            mood.decided,
            mood.drains,
            mood.gone,
        )
