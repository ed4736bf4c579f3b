"""What broke a rule: rows rejected, lines that can't be read, values changed."""

from dataclasses import dataclass

from src.quality.figures.shares import Scope, share_of


@dataclass(frozen=True)
class Rejected:
    """Rows of a table that one rule rejected. kind: a rule kind of configs/quality.yaml; fault:
    False where the rows said nothing new; rows_in: rows that came for the table; lines: the first
    of them as file:line."""

    table: str
    rule: str
    kind: str
    dimension: str
    fault: bool
    scope: Scope
    rows: int
    rows_in: int
    lines: tuple[str, ...]

    @property
    def share(self) -> float | None:
        """Share: rows / rows_in."""
        return share_of(self.rows, self.rows_in)


@dataclass(frozen=True)
class Unreadable:
    """Rows of one delivery that can't be read as declared. malformed: lines that are no rows;
    unreadable: rows with a value that can't be read, of the table that lost most; lines: the first
    of both."""

    file: str
    latest: bool
    rows: int
    malformed: int
    unreadable: int
    lines: tuple[str, ...]

    @property
    def share(self) -> float | None:
        """Share: (malformed + unreadable) / rows."""
        return share_of(self.malformed + self.unreadable, self.rows)


@dataclass(frozen=True)
class Changed:
    """Values of a column that a rule changed: kind is corrected or imputed."""

    table: str
    column: str
    rule: str
    kind: str
    scope: Scope
    values: int
    rows_in: int
    lines: tuple[str, ...]

    @property
    def share(self) -> float | None:
        """Share: values / rows_in."""
        return share_of(self.values, self.rows_in)
