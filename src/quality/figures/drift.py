"""How a column's last delivery differs from the one before."""

from dataclasses import dataclass
from typing import Literal

from src.quality.figures.shares import share_of


def beyond_chance(stability: float | None, by_chance: float | None) -> float | None:
    """A stability index less what chance alone would give, at least 0."""
    if stability is None or by_chance is None:
        return None
    return max(stability - by_chance, 0.0)


@dataclass(frozen=True)
class Drift:
    """One column of a file's last delivery against the delivery before. kind: numbers or names;
    stability: population stability index over values that are not empty; by_chance: what it would
    be on average if nothing had changed (Yurdakul, 2018: (bins - 1)(1/n + 1/m)); shift: change of
    the median in interquartile ranges; new, vanished: names on one side only; least_excess,
    least_empty_change: the same against the delivery most like it among some before, where the
    one before differs beyond a gate: what comes once a season is no damage."""

    series: str
    table: str
    column: str
    kind: Literal["numbers", "names"]
    rows_before: int
    rows_now: int
    empty_before: int
    empty_now: int
    stability: float | None
    by_chance: float | None
    shift: float | None
    bins: tuple[tuple[str, int, int], ...]
    new: tuple[str, ...]
    vanished: tuple[str, ...]
    least_excess: float | None
    least_empty_change: float | None

    @property
    def excess(self) -> float | None:
        """Stability index beyond chance, at least 0."""
        return beyond_chance(self.stability, self.by_chance)

    @property
    def empty_change(self) -> float | None:
        """Empty share now minus empty share before."""
        before, now = (
            share_of(self.empty_before, self.rows_before),
            share_of(self.empty_now, self.rows_now),
        )
        return None if before is None or now is None else now - before
