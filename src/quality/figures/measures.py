"""All figures of one ledger."""

from dataclasses import dataclass

from src.quality.figures.completeness import Filled
from src.quality.figures.consistency import Control, Presence, Reference, Statements
from src.quality.figures.drift import Drift
from src.quality.figures.timeliness import Delay, Series
from src.quality.figures.uniqueness import Copy, Identities, Keys
from src.quality.figures.validity import Changed, Rejected, Unreadable


@dataclass(frozen=True)
class Measures:
    """All figures of one ledger."""

    source: str
    data_end: str | None
    filled: tuple[Filled, ...]
    rejected: tuple[Rejected, ...]
    unreadable: tuple[Unreadable, ...]
    changed: tuple[Changed, ...]
    keys: tuple[Keys, ...]
    copies: tuple[Copy, ...]
    identities: Identities | None
    delays: tuple[Delay, ...]
    series: tuple[Series, ...]
    controls: tuple[Control, ...]
    references: tuple[Reference, ...]
    statements: tuple[Statements, ...]
    presence: tuple[Presence, ...]
    drift: tuple[Drift, ...]
