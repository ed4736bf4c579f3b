"""The bank's policy: the classes, their borders, when a customer has churned, how far to look."""

from collections.abc import Collection, Mapping, Sequence
from math import inf
from pathlib import Path
from typing import Any, Self

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt, model_validator

from src.core.config import Settings, parse_settings, read_yaml
from src.core.errors import ConfigError, nearest
from src.core.schemas import TASKS

# Where the sources' mapping files lie.
MAPPINGS = Path("configs/sources")


class Wording(Settings):
    """One text in Chinese and English."""

    zh: str
    en: str


def plainly(name: str) -> Wording:
    """An identifier as words, the same in both languages.

    >>> plainly("value_tier").en
    'value tier'
    """
    return Wording(zh=name.replace("_", " "), en=name.replace("_", " "))


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


class Horizons(Settings):
    """How far a task looks: horizon_days is trained and served, also_days are labelled as well."""

    horizon_days: PositiveInt
    also_days: tuple[PositiveInt, ...] = ()

    @property
    def horizons(self) -> tuple[int, ...]:
        """All of them, in days, the shortest first."""
        return tuple(sorted({self.horizon_days, *self.also_days}))

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len(set(self.also_days)) < len(self.also_days):
            raise ValueError(f"also_days should differ, found {list(self.also_days)}")
        return self


class Decided(Horizons):
    """costs[actual][decided]: what a decision costs, in the order of the classes, lowest first; the
    class of least expected cost is decided. Left out, every mistake costs 1."""

    costs: tuple[tuple[float, ...], ...] = ()

    def priced(self, names: Sequence[str]) -> Self:
        """Itself. Raises ValueError unless each of the classes `names` has its costs."""
        k = len(names)
        if not self.costs:
            return self
        if [len(row) for row in self.costs] != [k] * k:
            raise ValueError(
                f"costs should have {k} rows of {k} numbers, one for each of {', '.join(names)}; "
                f"found rows of {[len(row) for row in self.costs]}. A source with classes of its "
                "own needs costs of its own: add them under sources"
            )
        for place, row in enumerate(self.costs):
            wrong = [cost for at, cost in enumerate(row) if at != place and not 0 < cost < inf]
            if row[place] != 0 or wrong:
                raise ValueError(
                    f"costs of {names[place]} should be 0 where it is decided and above 0 "
                    f"elsewhere, found {list(row)}"
                )
        return self


class RiskPolicy(Decided):
    """The next declared questionnaire within the horizon is the target."""

    classes: tuple[RiskClass, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _each_level_once(self) -> Self:
        levels = sorted(level for entry in self.classes for level in entry.levels)
        if levels != [1, 2, 3, 4, 5]:
            raise ValueError(
                f"each level from 1 to 5 should stand in exactly one class, found {levels}"
            )
        return self


class ValuePolicy(Decided):
    """The tier of customer asset size at as_of + horizon is the target."""

    tiers: tuple[Tier, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        borders = [tier.from_units for tier in self.tiers]
        if borders != sorted(set(borders)):
            raise ValueError(f"tiers should rise in from_units, found {borders}")
        return self


class ChurnPolicy(Decided):
    """Churned: within the horizon assets fell by asset_loss_share or more, and the customer
    started nothing in the last inactive_days of it (0: activity doesn't matter). Only customers
    with at least minimum_assets_units who started a movement in the active_days before as_of can
    churn.

    inactive_days: one number, or one for each horizon. It is shorter than the horizon: taking
    assets away is a movement too, and the silence follows it.
    """

    asset_loss_share: float = Field(gt=0, le=1)
    inactive_days: NonNegativeInt | Mapping[PositiveInt, NonNegativeInt]
    active_days: PositiveInt
    minimum_assets_units: float = Field(ge=0)
    classes: tuple[ChurnClass, ChurnClass]

    def silence_days(self, horizon_days: int) -> int:
        """inactive_days at this horizon."""
        if isinstance(self.inactive_days, int):
            return self.inactive_days
        return self.inactive_days[horizon_days]

    @model_validator(mode="after")
    def _silence_within_each_horizon(self) -> Self:
        told = self.inactive_days
        if not isinstance(told, int) and (lacking := sorted({*self.horizons} - {*told})):
            raise ValueError(
                f"inactive_days says nothing of the horizons {lacking}; add them, or give one "
                "number"
            )
        for days in self.horizons:
            if self.silence_days(days) >= days:
                raise ValueError(
                    f"inactive_days ({self.silence_days(days)}) should be shorter than the horizon "
                    f"of {days} days: who takes assets away is active then. Lower it, such as "
                    f"inactive_days: {{{days}: {days // 3}, …}}"
                )
        return self


class SegmentPolicy(Settings):
    """Borders in years, rising, between the bands in which base rates are reported."""

    age_years: tuple[PositiveFloat, ...]
    tenure_years: tuple[PositiveFloat, ...]

    @model_validator(mode="after")
    def _rising(self) -> Self:
        for borders in (self.age_years, self.tenure_years):
            if list(borders) != sorted(set(borders)):
                raise ValueError(f"borders should rise, found {list(borders)}")
        return self


class Taxonomy(Settings):
    """The policy in force for one source."""

    risk_appetite: RiskPolicy
    value_tier: ValuePolicy
    churn: ChurnPolicy
    segments: SegmentPolicy

    @model_validator(mode="after")
    def _priced(self) -> Self:
        for task in TASKS:
            self._policy(task).priced(self.classes(task))
        return self

    def classes(self, task: str) -> tuple[str, ...]:
        """Names of the task's classes in their order, lowest first."""
        return tuple(c.name for c in self._entries(task))

    def wordings(self, task: str) -> dict[str, Wording]:
        """The wording of each of the task's classes."""
        return {c.name: c.wording for c in self._entries(task)}

    def horizon_days(self, task: str) -> int:
        """Days after as_of that the label looks at from which the task's models learn."""
        return self._policy(task).horizon_days

    def horizons(self, task: str) -> tuple[int, ...]:
        """All horizons at which the task is labelled, in days, the shortest first."""
        return self._policy(task).horizons

    def costs(self, task: str) -> tuple[tuple[float, ...], ...]:
        """costs[actual][decided] of the task; empty where every mistake costs 1."""
        return self._policy(task).costs

    def _policy(self, task: str) -> Decided:
        if task not in TASKS:
            raise _unknown(task)
        policy: Decided = getattr(self, task)
        return policy

    def _entries(self, task: str) -> tuple[RiskClass | Tier | ChurnClass, ...]:
        if task == "risk_appetite":
            return self.risk_appetite.classes
        if task == "value_tier":
            return self.value_tier.tiers
        if task == "churn":
            return self.churn.classes
        raise _unknown(task)


def _unknown(task: str) -> ConfigError:
    return ConfigError(f"{task!r} is no task. {nearest(task, TASKS)}")


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
