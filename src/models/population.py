"""Who is there in a month, against the training window: how many, and of what kind."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from src.features.definitions.state import Profile
from src.features.spec import FeatureSpec
from src.models.drift import Drift, drift_of
from src.models.reference import Histogram


@dataclass(frozen=True)
class Population:
    """Customers at the month, at the snapshot before it, and at the window's snapshots on average.

    composition: drift of what is known of the customers themselves, such as their age.
    """

    customers: int
    before: int | None
    usual: float
    newcomers: int
    leavers: int
    composition: Mapping[str, Drift]

    @property
    def change(self) -> float:
        """Change of their number since the snapshot before, as a share; 0 at the first one."""
        return self.customers / self.before - 1.0 if self.before else 0.0

    def shift(self, ignored: Iterable[str]) -> float:
        """The largest stability index beyond chance of the composition, but for what is ignored."""
        apart = set(ignored)
        found = [drift.excess for name, drift in self.composition.items() if name not in apart]
        return max(found, default=0.0)


def profile_columns(catalogue: FeatureSpec) -> tuple[str, ...]:
    """The features that tell who a customer is, not what they do."""
    return tuple(n for n in catalogue.names if isinstance(catalogue[n].definition, Profile))


def population_of(
    rows: pd.DataFrame,
    before: pd.Series | None,
    usual: float,
    window: Mapping[str, Histogram],
) -> Population:
    """The population of one month's rows (customer_id and the catalogue's columns).

    before: the customers of the snapshot before, None at the first. usual: customers a snapshot of
    the window. window: its composition; of a column that is no longer computed nothing is told.
    """
    customers = set(rows["customer_id"])
    known = None if before is None else set(before)
    return Population(
        customers=len(customers),
        before=None if known is None else len(known),
        usual=usual,
        newcomers=len(customers - known) if known else 0,
        leavers=len(known - customers) if known else 0,
        composition={
            name: drift_of(then, then.count(rows[name].to_numpy(np.float64, na_value=np.nan)))
            for name, then in window.items()
            if name in rows.columns
        },
    )
