"""When two clusters can't be one customer, whatever a chain of links between them says.

Each link of a chain may be right by itself and still join two people through a third, weaker
record. So a merge is refused if what the clusters are known to say contradicts itself.
"""

from array import array
from collections.abc import Iterable

NOTHING = 0


class Statements:
    """What records say of one field, as whole numbers: most say one value or nothing."""

    def __init__(self, records: int) -> None:
        self._first = array("q", bytes(8 * records))
        self._further: dict[int, set[int]] = {}

    def add(self, rank: int, value: int | None) -> None:
        """Note that the record of this rank says `value`."""
        if value is None or self._first[rank] == value:
            return
        if self._first[rank] == NOTHING:
            self._first[rank] = value
        else:
            self._further.setdefault(rank, set()).add(value)

    def of(self, ranks: Iterable[int]) -> set[int]:
        """Everything that these records say."""
        found: set[int] = set()
        for rank in ranks:
            found.add(self._first[rank])
            found |= self._further.get(rank, set())
        found.discard(NOTHING)
        return found


class Facts:
    """What all records are known to say: valid identity numbers, births (YYYYMMDD) and kinds.

    Identity numbers and kinds are codes that are equal where the values are.
    """

    def __init__(self, records: int) -> None:
        self._numbers, self._births, self._kinds = (Statements(records) for _ in range(3))

    def learn(self, rank: int, number: int | None, birth: int | None, kind: int | None) -> None:
        """Add what a version says to what its record says."""
        self._numbers.add(rank, number)
        self._births.add(rank, birth)
        self._kinds.add(rank, kind)

    def contradiction(self, ours: list[int], theirs: list[int]) -> str | None:
        """Why the records of two clusters can't be one customer, or None.

        A person is no company. Two valid identity numbers differ: a slip of the pen spoils the
        check digit, so these are two people. Births differ by more than a slip, and no identity
        number is shared.
        """
        if _differ(self._kinds.of(ours), self._kinds.of(theirs)):
            return "person_and_company"
        our_numbers, their_numbers = self._numbers.of(ours), self._numbers.of(theirs)
        if our_numbers & their_numbers:
            return None
        if our_numbers and their_numbers:
            return "two_valid_id_numbers"
        our_births, their_births = self._births.of(ours), self._births.of(theirs)
        if not _differ(our_births, their_births):
            return None
        slips = (is_slip(one, other) for one in our_births for other in their_births)
        return None if any(slips) else "two_births"


def _differ(ours: set[int], theirs: set[int]) -> bool:
    return bool(ours) and bool(theirs) and not ours & theirs


def is_slip(one: int, other: int) -> bool:
    """Whether two dates (YYYYMMDD) differ by one digit, two neighbours or day and month swapped.

    >>> is_slip(19800203, 19800302), is_slip(19800203, 19810203)
    (True, True)
    >>> is_slip(19800203, 19551107)
    False
    """
    left, right = f"{one:08d}", f"{other:08d}"
    if left[:4] == right[:4] and left[4:6] == right[6:] and left[6:] == right[4:6]:
        return True
    differing = [at for at in range(8) if left[at] != right[at]]
    if len(differing) == 2:
        a, b = differing
        return b == a + 1 and left[a] == right[b] and left[b] == right[a]
    return len(differing) <= 1
