"""Whether tables, files and their control totals agree with one another."""

from dataclasses import dataclass
from typing import Literal

from src.quality.figures.shares import share_of


@dataclass(frozen=True)
class Control:
    """Rows of one delivery against what its control file announced."""

    file: str
    rows: int
    expected: int

    @property
    def missing(self) -> int:
        """Announced rows that did not arrive."""
        return max(self.expected - self.rows, 0)


@dataclass(frozen=True)
class Reference:
    """Rows of a table whose column names something: orphans name what does not exist; lines:
    the first of them."""

    table: str
    column: str
    to: str
    rows: int
    orphans: int
    lines: tuple[str, ...] = ()

    @property
    def share(self) -> float | None:
        """Share: orphans / rows."""
        return share_of(self.orphans, self.rows)


@dataclass(frozen=True)
class Statements:
    """Statements compared with the one before plus the movements between the two. what: money or
    units; agreeing: equal to the last cent, or to the millionth of a unit; lines: of the first
    statements that do not agree."""

    what: Literal["money", "units"]
    compared: int
    agreeing: int
    lines: tuple[str, ...] = ()

    @property
    def share(self) -> float | None:
        """Share: agreeing / compared."""
        return share_of(self.agreeing, self.compared)


@dataclass(frozen=True)
class Presence:
    """What is held or used and needs a quotation: products and prices, or currencies and rates.
    missing: the first of those without one."""

    what: Literal["price", "rate"]
    needed: int
    present: int
    missing: tuple[str, ...]

    @property
    def share(self) -> float | None:
        """Share: present / needed."""
        return share_of(self.present, self.needed)
