"""One feature: its definition, and what people need to know about it."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, field_validator

from src.core.config import Settings, parse_settings
from src.core.errors import ConfigError, nearest
from src.core.schemas import TASKS
from src.core.taxonomy import Wording
from src.features.definitions.kinds import DEFINITIONS, Definition

Unit = Literal["money", "count", "days", "years", "share", "ratio", "level", "grade", "flag"]


class Feature(Settings):
    """One feature: its definition, and what people need to know about it.

    group: business group. direction: per task +1 or -1 where the business holds that more of it
    means more (or less) of the task's later classes, 0 or absent where it holds nothing.
    actionable: the customer or the bank can move it. sensitive: audited for fairness.
    """

    definition: Definition = Field(discriminator="kind")
    group: str
    unit: Unit
    wording: Wording
    direction: Mapping[str, Literal[-1, 0, 1]] = {}
    actionable: bool = False
    sensitive: bool = False

    @property
    def name(self) -> str:
        """The column's name, derived from the definition."""
        return self.definition.name

    @field_validator("direction")
    @classmethod
    def _known_tasks(cls, direction: Mapping[str, int]) -> Mapping[str, int]:
        for task in direction:
            if task not in TASKS:
                raise ValueError(f"{task!r} is no task. {nearest(task, TASKS)}")
        return direction


def parse_definition(content: Mapping[str, Any], where: str) -> Definition:
    """A definition of the kind that `content` names. Raises ConfigError naming nearest keys."""
    kind = str(content.get("kind"))
    if kind not in DEFINITIONS:
        raise ConfigError(
            f"{where}: unknown kind {kind!r} of definition. {nearest(kind, DEFINITIONS)}"
        )
    return parse_settings(dict(content), DEFINITIONS[kind], where)


def feature_to_json(feature: Feature) -> dict[str, Any]:
    """The feature as plain JSON values."""
    return feature.model_dump(mode="json", exclude_defaults=True) | {
        "definition": feature.definition.model_dump(mode="json", exclude_none=True)
    }


def feature_from_json(entry: Mapping[str, Any]) -> Feature:
    """The feature that `feature_to_json` wrote. Raises ConfigError on anything else."""
    definition = parse_definition(entry.get("definition", {}), where="feature spec")
    return parse_settings(
        {**entry, "definition": definition}, Feature, where=f"feature spec: {definition.name}"
    )
