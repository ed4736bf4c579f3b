"""The words of the data-quality report, and the kinds of rules, from configs/quality.yaml."""

import fnmatch
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self

from pydantic import model_validator

from src.core.config import Settings, load_settings
from src.core.schemas import LEDGER
from src.core.taxonomy import Wording, plainly

QUALITY_FILE = Path("configs/quality.yaml")
Dimension = Literal["completeness", "validity", "uniqueness", "timeliness", "consistency"]


class RuleKind(Settings):
    """A kind of rule by the patterns of its rules' names. fault: rows that it rejects count as
    quarantined for a fault; the others said nothing new or were withdrawn by the source itself."""

    name: str
    patterns: tuple[str, ...]
    dimension: Dimension
    fault: bool
    wording: Wording


class GateText(Settings):
    """What a gate asks, and what to do where it fails."""

    wording: Wording
    advice: Wording


class QualityTexts(Settings):
    """All of configs/quality.yaml. applies: by table.column the SQL over the ledger's columns that
    is true for rows in which the column can have a value; a column not listed applies to all."""

    dimensions: Mapping[Dimension, Wording]
    meanings: Mapping[Dimension, Wording]
    tables: Mapping[str, Wording]
    rules: tuple[RuleKind, ...]
    applies: Mapping[str, str]
    gates: Mapping[str, GateText]

    @model_validator(mode="after")
    def _columns_exist(self) -> Self:
        for name in self.applies:
            table, _, column = name.partition(".")
            if table not in LEDGER or column not in LEDGER[table].arrow.names:
                raise ValueError(f"applies: {name!r} is no column of the ledger")
        return self

    def kind_of(self, rule: str) -> RuleKind:
        """The first kind with a pattern that the rule's name matches; the last kind takes all."""
        for kind in self.rules:
            if any(fnmatch.fnmatchcase(rule, pattern) for pattern in kind.patterns):
                return kind
        return self.rules[-1]

    def table(self, name: str) -> Wording:
        """The table's name in words, or its identifier."""
        return self.tables.get(name) or plainly(name)


def load_quality_texts(path: Path = QUALITY_FILE) -> QualityTexts:
    """Read configs/quality.yaml. Raises ConfigError naming the file, the key and the remedy."""
    return load_settings(path, QualityTexts)
