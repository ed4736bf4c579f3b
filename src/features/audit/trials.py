"""The trials: what is done to a ledger, what must not move then, and what shows that it could."""

from dataclasses import dataclass
from functools import cache

import ibis.expr.types as ir

from src.features.audit.poison import at_or_after, in_time, known_late, taken_back
from src.features.audit.revision import as_it_stood, revised, revised_in_time
from src.features.audit.sample import See
from src.features.audit.shuffle import shuffled


@dataclass(frozen=True)
class Trial:
    """claim: what holds of a feature that passes. change: what no feature at as_of may notice.

    twin: the same a microsecond or more too early, which a feature at as_of has to notice to be
    exercised; None: the same change, which it has to notice long after as_of.
    """

    name: str
    claim: str
    change: See
    twin: See | None


TRIALS = (
    Trial(
        "poison",
        "wild rows of every kind that happen at or after as_of change nothing",
        at_or_after,
        in_time,
    ),
    Trial(
        "late news",
        "wild rows that happened before as_of and became known at it change nothing",
        known_late,
        in_time,
    ),
    Trial(
        "taken back",
        "wild rows that were withdrawn before as_of change nothing",
        taken_back,
        in_time,
    ),
    Trial(
        "revision",
        "versions corrected or withdrawn at as_of count as they stood until then",
        revised,
        revised_in_time,
    ),
    Trial(
        "shuffle",
        "who, when and what of the rows to come change places, and nothing moves",
        shuffled,
        None,
    ),
    Trial(
        "as it stood",
        "without any row to come the answer is the same",
        as_it_stood,
        None,
    ),
)
WINDOW = "window"
WINDOW_CLAIM = "a row at as_of - window counts, and one a microsecond older does not"
CLAIMS = {trial.name: trial.claim for trial in TRIALS} | {WINDOW: WINDOW_CLAIM}


def untouched(_: str, rows: ir.Table) -> ir.Table:
    """The ledger as it is."""
    return rows


@cache
def only_in(table: str, change: See) -> See:
    """The change of one table alone."""

    def restricted(name: str, rows: ir.Table) -> ir.Table:
        return change(name, rows) if name == table else rows

    return restricted
