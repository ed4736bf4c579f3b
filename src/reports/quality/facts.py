"""Everything that a data-quality report is made from, read once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from src.core.params.quality import QualityParams
from src.core.schemas import LEDGER
from src.quality.account import Account
from src.quality.figures.measures import Measures
from src.quality.lineage import Origin, origins
from src.quality.session import Book
from src.quality.texts import QualityTexts
from src.quality.verdict import Verdict

_MOST_CHARACTERS = 400


@dataclass(frozen=True)
class Example:
    """One row in quarantine: where it stood, which rule, and the row with private values masked."""

    table: str
    rule: str
    file: str
    line: int
    row: str


@dataclass(frozen=True)
class Samples:
    """Single rows that the report shows: quarantined ones, and one row's lineage by table."""

    examples: tuple[Example, ...]
    lineage: Mapping[str, Origin]


@dataclass(frozen=True)
class QualityFacts:
    """What the report is made from."""

    account: Account
    measures: Measures
    verdicts: Sequence[Verdict]
    samples: Samples
    params: QualityParams
    texts: QualityTexts

    @property
    def rules(self) -> Sequence[Mapping[str, Any]]:
        """The rules applied, as integration counted them."""
        return self.account.rules


def samples(book: Book, examples: int) -> Samples:
    """The first `examples` quarantined rows of each table and rule, and a row of each of customers,
    transactions and balances that a rule changed, else the table's first, with its lineage."""
    found = book.ask(
        'SELECT "table", rule, file, line, row FROM quarantine QUALIFY row_number() OVER '
        f'(PARTITION BY "table", rule ORDER BY file, line, row) <= {examples} '
        'ORDER BY "table", rule, file, line, row'
    )
    shown = [
        Example(table, rule, file, line, _cut(text)) for table, rule, file, line, text in found
    ]
    lineage = {}
    for table in ("customers", "transactions", "balances"):
        row = book.row(
            f"SELECT coalesce((SELECT min(l.row) FROM lineage_{table} AS l SEMI JOIN (SELECT * "
            f"FROM corrections WHERE \"table\" = '{table}') AS c USING (file, line)), 0), "
            f"(SELECT count(*) FROM {table})"
        )
        if row[1]:
            (lineage[table],) = origins(book, table, [row[0]])
    return Samples(tuple(shown), lineage)


def order_of(table: str) -> int:
    """The table's place among the ledger's tables."""
    return list(LEDGER).index(table) if table in LEDGER else len(LEDGER)


def _cut(text: str | None) -> str:
    row = text or ""
    return row if len(row) <= _MOST_CHARACTERS else row[: _MOST_CHARACTERS - 1] + "…"
