"""One declared rule that corrects, completes or rejects rows: configs/rules.yaml and mappings."""

from typing import Literal, Self

from pydantic import Field, model_validator

from src.core.config import Settings
from src.core.errors import nearest
from src.core.schemas import LEDGER

RuleKind = Literal["correct", "impute", "quarantine"]


class Rule(Settings):
    """What is wrong with rows of a staged ledger table, and what is done about it.

    when: SQL that is true for rows at fault, over the ledger's columns, the entry's `aside`
    columns, _delivered and _file; window functions may look at other rows. Exactly one of
    correct: ledger column -> SQL of its right value; impute: the same, only where the column is
    empty, noted in `imputed`; quarantine: true.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    table: str
    reason: str = Field(min_length=1)
    when: str
    correct: dict[str, str] = Field(default={})
    impute: dict[str, str] = Field(default={})
    quarantine: bool = False

    @property
    def kind(self) -> RuleKind:
        """What the rule does."""
        if self.quarantine:
            return "quarantine"
        return "correct" if self.correct else "impute"

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if sum((bool(self.correct), bool(self.impute), self.quarantine)) != 1:
            raise ValueError("give exactly one of 'correct', 'impute' and 'quarantine: true'")
        if self.table not in LEDGER:
            raise ValueError(f"{self.table!r} is no ledger table. {nearest(self.table, LEDGER)}")
        known = [column.name for column in LEDGER[self.table].columns]
        for column in (*self.correct, *self.impute):
            if column not in known:
                raise ValueError(
                    f"rule {self.name!r}: {column!r} is no column of {self.table}. "
                    f"{nearest(column, known)}"
                )
        return self
