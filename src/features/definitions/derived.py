"""Definitions that are computed from other features of the same row."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, PositiveFloat

from src.core.config import Settings
from src.features.definitions.base import Base


class OfFeatures(Base):
    """Base of what is computed from other features of the same row alone."""

    @property
    def window(self) -> None:
        """Those of the parts."""
        return None

    @property
    def tables(self) -> tuple[str, ...]:
        """Those of the parts."""
        return ()


class Ratio(OfFeatures):
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

    @property
    def formula(self) -> str:
        """The division."""
        scale = "" if self.scale == 1 else f"{self.scale:g} × "
        return f"{scale}`{self.numerator}` / `{self.denominator}`"


class Difference(OfFeatures):
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

    @property
    def formula(self) -> str:
        """The subtraction."""
        return f"`{self.left}` - `{self.right}`"


class Mix(OfFeatures):
    """A figure over several other features, taken as parts of a whole (negative parts as 0).

    herfindahl: sum of squared shares; entropy: of the shares, in nats (Shannon, 1948); both unknown
    where all parts are 0; used: parts above 0.
    """

    kind: Literal["mix"] = "mix"
    of: str
    how: Literal["herfindahl", "entropy", "used"]
    parts: tuple[str, ...] = Field(min_length=2)

    @property
    def name(self) -> str:
        """Such as channel_90d_mix_herfindahl."""
        return f"{self.of}_mix_{self.how}"

    @property
    def needs(self) -> tuple[str, ...]:
        """The parts."""
        return self.parts

    @property
    def formula(self) -> str:
        """The figure and its parts."""
        return f"{self.how} of " + ", ".join(f"`{part}`" for part in self.parts)


class Above(OfFeatures):
    """The sum of those parts whose grade lies above a level: what exceeds what was declared.

    parts: by risk grade, the feature that counts or sums what has it. Unknown where the level is;
    an unknown part counts as 0.
    """

    kind: Literal["above"] = "above"
    of: str
    level: str
    parts: Mapping[Annotated[int, Field(ge=1, le=5)], str] = Field(min_length=1)

    @property
    def name(self) -> str:
        """Such as inquiries_365d_above_questionnaire_level."""
        return f"{self.of}_above_{self.level}"

    @property
    def needs(self) -> tuple[str, ...]:
        """The level and the parts."""
        return (self.level, *self.parts.values())

    @property
    def formula(self) -> str:
        """The parts with their grades."""
        parts = ", ".join(f"{grade}: `{name}`" for grade, name in self.parts.items())
        return f"sum of those of {parts} whose grade is above `{self.level}`"


class StageClass(Settings):
    """One class of a stage: its code, and the range [from, below) of each feature it looks at."""

    code: int
    when: Mapping[str, tuple[float | None, float | None]] = Field(min_length=1)


class Stage(OfFeatures):
    """The code of the first class whose ranges all hold; unknown where none does.

    An unknown value lies in no range.
    """

    kind: Literal["stage"] = "stage"
    of: str
    classes: tuple[StageClass, ...] = Field(min_length=1)

    @property
    def name(self) -> str:
        """Such as life_stage."""
        return f"{self.of}_stage"

    @property
    def needs(self) -> tuple[str, ...]:
        """The features that any of the classes looks at."""
        return tuple(dict.fromkeys(name for each in self.classes for name in each.when))

    @property
    def formula(self) -> str:
        """The classes in order, such as "1: `age_years` < 30; 2: else"."""
        return "; ".join(f"{each.code}: {_ranges(each.when)}" for each in self.classes)


def _ranges(when: Mapping[str, tuple[float | None, float | None]]) -> str:
    bounds = []
    for name, (low, below) in when.items():
        before = "" if low is None else f"{low:g} <= "
        after = "" if below is None else f" < {below:g}"
        bounds.append(f"{before}`{name}`{after}")
    return " and ".join(bounds)


Derived = Ratio | Difference | Mix | Above | Stage
