"""The groups that a sensitive attribute divides customers into, and which are large enough."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from src.models.fairness.measures import Mask


@dataclass(frozen=True)
class Groups:
    """customers: in each group that is judged, by name. too_small: the same of those that are not.
    unknown: customers without the attribute. reason: why there is nothing to compare, else empty.
    kept: (n,) rows of the judged groups."""

    customers: dict[str, int]
    too_small: dict[str, int]
    unknown: int
    reason: str
    kept: Mask = field(repr=False)

    @property
    def names(self) -> Sequence[str]:
        """Of the groups that are judged, in order."""
        return list(self.customers)

    def account(self) -> dict[str, Any]:
        """The counts, as plain JSON."""
        return {
            "customers": self.customers,
            "too_small": self.too_small,
            "unknown_customers": self.unknown,
        }


def grouped(
    values: "pd.Series[str]", customers: "pd.Series[str]", attribute: str, min_customers: int
) -> Groups:
    """Divide n rows by their values, missing ones apart. A group needs min_customers customers."""
    known = values.notna()
    counts = customers[known].groupby(values[known]).nunique().sort_index()
    large = counts[counts >= min_customers]
    unknown = int(customers.nunique() - customers[known].nunique())
    reason = ""
    if counts.empty:
        reason = f"{attribute} is not known of any of {unknown} customers; nothing can be compared"
    elif len(counts) == 1:
        reason = (
            f"all {counts.iloc[0]} customers whose {attribute} is known are {counts.index[0]!r}; "
            "there is nobody to compare them with"
        )
    elif len(large) < 2:
        reason = (
            f"{len(large)} of {len(counts)} groups of {attribute} have {min_customers} customers "
            "or more, and two are needed to compare; see fairness.min_customers in params.yaml"
        )
    return Groups(
        customers={str(name): int(n) for name, n in large.items()},
        too_small={str(name): int(n) for name, n in counts.items() if n < min_customers},
        unknown=unknown,
        reason=reason,
        kept=values.isin(large.index).to_numpy(),
    )
