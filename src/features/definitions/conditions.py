"""Which rows count for a feature, and the name that such a filter gives it."""

from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from src.core.config import Settings
from src.core.errors import nearest
from src.core.schemas import ASSET_CLASSES, INTERACTION_KINDS, TRANSACTION_KINDS

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


def where(only: Filter | None) -> str:
    """The conditions in words, such as " where kind in buy, sell"; "" without a filter."""
    if only is None:
        return ""
    conditions = [
        f"{name} in {', '.join(allowed)}"
        for name, allowed in (
            ("kind", only.kinds),
            ("channel", only.channels),
            ("category", only.categories),
            ("topic", only.topics),
            ("asset class", only.asset_classes),
        )
        if allowed
    ]
    if only.min_grade is not None:
        conditions.append(f"risk grade >= {only.min_grade}")
    if only.max_grade is not None:
        conditions.append(f"risk grade <= {only.max_grade}")
    if only.after is not None:
        conditions.append(f"product after a {only.after}")
    return " where " + " and ".join(conditions)


def read_for(only: Filter | None) -> tuple[str, ...]:
    """The tables beside its own that a filter looks at."""
    if only is None:
        return ()
    graded = only.min_grade is not None or only.max_grade is not None
    products = ("products",) if only.asset_classes or graded else ()
    return (*products, "prices") if only.after else products


def prefix(only: Filter | None) -> str:
    """What a filter puts before the name of a feature, such as "salary_"; "" without one."""
    return f"{only.name}_" if only else ""
