"""Customer records of one system: whose they are, since when, and what is wrong with them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from src.bank.calendar import Flags, Ints
from src.bank.customers.identity import FORMER, MOVED, NEVER, NOT_MOVED, Identities
from src.bank.files.texts import Texts, numbered

DAY = 86_400


@dataclass(frozen=True)
class Records:
    """One entry per record. number: its key in the system, written after `prefix` in `width`
    digits; registered, told, corrected: Unix seconds (NEVER if not) at which the system takes it
    in, learns of a move, and mends its errors; former: an older phone is on record; faults: by
    name, which records have it."""

    system: str
    prefix: str
    width: int
    person: Ints
    number: Ints
    registered: Ints
    told: Ints
    corrected: Ints
    former: Flags
    faults: Mapping[str, Flags]

    def __len__(self) -> int:
        return len(self.person)

    def names(self, record: Ints) -> Texts:
        """Keys as text, such as C0000042."""
        return numbered(self.number[record], self.prefix, self.width)

    def faulty(self, fault: str, record: Ints, at: Ints) -> Flags:
        """Whether the versions of records that stand at some instants have a fault."""
        return self.faults[fault][record] & (at < self.corrected[record])

    def versions(self, start: int, end: int) -> tuple[Ints, Ints]:
        """Records and instants of all that is new or changed in [start, end), by time."""
        found = [
            (record, second[record])
            for second in (self.registered, self.told, self.corrected)
            for record in [np.flatnonzero((second >= start) & (second < end))]
        ]
        record = np.concatenate([part[0] for part in found])
        at = np.concatenate([part[1] for part in found])
        order = np.lexsort((self.number[record], at))
        return record[order], at[order]

    def home(self, who: Identities, record: Ints, at: Ints) -> tuple[Ints, Ints]:
        """Owner and slot of the home on record at some instants: the household's, or after a move
        the customer's own new one."""
        person = self.person[record]
        moved = self._moved(who, record, at)
        return np.where(moved, person, who.head[person]), np.where(moved, MOVED, NOT_MOVED)

    def phone(self, who: Identities, record: Ints, at: Ints) -> tuple[Ints, Ints]:
        """Owner and slot of the phone on record at some instants."""
        person = self.person[record]
        moved = self._moved(who, record, at) & who.moved_phone[person]
        former = self.former[record] & ~moved
        owner = np.where(moved | former, person, who.phone_head[person])
        return owner, np.select([moved, former], [MOVED, FORMER], NOT_MOVED)

    def _moved(self, who: Identities, record: Ints, at: Ints) -> Flags:
        moved = who.moved[self.person[record]]
        return (at >= self.told[record]) | (self.registered[record] >= moved)


def make_records(
    rng: np.random.Generator,
    system: str,
    prefix: str,
    width: int,
    person: Ints,
    registered: Ints,
    who: Identities,
    rates: Mapping[str, float],
    *,
    former: float,
    told: float,
    corrected: float,
    period: tuple[int, int],
    mended_always: tuple[str, ...] = (),
) -> Records:
    """Draw what goes wrong. rates: share of records by fault; former, told, corrected: shares of
    records with an older phone, that learn of a move within weeks, and whose faults are mended
    within the period (Unix seconds). Faults of `mended_always` are where they can be mended."""
    n = len(person)
    start, end = period
    faults = {fault: rng.random(n) < rate for fault, rate in rates.items()}
    draw = rng.random((3, n))
    moved = who.moved[person]
    told_at = np.where(moved == NEVER, 0, moved) + rng.integers(0, 40 * DAY, n)
    knows = (moved != NEVER) & (moved > registered) & (draw[0] < told) & (told_at < end)
    mended = np.maximum(registered, start) + rng.integers(20 * DAY, 200 * DAY, n)
    any_fault, must = (_any(faults, names, n) for names in (tuple(faults), mended_always))
    mends = (must | any_fault & (draw[1] < corrected)) & (mended < end)
    for fault in mended_always:
        faults[fault] &= mends
    return Records(
        system=system,
        prefix=prefix,
        width=width,
        person=person,
        number=rng.permutation(n) + 1,
        registered=np.where(registered < end, registered, NEVER),
        told=np.where(knows, told_at, NEVER),
        corrected=np.where(mends, mended, NEVER),
        former=draw[2] < former,
        faults=faults,
    )


def _any(faults: Mapping[str, Flags], names: tuple[str, ...], n: int) -> Flags:
    found = np.zeros(n, dtype=np.bool_)
    for name in names:
        found |= faults[name]
    return found
