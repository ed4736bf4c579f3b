"""What all figures share: their scope, and parts of a whole."""

from typing import Literal

# "all": what stands in the ledger; "latest": rows of the last delivery of files delivered more
# than once
Scope = Literal["all", "latest"]


def share_of(part: int, whole: int) -> float | None:
    """`part` / `whole`; None where whole is 0."""
    return part / whole if whole else None
