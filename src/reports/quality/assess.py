"""From the ledger folder to the two outputs: quality.json for machines, the report for people."""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from src.core.engine import EngineParams
from src.core.params.quality import QualityParams
from src.quality.content import content
from src.quality.gates import judge
from src.quality.measures.all import measure
from src.quality.session import open_book
from src.quality.texts import QualityTexts
from src.reports.quality.facts import QualityFacts, samples
from src.reports.quality.report import quality_report


@dataclass(frozen=True)
class Assessment:
    """quality.json's content, and the report as HTML."""

    content: Mapping[str, Any]
    html: str


def assess(
    ledger: Path,
    vault: Path,
    mapped: Mapping[str, Set[str]],
    params: QualityParams,
    texts: QualityTexts,
    engine: EngineParams,
) -> Assessment:
    """Measure the ledger folder, judge the gates, make the report; a failing gate is no error yet.

    mapped: columns that the source's mapping fills, by table. Raises LedgerError if the folder is
    not whole.
    """
    with open_book(ledger, engine) as book:
        measures = measure(book, vault, mapped, params, texts)
        verdicts = judge(measures, params)
        shown = samples(book, params.examples)
        facts = QualityFacts(book.account, measures, verdicts, shown, params, texts)
    return Assessment(content(measures, verdicts), quality_report(facts))
