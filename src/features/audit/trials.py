"""The trials: what is done to a ledger, what must not move then, and what shows that it could."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import ibis.expr.types as ir

from src.core.ledger import known_at_once
from src.features.audit.clock import INSTANT
from src.features.audit.poison import at_or_after, in_time, known_late, taken_back
from src.features.audit.revision import as_it_stood, revised
from src.features.audit.sample import See
from src.features.audit.shuffle import shuffled_after

# A change of the ledger that follows from an instant and a seed.
Change = Callable[[datetime, int], See]


@dataclass(frozen=True)
class Trial:
    """claim: what holds of a feature that passes. change: what no feature at as_of may notice.

    twin: the same a microsecond or more too early, which a feature at as_of has to notice to be
    exercised; None: the same change, which it has to notice long after as_of.
    """

    name: str
    claim: str
    change: Change
    twin: Change | None


def untouched(_: datetime, __: int) -> See:
    """The ledger as it is."""
    return lambda _, rows: rows


def told_in_time(as_of: datetime, _: int) -> See:
    """Poison before as_of."""
    return in_time(as_of)


def hindsight(_: datetime, __: int) -> See:
    """Only versions that stand at the end, each known from when it happened."""
    return known_at_once


def only_in(table: str, change: Change) -> Change:
    """The change of one table alone."""

    def restricted(as_of: datetime, seed: int) -> See:
        see = change(as_of, seed)

        def seen(name: str, rows: ir.Table) -> ir.Table:
            return see(name, rows) if name == table else rows

        return seen

    return restricted


def _ahead(as_of: datetime, _: int) -> See:
    return at_or_after(as_of)


def _late(as_of: datetime, _: int) -> See:
    return known_late(as_of)


def _taken_back(as_of: datetime, _: int) -> See:
    return taken_back(as_of)


def _revised(as_of: datetime, _: int) -> See:
    return revised(as_of)


def _revised_before(as_of: datetime, _: int) -> See:
    return revised(as_of - INSTANT)


def _stood(as_of: datetime, _: int) -> See:
    return as_it_stood(as_of)


TRIALS = (
    Trial(
        "poison",
        "wild rows of every kind that happen at or after as_of change nothing",
        _ahead,
        told_in_time,
    ),
    Trial(
        "late news",
        "wild rows that happened before as_of and became known at it change nothing",
        _late,
        told_in_time,
    ),
    Trial(
        "taken back",
        "wild rows that were withdrawn before as_of change nothing",
        _taken_back,
        told_in_time,
    ),
    Trial(
        "revision",
        "versions corrected or withdrawn at as_of count as they stood until then",
        _revised,
        _revised_before,
    ),
    Trial(
        "shuffle",
        "who, when and what of the rows to come change places, and nothing moves",
        shuffled_after,
        None,
    ),
    Trial(
        "as it stood",
        "without any row to come the answer is the same",
        _stood,
        None,
    ),
)
WINDOW = "window"
WINDOW_CLAIM = "a row at as_of - window counts, and one a microsecond older does not"
CLAIMS = {trial.name: trial.claim for trial in TRIALS} | {WINDOW: WINDOW_CLAIM}
