"""How much of a column is filled."""

from dataclasses import dataclass

from src.quality.figures.shares import Scope, share_of


@dataclass(frozen=True)
class Filled:
    """How much of one column is filled. rows: standing rows to which the column applies; filled:
    those with a value; imputed: those whose value a rule filled; mapped: the source maps it;
    lines: the first of those that lack it, as file:line, where the column has a gate."""

    table: str
    column: str
    scope: Scope
    rows: int
    filled: int
    imputed: int
    mapped: bool
    lines: tuple[str, ...] = ()

    @property
    def share(self) -> float | None:
        """Share: filled / rows."""
        return share_of(self.filled, self.rows)
