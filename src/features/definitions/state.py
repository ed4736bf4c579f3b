"""Definitions of what stands at as_of: cash and its path, holdings, profile, what was declared."""

from typing import Literal

from pydantic import Field, PositiveInt

from src.features.definitions.base import HISTORY, NOW, Base
from src.features.definitions.conditions import Filter, prefix, where
from src.features.definitions.market import HELD


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

    @property
    def formula(self) -> str:
        """Such as "slope of the cash at each period's end"."""
        return f"{self.how} of the cash at each period's end"

    @property
    def window(self) -> str:
        """The periods."""
        return f"{self.periods} × 30 days"

    @property
    def tables(self) -> tuple[str, ...]:
        """The statements and the movements since."""
        return ("balances", "transactions")


class Holding(Base):
    """A figure of what the customer holds at as_of, valued as in src/features/assets.py.

    value: base currency; value_before: the same `days` before as_of; share: of all positive
    values; products: number of products held; grade: risk grade weighted by value (cash counts
    as grade 1); grade_before: the same by the values `days` before; herfindahl: concentration
    over the products; class_herfindahl: over the asset classes; complete: 1 if all could be valued.
    """

    kind: Literal["holding"] = "holding"
    how: Literal[
        "value",
        "value_before",
        "share",
        "products",
        "grade",
        "grade_before",
        "herfindahl",
        "class_herfindahl",
        "complete",
    ]
    days: Literal[30, 60, 90, 180] | None = None
    only: Filter | None = None

    @property
    def name(self) -> str:
        """Such as equity_holding_share."""
        before = f"_{self.days}d" if self.days else ""
        return f"{prefix(self.only)}holding_{self.how}{before}"

    @property
    def formula(self) -> str:
        """Such as "share of holdings where asset class in cash"."""
        return f"{self.how} of holdings{where(self.only)}"

    @property
    def window(self) -> str:
        """Now, or days ago."""
        return f"{self.days} days ago" if self.days else NOW

    @property
    def tables(self) -> tuple[str, ...]:
        """What is held and its prices."""
        return HELD


class OfCustomer(Base):
    """Base of what the customer's row tells."""

    @property
    def window(self) -> str:
        """What stood then."""
        return NOW

    @property
    def tables(self) -> tuple[str, ...]:
        """The customers."""
        return ("customers",)


class Profile(OfCustomer):
    """What is known of the customer at as_of: the version of the customer's row that stood then."""

    kind: Literal["profile"] = "profile"
    field: Literal["is_company", "age_years", "tenure_years", "income_band", "dependants"]

    @property
    def name(self) -> str:
        """The field's name."""
        return self.field

    @property
    def formula(self) -> str:
        """Such as "age_years of the customer's version known then"."""
        return f"{self.field} of the customer's version known then"


class Coded(OfCustomer):
    """1 if the customer's row as known at as_of has one of `values` in a column, 0 if another.

    Unknown for a customer who is not known, and where the column is empty.
    """

    kind: Literal["coded"] = "coded"
    column: Literal["industry"]
    of: str
    values: tuple[str, ...] = Field(min_length=1)

    @property
    def name(self) -> str:
        """Such as industry_trade."""
        return f"{self.column}_{self.of}"

    @property
    def formula(self) -> str:
        """Such as "1 if industry in retail, logistics"."""
        return f"1 if {self.column} in {', '.join(self.values)}"


class Imputed(OfCustomer):
    """1 if a rule filled this column of the customer's row as known at as_of, 0 if it did not.

    Unknown for a customer who is not known: what looks declared may be a guess.
    """

    kind: Literal["imputed"] = "imputed"
    column: Literal["birth_date", "joined_on", "income_band", "dependants", "industry"]

    @property
    def name(self) -> str:
        """Such as birth_date_imputed."""
        return f"{self.column}_imputed"

    @property
    def formula(self) -> str:
        """Such as "1 if a rule filled birth_date of that version"."""
        return f"1 if a rule filled {self.column} of that version"


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

    @property
    def formula(self) -> str:
        """Such as "level of the questionnaires"."""
        return f"{self.how} of the questionnaires"

    @property
    def window(self) -> str:
        """All that were completed."""
        return HISTORY

    @property
    def tables(self) -> tuple[str, ...]:
        """The questionnaires."""
        return ("questionnaires",)
