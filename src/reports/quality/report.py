"""The data-quality report: one self-contained page for people."""

from src.reports.document.page import Badge, Document, both, render
from src.reports.quality.facts import QualityFacts
from src.reports.quality.sections.change import change
from src.reports.quality.sections.deliveries import deliveries
from src.reports.quality.sections.evidence import identities, lineage, quarantine, rules
from src.reports.quality.sections.overview import failures, overview
from src.reports.quality.sections.tables import tables


def quality_report(facts: QualityFacts) -> str:
    """HTML of data_quality.html: the same bytes for the same ledger."""
    fails = len(failures(facts))
    badge = (
        Badge(both(f"{fails} gates failed", f"{fails} 项闸门未通过"), "bad")
        if fails
        else Badge(both("All gates passed", "闸门全部通过"), "good")
    )
    source = facts.account.source
    document = Document(
        title=both("Data quality", "数据质量"),
        subtitle=both(f"Source {source}", f"数据来源 {source}"),
        header=[badge],
        sections=[
            overview(facts),
            deliveries(facts),
            *tables(facts),
            change(facts),
            rules(facts),
            identities(facts),
            quarantine(facts),
            lineage(facts),
        ],
        footer=both(
            "Made by Kehu from one run of the pipeline; the same figures for machines stand in "
            "quality.json.",
            "由 Kehu 流水线一次运行生成;机器可读的相同数据见 quality.json。",
        ),
    )
    return render(document)
