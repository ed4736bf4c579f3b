"""All measures of a ledger, in one session."""

from collections.abc import Mapping, Set
from pathlib import Path

from src.core.params.quality import QualityParams
from src.core.progress import step
from src.quality.figures.measures import Measures
from src.quality.measures import consistency, timeliness, uniqueness, validity
from src.quality.measures.completeness import Columns, completeness
from src.quality.measures.copies import copies
from src.quality.measures.drift import Comparison, drift
from src.quality.session import Book
from src.quality.texts import QualityTexts
from src.sources.mapping.mapping import SourceMapping

STAGE = "quality"


def mapped_columns(mapping: SourceMapping) -> dict[str, set[str]]:
    """The ledger columns that a mapping fills, by table."""
    return {
        table: {c for e in entries for c in (*e.columns, *(name for row in e.rows for name in row))}
        for table, entries in mapping.tables.items()
    }


def measure(
    book: Book,
    vault: Path,
    mapped: Mapping[str, Set[str]],
    params: QualityParams,
    texts: QualityTexts,
) -> Measures:
    """Every figure of the ledger that integration wrote.

    vault: where the cross-reference and links lie; only counts of them are read. mapped: columns
    that the source's mapping fills, by table. Time grows with the rows; memory stays within the
    engine's limit.
    """
    gates = params.gates_of(book.account.source)
    with step(STAGE, "completeness and validity"):
        columns = Columns(texts.applies, mapped, frozenset(gates.min_completeness))
        filled = completeness(book, columns)
        rejected, changed = validity.rejected(book, texts), validity.changed(book)
        unreadable = validity.unreadable(book, texts)
    with step(STAGE, "uniqueness and timeliness"):
        keys = uniqueness.keys(book)
        identities = uniqueness.identities(book, vault)
        delays, series = timeliness.delays(book, params.late_after_days), timeliness.series(book)
    with step(STAGE, "consistency"):
        references, controls = consistency.references(book), consistency.controls(book)
        statements, presence = consistency.statements(book), consistency.presence(book)
    with step(STAGE, "drift"):
        ignored = frozenset(params.drift_ignored)
        how = Comparison(
            params.drift_bins,
            params.drift_min_rows,
            ignored,
            params.drift_lookback,
            gates.max_drift,
            gates.max_null_drift,
        )
        moved = drift(book, how)
    return Measures(
        source=book.account.source,
        data_end=book.account.data_end,
        filled=tuple(filled),
        rejected=tuple(rejected),
        unreadable=tuple(unreadable),
        changed=tuple(changed),
        keys=tuple(keys),
        copies=tuple(copies(book)),
        identities=identities,
        delays=tuple(delays),
        series=tuple(series),
        controls=tuple(controls),
        references=tuple(references),
        statements=tuple(statements),
        presence=tuple(presence),
        drift=tuple(moved),
    )
