"""Who the customers are by name: names, identity numbers, phones, homes and households."""

from dataclasses import dataclass

import numpy as np

from src.bank.calendar import DAY_SECONDS, Calendar, Flags, Ints
from src.bank.customers.characters import FIRM, GIVEN, MALE_COUNT, SURNAME_WEIGHTS
from src.bank.customers.people import People
from src.bank.customers.places import DISTRICT_CODES, DISTRICT_COUNT, FIRST_DISTRICT
from src.bank.files.texts import mixed
from src.core.params.simulation import MessParams

NEVER = np.iinfo(np.int64).max
NOT_MOVED, MOVED, FORMER = 0, 1, 2


@dataclass(frozen=True)
class Identities:
    """One entry per customer. surname, given (two: -1 for none) are places in the lists of
    characters, of companies three characters of the brand. birth: Unix seconds of the day;
    head: whose home the customer shares, phone_head: whose phone; moved: Unix second from which
    home (or home and phone) are other ones, NEVER if not; salt: an odd number of the whole bank.
    """

    company: Flags
    female: Flags
    region: Ints
    industry: Ints
    surname: Ints
    given: Ints
    birth: Ints
    id_district: Ints
    id_order: Ints
    head: Ints
    phone_head: Ints
    moved: Ints
    moved_phone: Flags
    salt: int

    def __len__(self) -> int:
        return len(self.company)

    def housemates(self) -> Ints:
        """The other of the two who share a home; those who live alone are their own."""
        own = np.arange(len(self))
        mates, guests = own.copy(), np.flatnonzero(self.head != own)
        mates[guests] = self.head[guests]
        mates[self.head[guests]] = guests
        return mates


def make_identities(
    rng: np.random.Generator, people: People, mess: MessParams, calendar: Calendar
) -> Identities:
    """Draw names, numbers and homes from a stream of their own."""
    n = len(people)
    head, phone_head = _households(rng, people, mess)
    surname, given = _names(rng, people, head, mess)
    birth = np.where(people.company, _founded(people, calendar), _born(people, calendar))
    native = rng.random(n) < 0.8
    home = np.where(native, people.region, rng.integers(0, len(DISTRICT_COUNT), n))
    district = _district(home, rng.integers(0, 2**31, n))
    moves = rng.random(n) < mess.moved
    first, last = calendar.second(calendar.month_days[[0, -1]])
    return Identities(
        company=people.company,
        female=people.female,
        region=people.region,
        industry=people.industry,
        surname=surname,
        given=given,
        birth=birth,
        id_district=np.array(DISTRICT_CODES, dtype=np.int64)[district],
        id_order=_orders(rng, district, birth, people),
        head=head,
        phone_head=phone_head,
        moved=np.where(moves, rng.integers(first, last, n), NEVER),
        moved_phone=rng.random(n) < 0.4,
        salt=int(rng.integers(1, 2**31)) | 1,
    )


def _born(people: People, calendar: Calendar) -> Ints:
    return calendar.second(0) - (people.age * 365.25).astype(np.int64) * DAY_SECONDS


def _founded(people: People, calendar: Calendar) -> Ints:
    joined = calendar.second(people.joined_day)
    return joined - (people.age * 90).astype(np.int64) * DAY_SECONDS


def _district(region: Ints, draw: Ints) -> Ints:
    return np.asarray(np.array(FIRST_DISTRICT)[region] + draw % np.array(DISTRICT_COUNT)[region])


def home_district(owner: Ints, region: Ints, slot: Ints, salt: int) -> Ints:
    """District of a home: `owner` whose it is, `slot` which of the owner's homes."""
    return _district(region, mixed(owner * 3 + slot, salt))


def _households(rng: np.random.Generator, people: People, mess: MessParams) -> tuple[Ints, Ints]:
    """Whose home and whose phone each customer uses: pairs of neighbours in a random order of
    each region's people share a home, and some of these pairs a phone."""
    n = len(people)
    head = np.arange(n)
    shares, phones = rng.random(n) < mess.households, rng.random(n) < mess.household_phone
    order = np.lexsort((rng.random(n), people.region))
    order = order[(shares & ~people.company)[order]]
    first, second = order[0 : len(order) - 1 : 2], order[1::2]
    together = people.region[first] == people.region[second]
    head[second[together]] = first[together]
    return head, np.where(phones, head, np.arange(n))


def _names(
    rng: np.random.Generator, people: People, head: Ints, mess: MessParams
) -> tuple[Ints, Ints]:
    """Surname and (n, 3) given characters; half of those who share a home share the surname."""
    n = len(people)
    weight = np.array(SURNAME_WEIGHTS, dtype=np.float64)
    surname = rng.choice(len(weight), n, p=weight / weight.sum())
    surname = np.where(rng.random(n) < 0.5, surname[head], surname)
    women, draw = len(GIVEN[0]) - MALE_COUNT, rng.beta(1.0, 1.6, (n, 2))
    given = np.where(
        people.female[:, None], MALE_COUNT + (draw * women).astype(np.int64), draw * MALE_COUNT
    ).astype(np.int64)
    given[rng.random(n) < 0.12, 1] = -1
    same = np.flatnonzero((rng.random(n) < mess.same_name) & ~people.company)
    other = rng.permutation(same)
    alike = (people.female[same] == people.female[other]) & (head[same] != head[other])
    surname[same[alike]] = surname[other[alike]]
    given[same[alike]] = given[other[alike]]
    brand = rng.integers(0, len(FIRM[0]), (n, 3))
    brand[rng.random(n) < 0.5, 2] = -1
    third = np.full((n, 1), -1)
    return surname, np.where(people.company[:, None], brand, np.hstack([given, third]))


def _orders(rng: np.random.Generator, district: Ints, birth: Ints, people: People) -> Ints:
    """Place of each person among those of one district, day of birth and sex: no two alike (a
    company's: a number of eight digits)."""
    n = len(people)
    who = np.lexsort((rng.random(n), people.female, birth, district))
    new = np.ones(n, dtype=np.bool_)
    new[1:] = (
        (np.diff(district[who]) != 0)
        | (np.diff(birth[who]) != 0)
        | (np.diff(people.female[who].astype(np.int64)) != 0)
    )
    start = np.maximum.accumulate(np.where(new, np.arange(n), 0))
    rank = np.empty(n, dtype=np.int64)
    rank[who] = np.arange(n) - start
    first = mixed(district * 100_000 + birth // DAY_SECONDS + 50_000, 5)
    order = (first + rank) % 500 * 2 + ~people.female
    return np.where(people.company, 10_000_000 + np.arange(n) * 7919 % 80_000_000, order)
