"""One declared rule that corrects, completes or rejects rows: configs/rules.yaml and mappings."""

from collections.abc import Iterator
from typing import Literal, Self

from pydantic import Field, model_validator

from src.core.config import Settings
from src.core.errors import nearest
from src.core.schemas import LEDGER
from src.sources.mapping.allowed_sql import require_allowed

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

    @property
    def sql(self) -> Iterator[tuple[str, str]]:
        """All SQL of the rule, each with its place."""
        yield "when", self.when
        for kind, values in (("correct", self.correct), ("impute", self.impute)):
            for column, sql in values.items():
                yield f"{kind}.{column}", sql

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if sum((bool(self.correct), bool(self.impute), self.quarantine)) != 1:
            raise ValueError("give exactly one of 'correct', 'impute' and 'quarantine: true'")
        for place, sql in self.sql:
            try:
                require_allowed(sql)
            except ValueError as error:
                raise ValueError(f"rule {self.name!r}: {place}: {error}") from error
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
