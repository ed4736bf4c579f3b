"""Definitions over what happened: movements and contacts in windows, since, and by periods."""

from typing import Literal

from pydantic import Field, PositiveInt

from src.features.definitions.base import HISTORY, Base
from src.features.definitions.conditions import Filter, prefix, read_for, where

EventTable = Literal["transactions", "interactions"]
Measure = Literal["net", "inflow", "outflow", "turnover", "rows", "score"]


class Windowed(Base):
    """One aggregate of one measure over one trailing window [as_of - days, as_of).

    Money measures are in units of base currency. `count` counts the rows where the measure is
    above 0 ("rows": all). sum and count of no rows are 0; max and mean of none are unknown.
    """

    kind: Literal["windowed"] = "windowed"
    table: EventTable = "transactions"
    measure: Measure
    how: Literal["sum", "count", "max", "mean"]
    days: PositiveInt
    only: Filter | None = None

    @property
    def name(self) -> str:
        """Such as salary_inflow_sum_90d or complaint_contacts_count_30d."""
        return f"{prefix(self.only)}{_noun(self.table, self.measure)}_{self.how}_{self.days}d"

    @property
    def window_days(self) -> int:
        """Its days."""
        return self.days

    @property
    def formula(self) -> str:
        """Such as "sum of inflow over transactions"."""
        return f"{self.how} of {self.measure} over {self.table}{where(self.only)}"

    @property
    def window(self) -> str:
        """The trailing days."""
        return f"{self.days} days"

    @property
    def tables(self) -> tuple[str, ...]:
        """The events', and what the filter looks at."""
        return (self.table, *read_for(self.only))


class Recency(Base):
    """Days from the first or last matching event to as_of, over all history; unknown if none."""

    kind: Literal["recency"] = "recency"
    table: EventTable = "transactions"
    measure: Literal["inflow", "outflow", "rows"] = "rows"
    which: Literal["first", "last"] = "last"
    only: Filter | None = None

    @property
    def name(self) -> str:
        """Such as salary_movements_days_since_last."""
        return f"{prefix(self.only)}{_noun(self.table, self.measure)}_days_since_{self.which}"

    @property
    def formula(self) -> str:
        """Such as "days since the last of transactions"."""
        rows = "" if self.measure == "rows" else f"{self.measure} in "
        return f"days since the {self.which} of {rows}{self.table}{where(self.only)}"

    @property
    def window(self) -> str:
        """All that is known."""
        return HISTORY

    @property
    def tables(self) -> tuple[str, ...]:
        """The events', and what the filter looks at."""
        return (self.table, *read_for(self.only))


class Periodic(Base):
    """A figure over the sums of a measure in the last `periods` 30-day periods before as_of.

    std: deviation of the sums (population); cv: std / |mean|; active: periods whose sum isn't 0;
    slope: least-squares change per period, newest last; peak: largest sum / total of absolutes.
    """

    kind: Literal["periodic"] = "periodic"
    measure: Literal["net", "inflow", "outflow", "turnover", "rows"]
    how: Literal["std", "cv", "active", "slope", "peak"]
    periods: PositiveInt = Field(le=12, ge=2)
    only: Filter | None = None

    @property
    def name(self) -> str:
        """Such as salary_inflow_active_6p."""
        return f"{prefix(self.only)}{self.measure}_{self.how}_{self.periods}p"

    @property
    def window_days(self) -> int:
        """Its periods of 30 days."""
        return 30 * self.periods

    @property
    def formula(self) -> str:
        """Such as "slope of the inflow of each period"."""
        return f"{self.how} of the {self.measure} of each period{where(self.only)}"

    @property
    def window(self) -> str:
        """The periods."""
        return f"{self.periods} × 30 days"

    @property
    def tables(self) -> tuple[str, ...]:
        """The movements, and what the filter looks at."""
        return ("transactions", *read_for(self.only))


def _noun(table: EventTable, measure: str) -> str:
    if measure == "rows":
        return "movements" if table == "transactions" else "contacts"
    return f"contact_{measure}" if table == "interactions" else measure
