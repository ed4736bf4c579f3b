"""The frozen linkage model: which records are compared, how, and what agreement is worth.

A comparison has levels; the first whose condition holds is the one that a pair reaches. A level is
worth log2(m / u) bits: m is how often two records of one person reach it, u how often those of two
persons do (Fellegi and Sunter, 1969). The weight of a pair is the prior's, log2(p / (1 - p)), plus
those of its levels. Nothing here depends on the records that are being resolved.
"""

import math
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from src.core.config import Settings, load_settings

LINKAGE_FILE = Path("configs/linkage.yaml")
MISSING = "missing"


class Level(Settings):
    """One degree of agreement of one comparison."""

    name: str
    when: str | None = Field(None, description="SQL over *_l and *_r; absent: everything else")
    m: float | None = Field(None, gt=0, le=1, description="share among pairs of one person")
    u: float | None = Field(None, gt=0, le=1, description="share among pairs of two persons")

    @property
    def weight(self) -> float:
        """Bits that this level adds to a pair: log2(m / u), and nothing if a value is missing."""
        return 0.0 if self.m is None or self.u is None else math.log2(self.m / self.u)


class Comparison(Settings):
    """How one field is compared. Levels from the first that holds; `missing` is the first."""

    name: str
    shared: Literal["never", "sometimes", "always"] = Field(
        description="whether a household shares it: all share the address, some a phone or account"
    )
    least_u: float = Field(
        1e-6,
        gt=0,
        lt=1,
        description="training takes no u for smaller, however few strangers are seen to agree: "
        "1e-4 for four digits, which are alike by chance in one pair of 10,000",
    )
    levels: tuple[Level, ...] = Field(min_length=3)

    @model_validator(mode="after")
    def _has_its_levels_in_order(self) -> Self:
        first, *graded = self.levels
        if first.name != MISSING or first.when is None:
            raise ValueError(
                f"the first level of comparison {self.name!r} is {first.name!r}; "
                f"expected {MISSING!r} with a condition, for pairs in which a value is missing"
            )
        if [level for level in graded if level.when is None] != [graded[-1]]:
            raise ValueError(
                f"comparison {self.name!r} needs exactly one level without a condition, the last"
            )
        half = [level.name for level in graded if (level.m is None) != (level.u is None)]
        if half or first.m is not None or first.u is not None:
            raise ValueError(
                f"comparison {self.name!r}, level {(half or [MISSING])[0]!r}: expected m and u "
                f"together, and neither of them for {MISSING!r}"
            )
        return self


class BlockingKey(Settings):
    """Records that share this key are compared; null keys are shared with nobody."""

    name: str = Field(pattern="^[a-z_]+$")
    key: str = Field(description="SQL over the columns of linkage_versions")


class LinkageModel(Settings):
    """Everything that decides whether two records are one customer."""

    trained_on: str = Field(description="what m, u and the prior were estimated on")
    prior: float = Field(gt=0, lt=1, description="probability that two random records match")
    threshold: float = Field(gt=0, lt=1, description="probability from which a pair is linked")
    personal_weight: float = Field(
        description="bits that a link needs from what is never shared and the strongest of what "
        "sometimes is, so that twins of one address, or a couple with one phone and one account, "
        "stay two"
    )
    largest_block: int = Field(
        ge=2, description="versions of one key that are compared, those known first"
    )
    blocking: tuple[BlockingKey, ...] = Field(min_length=1)
    comparisons: tuple[Comparison, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        groups = [[rule.name for rule in self.blocking], [c.name for c in self.comparisons]]
        groups += [[level.name for level in c.levels] for c in self.comparisons]
        for names in groups:
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"the name {twice[0]!r} stands twice; expected it once")
        return self

    @property
    def threshold_weight(self) -> float:
        """The threshold in bits."""
        return math.log2(self.threshold / (1 - self.threshold))

    @property
    def prior_weight(self) -> float:
        """The prior in bits."""
        return math.log2(self.prior / (1 - self.prior))


def load_linkage(path: Path = LINKAGE_FILE) -> LinkageModel:
    """Read the model. Raises ConfigError naming the file and the key that is wrong."""
    return load_settings(path, LinkageModel)
