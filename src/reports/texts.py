"""The bank's own words in reports, from configs/wordings.yaml."""

from collections.abc import Mapping
from pathlib import Path

from src.core.config import Settings, load_settings
from src.core.taxonomy import Wording, plainly


class TaskText(Settings):
    """What one model is for, and what it must not be used for."""

    name: Wording
    purpose: Wording
    excluded: Wording


class RuleText(Settings):
    """One rule that was considered: a pointer for a reviewer, not advice."""

    name: str
    since: str
    what: Wording
    section: str


class Heading(Settings):
    """A heading that a standard asks for, and the sections that answer it."""

    heading: Wording
    section: str


class Texts(Settings):
    """All of configs/wordings.yaml."""

    owner: Wording
    users: Wording
    tasks: Mapping[str, TaskText]
    candidates: Mapping[str, Wording]
    yardsticks: Mapping[str, Wording]
    deciding: Mapping[str, Wording]
    groups: Mapping[str, Wording]
    limits: tuple[Wording, ...]
    rules_as_of: str
    rules: tuple[RuleText, ...]
    disclosure: tuple[Heading, ...]

    def task(self, name: str) -> Wording:
        """The task's name in words, or its identifier."""
        return self.tasks[name].name if name in self.tasks else plainly(name)

    def candidate(self, name: str) -> Wording:
        """The candidate's name in words, or its identifier."""
        return self.candidates.get(name) or plainly(name)

    def yardstick(self, name: str) -> Wording:
        """The yardstick's name in words, or its identifier."""
        return self.yardsticks.get(name) or plainly(name)

    def group(self, name: str) -> Wording:
        """The business group's name in words, or its identifier."""
        return self.groups.get(name) or plainly(name)


def load_texts(path: Path) -> Texts:
    """Read configs/wordings.yaml. Raises ConfigError naming the file, the key and the remedy."""
    return load_settings(path, Texts)
