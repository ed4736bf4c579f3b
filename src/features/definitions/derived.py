"""Definitions that are computed from other features of the same row."""

from typing import Literal

from pydantic import Field, PositiveFloat

from src.features.definitions.base import Base


class Ratio(Base):
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


class Difference(Base):
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


class Mix(Base):
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
