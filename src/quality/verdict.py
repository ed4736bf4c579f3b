"""What a gate says of one subject: the figure, the limit, and whether it holds."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Outcome = Literal["passed", "failed", "not judged"]


@dataclass(frozen=True)
class Verdict:
    """One gate on one subject. subject: table, table.column or file; scope: all or latest;
    at_least: the figure must reach the limit, else stay within it; lines: the first concerned, as
    file:line."""

    gate: str
    subject: str
    scope: str
    figure: float
    limit: float
    at_least: bool
    outcome: Outcome
    lines: tuple[str, ...]

    @property
    def parameter(self) -> str:
        """The key of params.yaml that holds the limit."""
        column = f".{self.subject}" if self.gate == "min_completeness" else ""
        return f"quality.gates.{self.gate}{column}"

    @property
    def distance(self) -> float:
        """How far the figure lies on the wrong side of the limit; negative on the right side."""
        return self.limit - self.figure if self.at_least else self.figure - self.limit


def verdict(
    gate: str,
    subject: str,
    figure: float | None,
    limit: float,
    *,
    scope: str = "all",
    lines: tuple[str, ...] = (),
    judged: bool = True,
) -> Iterator[Verdict]:
    """The verdict on one figure, or none where there is no figure. judged: False where there is too
    little to judge by; a limit under a name that begins with min_ must be reached."""
    if figure is None:
        return
    at_least = gate.startswith("min_")
    holds = figure >= limit if at_least else figure <= limit
    outcome: Outcome = ("passed" if holds else "failed") if judged else "not judged"
    yield Verdict(gate, subject, scope, figure, limit, at_least, outcome, () if holds else lines)
