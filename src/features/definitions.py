"""The kinds of feature definition: what is measured, over which rows, and the name that follows."""

from typing import Literal

from pydantic import Field, PositiveFloat, PositiveInt, ValidationInfo, field_validator

from src.core.config import Settings
from src.core.errors import nearest
from src.core.schemas import ASSET_CLASSES, INTERACTION_KINDS, TRANSACTION_KINDS

EventTable = Literal["transactions", "interactions"]
Measure = Literal["net", "inflow", "outflow", "turnover", "rows", "score"]
PERIOD_DAYS = 30
EVENT_KINDS = (*TRANSACTION_KINDS, *INTERACTION_KINDS)


class Conditions(Settings):
    """Which rows count. All given conditions hold together; an empty one holds for every row.

    asset_classes and grades are those of the product that a row moves. `after` keeps the rows
    whose product lost ("fall") or gained ("rise") 3% or more in the 30 days before the row.
    """

    kinds: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    asset_classes: tuple[str, ...] = ()
    min_grade: int | None = Field(default=None, ge=1, le=5)
    max_grade: int | None = Field(default=None, ge=1, le=5)
    after: Literal["fall", "rise"] | None = None

    @field_validator("kinds", "asset_classes")
    @classmethod
    def _of_the_ledger(cls, names: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        known = EVENT_KINDS if info.field_name == "kinds" else ASSET_CLASSES
        for name in names:
            if name not in known:
                raise ValueError(f"{name!r} is none of the ledger's. {nearest(name, known)}")
        return names


class Filter(Conditions):
    """Conditions under the name that features built on them carry."""

    name: str


class _Definition(Settings):
    """Base of the kinds of definition."""

    @property
    def name(self) -> str:
        """The feature's name, derived from what it computes."""
        raise NotImplementedError

    @property
    def needs(self) -> tuple[str, ...]:
        """Names of the features that this one is computed from."""
        return ()


def _noun(table: EventTable, measure: str) -> str:
    if measure == "rows":
        return "movements" if table == "transactions" else "contacts"
    return f"contact_{measure}" if table == "interactions" else measure


def _prefix(only: Filter | None) -> str:
    return f"{only.name}_" if only else ""


class Windowed(_Definition):
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
        return f"{_prefix(self.only)}{_noun(self.table, self.measure)}_{self.how}_{self.days}d"


class Recency(_Definition):
    """Days from the first or last matching event to as_of, over all history; unknown if none."""

    kind: Literal["recency"] = "recency"
    table: EventTable = "transactions"
    measure: Literal["inflow", "outflow", "rows"] = "rows"
    which: Literal["first", "last"] = "last"
    only: Filter | None = None

    @property
    def name(self) -> str:
        """Such as salary_movements_days_since_last."""
        return f"{_prefix(self.only)}{_noun(self.table, self.measure)}_days_since_{self.which}"


class Periodic(_Definition):
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
        return f"{_prefix(self.only)}{self.measure}_{self.how}_{self.periods}p"


class BalancePath(_Definition):
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


class Holding(_Definition):
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
        return f"{_prefix(self.only)}holding_{self.how}{before}"


class Profile(_Definition):
    """What is known of the customer at as_of: the version of the customer's row that stood then."""

    kind: Literal["profile"] = "profile"
    field: Literal["is_company", "age_years", "tenure_years", "income_band", "dependants"]

    @property
    def name(self) -> str:
        """The field's name."""
        return self.field


class Imputed(_Definition):
    """1 if a rule filled this column of the customer's row as known at as_of, 0 if it did not.

    Unknown for a customer who is not known: what looks declared may be a guess.
    """

    kind: Literal["imputed"] = "imputed"
    column: Literal["birth_date", "joined_on", "income_band", "dependants", "industry"]

    @property
    def name(self) -> str:
        """Such as birth_date_imputed."""
        return f"{self.column}_imputed"


class Questionnaire(_Definition):
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


class Ratio(_Definition):
    """scale * numerator / denominator; unknown where the denominator is 0 or unknown.

    `scale` makes windows of other lengths comparable: 30 days against 180 have scale 6.
    """

    kind: Literal["ratio"] = "ratio"
    numerator: str
    denominator: str
    scale: PositiveFloat = 1.0

    @property
    def name(self) -> str:
        """Such as outflow_sum_30d_to_outflow_sum_180d."""
        return f"{self.numerator}_to_{self.denominator}"

    @property
    def needs(self) -> tuple[str, ...]:
        """Numerator and denominator."""
        return (self.numerator, self.denominator)


class Difference(_Definition):
    """left - right; unknown where either is."""

    kind: Literal["difference"] = "difference"
    left: str
    right: str

    @property
    def name(self) -> str:
        """Such as inflow_sum_90d_less_outflow_sum_90d."""
        return f"{self.left}_less_{self.right}"

    @property
    def needs(self) -> tuple[str, ...]:
        """Left and right."""
        return (self.left, self.right)


class Mix(_Definition):
    """A figure over several other features, taken as parts of a whole (negative parts as 0).

    herfindahl: sum of squared shares, unknown where all parts are 0; used: parts above 0.
    """

    kind: Literal["mix"] = "mix"
    of: str
    how: Literal["herfindahl", "used"]
    parts: tuple[str, ...] = Field(min_length=2)

    @property
    def name(self) -> str:
        """Such as channel_90d_mix_herfindahl."""
        return f"{self.of}_mix_{self.how}"

    @property
    def needs(self) -> tuple[str, ...]:
        """The parts."""
        return self.parts


Definition = (
    Windowed
    | Recency
    | Periodic
    | BalancePath
    | Holding
    | Profile
    | Imputed
    | Questionnaire
    | Ratio
    | Difference
    | Mix
)
DEFINITIONS: dict[str, type[Definition]] = {
    "windowed": Windowed,
    "recency": Recency,
    "periodic": Periodic,
    "balance_path": BalancePath,
    "holding": Holding,
    "profile": Profile,
    "imputed": Imputed,
    "questionnaire": Questionnaire,
    "ratio": Ratio,
    "difference": Difference,
    "mix": Mix,
}
