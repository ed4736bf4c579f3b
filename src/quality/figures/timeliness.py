"""How late rows are known, and how regularly files come."""

from dataclasses import dataclass

from src.quality.figures.shares import Scope, share_of


@dataclass(frozen=True)
class Delay:
    """known_at minus the event's time, in whole minutes, of one table and source. late: rows known
    more than `late_after_days` after the event."""

    table: str
    source: str
    scope: Scope
    rows: int
    median: int
    p90: int
    p99: int
    largest: int
    late: int

    @property
    def share(self) -> float | None:
        """Share: late / rows."""
        return share_of(self.late, self.rows)


@dataclass(frozen=True)
class Series:
    """The deliveries of one file. rows: of each delivery in order; fewest_before: of all but the
    last; off_cycle: the last one came after less than half the shortest gap before, as corrections
    between two regular deliveries do; behind_days: how long before the newest delivery of any file
    the last one arrived; overdue_days: how far that goes beyond the longest gap between its
    deliveries."""

    name: str
    file: str
    deliveries: int
    delivered: str | None
    off_cycle: bool
    behind_days: float | None
    overdue_days: float | None
    rows: tuple[int, ...]
    fewest_before: int | None
