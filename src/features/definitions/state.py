"""Definitions of what stands at as_of: cash and its path, holdings, profile, what was declared."""

from typing import Literal

from pydantic import Field, PositiveInt

from src.features.definitions.base import Base
from src.features.definitions.conditions import Filter, prefix


class BalancePath(Base):
    """A figure over the customer's cash at as_of and at each of `periods` 30-day steps before it.

    The path is today's cash less the movements since, as known at as_of. slope: least-squares
    change per period; drawdown: fall from the path's peak to now, as share of the peak; minimum:
    the lowest point; low: steps at or below a tenth of the peak; ratio: now / mean of the path.
    """

    kind: Literal["balance_path"] = "balance_path"
    how: Literal["slope", "drawdown", "minimum", "low", "ratio"]
    periods: PositiveInt = Field(le=12, ge=2)

    @property
    def name(self) -> str:
        """Such as cash_drawdown_6p."""
        return f"cash_{self.how}_{self.periods}p"


class Holding(Base):
    """A figure of what the customer holds at as_of, valued as in src/features/assets.py.

    value: base currency; value_before: the same `days` before as_of; share: of all positive
    values; products: number of products held; grade: risk grade weighted by value (cash counts
    as grade 1); herfindahl: concentration over the products; class_herfindahl: over the asset
    classes; complete: 1 if all could be valued.
    """

    kind: Literal["holding"] = "holding"
    how: Literal[
        "value",
        "value_before",
        "share",
        "products",
        "grade",
        "herfindahl",
        "class_herfindahl",
        "complete",
    ]
    days: Literal[30, 90, 180] | None = None
    only: Filter | None = None

    @property
    def name(self) -> str:
        """Such as equity_holding_share."""
        before = f"_{self.days}d" if self.days else ""
        return f"{prefix(self.only)}holding_{self.how}{before}"


class Profile(Base):
    """What is known of the customer at as_of: the version of the customer's row that stood then."""

    kind: Literal["profile"] = "profile"
    field: Literal["is_company", "age_years", "tenure_years", "income_band", "dependants"]

    @property
    def name(self) -> str:
        """The field's name."""
        return self.field


class Imputed(Base):
    """1 if a rule filled this column of the customer's row as known at as_of, 0 if it did not.

    Unknown for a customer who is not known: what looks declared may be a guess.
    """

    kind: Literal["imputed"] = "imputed"
    column: Literal["birth_date", "joined_on", "income_band", "dependants", "industry"]

    @property
    def name(self) -> str:
        """Such as birth_date_imputed."""
        return f"{self.column}_imputed"


class Questionnaire(Base):
    """What the customer declared before as_of.

    level: of the last questionnaire (1 to 5); change: last level less the one before; age_days:
    since the last; days_left: until it expires (negative afterwards); count: how many.
    """

    kind: Literal["questionnaire"] = "questionnaire"
    how: Literal["level", "change", "age_days", "days_left", "count"]

    @property
    def name(self) -> str:
        """Such as questionnaire_level."""
        return f"questionnaire_{self.how}"
