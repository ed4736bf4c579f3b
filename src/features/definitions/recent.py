"""Definitions over the shape of the last months: streams, variety, rhythm, timing, daily cash."""

from typing import Literal

from pydantic import Field, PositiveInt, model_validator

from src.features.definitions.base import Base
from src.features.definitions.conditions import Filter, prefix, where

MOVES = ("transactions",)
Direction = Literal["inflow", "outflow"]


class Recurring(Base):
    """Regular payments, found by their rhythm and not by their name: salaries, standing orders.

    A stream is the customer's movements of one direction, kind, category and counterparty in the
    last `periods` 30-day periods; interest, fees and dividends make none. It is regular if it
    moved in all but two of the periods or more, at most two times more than there are periods, and
    its largest amount is at most twice its smallest ("similar") or the same ("equal").
    streams: how many there are; mean: their sum a period; share: of all that moved in that
    direction; days_since_last: since any of them last moved.
    """

    kind: Literal["recurring"] = "recurring"
    direction: Direction
    amounts: Literal["similar", "equal"]
    how: Literal["streams", "mean", "share", "days_since_last"]
    periods: PositiveInt = Field(le=12, ge=4)

    @property
    def name(self) -> str:
        """Such as similar_inflow_streams_6p."""
        return f"{self.amounts}_{self.direction}_{self.how}_{self.periods}p"

    @property
    def formula(self) -> str:
        """Such as "streams of regular inflow of similar amounts"."""
        return f"{self.how} of regular {self.direction} of {self.amounts} amounts"

    @property
    def window(self) -> str:
        """The periods."""
        return f"{self.periods} × 30 days"

    @property
    def window_days(self) -> int:
        """The days of its periods."""
        return self.days

    @property
    def tables(self) -> tuple[str, ...]:
        """The movements."""
        return MOVES

    @property
    def days(self) -> int:
        """How many days the periods are."""
        return self.periods * 30


class Variety(Base):
    """How many different values of a column the movements of a window have, and how evenly.

    distinct: how many; entropy: of the movements over them, in nats (Shannon, 1948); top_share:
    of the most frequent one. Movements without a value count for nothing.
    """

    kind: Literal["variety"] = "variety"
    column: Literal["category", "counterparty", "kind"]
    how: Literal["distinct", "entropy", "top_share"]
    direction: Direction
    days: PositiveInt

    @property
    def name(self) -> str:
        """Such as outflow_category_entropy_180d."""
        return f"{self.direction}_{self.column}_{self.how}_{self.days}d"

    @property
    def formula(self) -> str:
        """The figure and what it is of."""
        return f"{self.how} of the {self.column} of {self.direction} movements"

    @property
    def window(self) -> str:
        """The trailing days."""
        return f"{self.days} days"

    @property
    def window_days(self) -> int:
        """Its days."""
        return self.days

    @property
    def tables(self) -> tuple[str, ...]:
        """What is read."""
        return MOVES


class Rhythm(Base):
    """On which days of a window the customer moved money; what the bank books itself counts not.

    active: days with movements; quiet: the longest run of days without, unknown where there was no
    movement; gap_cv: coefficient of variation of the gaps between the days with movements, 0 for a
    clockwork, unknown below two gaps.
    """

    kind: Literal["rhythm"] = "rhythm"
    how: Literal["active", "quiet", "gap_cv"]
    days: PositiveInt

    @property
    def name(self) -> str:
        """Such as days_active_90d."""
        return f"days_{self.how}_{self.days}d"

    @property
    def formula(self) -> str:
        """The figure and what it is of."""
        return f"{self.how} of the days with movements that the customer started"

    @property
    def window(self) -> str:
        """The trailing days."""
        return f"{self.days} days"

    @property
    def window_days(self) -> int:
        """Its days."""
        return self.days

    @property
    def tables(self) -> tuple[str, ...]:
        """What is read."""
        return MOVES


class Timing(Base):
    """Mean age of the money that moved in a window, in whole days, weighted by the amount.

    Payments younger than receipts mean that money stays in between: the cash cycle.
    """

    kind: Literal["timing"] = "timing"
    direction: Direction
    days: PositiveInt
    only: Filter | None = None

    @model_validator(mode="after")
    def _of_the_movement_alone(self) -> "Timing":
        if self.only and _looks_elsewhere(self.only):
            raise ValueError(
                f"filter {self.only.name!r} looks at products or topics, which timing can't"
            )
        return self

    @property
    def name(self) -> str:
        """Such as trade_income_inflow_age_180d."""
        return f"{prefix(self.only)}{self.direction}_age_{self.days}d"

    @property
    def formula(self) -> str:
        """The figure and what it is of."""
        return f"mean age of {self.direction}, weighted by amount{where(self.only)}"

    @property
    def window(self) -> str:
        """The trailing days."""
        return f"{self.days} days"

    @property
    def window_days(self) -> int:
        """Its days."""
        return self.days

    @property
    def tables(self) -> tuple[str, ...]:
        """What is read."""
        return MOVES


class DailyCash(Base):
    """A figure of the cash at the end of each of the last `days` days, the last of them at as_of.

    The path is today's cash less the movements since. mean: the average daily balance; minimum;
    low: days at or below a tenth of the highest; negative: days below 0; spread: highest less
    lowest over the mean; drawdown: fall from the highest to now, as share of the highest. spread
    and drawdown are unknown unless what they are divided by is above 0.
    """

    kind: Literal["daily_cash"] = "daily_cash"
    how: Literal["mean", "minimum", "low", "negative", "spread", "drawdown"]
    days: PositiveInt

    @property
    def name(self) -> str:
        """Such as cash_mean_90d."""
        return f"cash_{self.how}_{self.days}d"

    @property
    def formula(self) -> str:
        """The figure and what it is of."""
        return f"{self.how} of the cash at each day's end"

    @property
    def window(self) -> str:
        """The trailing days."""
        return f"{self.days} days"

    @property
    def tables(self) -> tuple[str, ...]:
        """What is read."""
        return ("balances", "transactions")


def _looks_elsewhere(only: Filter) -> bool:
    graded = only.min_grade is not None or only.max_grade is not None
    return bool(only.asset_classes or only.topics) or graded or only.after is not None
