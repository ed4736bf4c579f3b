"""The bank's policy: the classes, their borders, and when a customer has churned."""

from collections.abc import Collection
from pathlib import Path
from typing import Any, Self

from pydantic import Field, PositiveInt, model_validator

from src.core.config import Settings, parse_settings, read_yaml
from src.core.errors import ConfigError, nearest

# Where the sources' mapping files lie.
MAPPINGS = Path("configs/sources")


class Wording(Settings):
    """One text in Chinese and English."""

    zh: str
    en: str


class Tier(Settings):
    """A tier of customer asset size: from_units of base currency up to the next tier's."""

    name: str
    wording: Wording
    from_units: float


class RiskClass(Settings):
    """A class of risk appetite: the declared questionnaire levels (1 to 5) merged into it."""

    name: str
    wording: Wording
    levels: tuple[int, ...]


class ChurnClass(Settings):
    """One of the two outcomes of the churn task: first stays, second churns."""

    name: str
    wording: Wording


class RiskPolicy(Settings):
    """The next questionnaire within horizon_days is the target."""

    horizon_days: PositiveInt
    classes: tuple[RiskClass, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _each_level_once(self) -> Self:
        levels = sorted(level for entry in self.classes for level in entry.levels)
        if levels != [1, 2, 3, 4, 5]:
            raise ValueError(
                f"each level from 1 to 5 should stand in exactly one class, found {levels}"
            )
        return self


class ValuePolicy(Settings):
    """The tier of customer asset size at as_of + horizon_days is the target."""

    horizon_days: PositiveInt
    tiers: tuple[Tier, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        borders = [tier.from_units for tier in self.tiers]
        if borders != sorted(set(borders)):
            raise ValueError(f"tiers should rise in from_units, found {borders}")
        return self


class ChurnPolicy(Settings):
    """Churned: within horizon_days assets fell by asset_loss_share or more, and the customer
    started nothing in the last inactive_days of them (0: activity doesn't matter). Only customers
    with at least minimum_assets_units who started a movement in the active_days before as_of can
    churn."""

    horizon_days: PositiveInt
    asset_loss_share: float = Field(gt=0, le=1)
    inactive_days: int = Field(ge=0)
    active_days: PositiveInt
    minimum_assets_units: float = Field(ge=0)
    classes: tuple[ChurnClass, ChurnClass]


class Taxonomy(Settings):
    """The policy in force for one source."""

    risk_appetite: RiskPolicy
    value_tier: ValuePolicy
    churn: ChurnPolicy

    def classes(self, task: str) -> tuple[str, ...]:
        """Names of the task's classes in their order, lowest first."""
        return tuple(c.name for c in self._entries(task))

    def wordings(self, task: str) -> dict[str, Wording]:
        """The wording of each of the task's classes."""
        return {c.name: c.wording for c in self._entries(task)}

    def horizon_days(self, task: str) -> int:
        """Days after as_of that the task's label looks at."""
        if task == "risk_appetite":
            return self.risk_appetite.horizon_days
        if task == "value_tier":
            return self.value_tier.horizon_days
        if task == "churn":
            return self.churn.horizon_days
        raise _unknown(task)

    def _entries(self, task: str) -> tuple[RiskClass | Tier | ChurnClass, ...]:
        if task == "risk_appetite":
            return self.risk_appetite.classes
        if task == "value_tier":
            return self.value_tier.tiers
        if task == "churn":
            return self.churn.classes
        raise _unknown(task)


def _unknown(task: str) -> ConfigError:
    return ConfigError(f"{task!r} is no task. {nearest(task, Taxonomy.model_fields)}")


def load_taxonomy(path: Path, source: str, mappings: Path = MAPPINGS) -> Taxonomy:
    """The policy of `path` for one source: the key `default`, overridden by `sources.<source>`.

    An overriding policy replaces whole keys of a task's policy. mappings: the folder whose files
    name the sources, so that a misspelt one under `sources` is found. Raises ConfigError.
    """
    content = read_yaml(path)
    if (
        not isinstance(content, dict)
        or set(content) - {"default", "sources"}
        or "default" not in content
    ):
        found = ", ".join(map(repr, content)) if isinstance(content, dict) else repr(content)
        raise ConfigError(
            f"{path}: found {found or 'nothing'}; expected the keys 'default' and 'sources' at the "
            "top, no others."
        )
    default = _policies(content["default"], f"{path}: 'default'")
    sources = _mapping(content.get("sources") or {}, f"{path}: 'sources'")
    _require_known(sources, mappings, path)
    overrides = _policies(sources.get(source) or {}, f"{path}: 'sources.{source}'")
    unknown = set(overrides) - set(Taxonomy.model_fields)
    if unknown:
        name = sorted(unknown)[0]
        raise ConfigError(
            f"{path}: unknown key 'sources.{source}.{name}'. {nearest(name, Taxonomy.model_fields)}"
        )
    merged = {task: {**policy, **overrides.get(task, {})} for task, policy in default.items()}
    return parse_settings(merged, Taxonomy, where=f"{path} ({source})")


def _require_known(sources: Collection[str], mappings: Path, path: Path) -> None:
    """An override of a source that nobody maps would be ignored in silence: refuse it."""
    known = sorted(file.stem for file in mappings.glob("*.yaml"))
    for name in sources:
        if name not in known:
            raise ConfigError(
                f"{path}: 'sources.{name}' overrides the policy of no source: {mappings} has no "
                f"{name}.yaml. {nearest(str(name), known)}"
            )


def _policies(content: Any, where: str) -> dict[str, dict[str, Any]]:
    return {
        task: _mapping(policy, f"{where}, {task!r}")
        for task, policy in _mapping(content, where).items()
    }


def _mapping(content: Any, where: str) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise ConfigError(f"{where} has {content!r}; expected a mapping of keys to values.")
    return content
