"""One self-contained HTML report per model, in the order of the reviewer's checklist."""

from src.core.taxonomy import Wording
from src.reports.document.page import Document, Note, Section, Tone, both, render
from src.reports.model.facts import ReportFacts, find
from src.reports.model.sections import drivers, fidelity, making, performance, policy, windows
from src.reports.texts import Texts

_FOOTER = both(
    "Made by Kehu from one run of the pipeline; the same data, parameters and seed give the same "
    "report. It names no customer.",
    "由 Kehu 流水线一次运行生成;相同的数据、参数与随机种子得到相同的报告。报告不含客户标识。",
)


def model_report(facts: ReportFacts) -> str:
    """The report on the model that serves a task, as HTML; see ReportFacts for what goes in.

    Raises ModelError if the model's contributions don't add up to its margins.
    """
    findings = find(facts)
    sections = [
        making.identity(facts),
        making.data(facts),
        making.making(facts),
        windows.windows(facts),
        performance.performance(facts),
        drivers.drivers(facts, findings),
        fidelity.fidelity(facts, findings),
        policy.exclusions(facts),
        policy.constraints(facts, findings),
        policy.drift(),
        policy.changes(),
        policy.limits(facts),
        policy.rules(facts),
        policy.sign_off(facts),
    ]
    badge, tone = _badge(facts)
    name = facts.texts.task(facts.task)
    document = Document(
        title=both(f"{name.en}: model report", f"{name.zh}:模型报告"),
        subtitle=both(f"Version {facts.bundle.version}", f"版本 {facts.bundle.version}"),
        badge=badge,
        badge_tone=tone,
        sections=sections,
        footer=_FOOTER,
    )
    return render(document)


def unsupported_report(task: str, reason: str, source: str, texts: Texts) -> str:
    """A short page for a task that the source doesn't support, naming the reason."""
    name = texts.task(task)
    note = Note(
        both(
            f"The source {source} does not support this task, so there is no model: {reason}",
            f"数据来源 {source} 不支持此任务,因此没有模型:{reason}",
        ),
        "warning",
    )
    title = both("No model for this source", "此来源没有模型")
    document = Document(
        title=both(f"{name.en}: model report", f"{name.zh}:模型报告"),
        subtitle=both(f"Source {source}", f"数据来源 {source}"),
        badge=both("Not supported", "不支持"),
        badge_tone="warning",
        sections=[Section("unsupported", title, [note])],
        footer=_FOOTER,
    )
    return render(document)


def _badge(facts: ReportFacts) -> tuple[Wording, Tone]:
    if facts.winner == performance.MODEL:
        return both("The model is served", "采用模型"), "good"
    served = facts.texts.candidate(facts.winner)
    text = both(f"A baseline is served: {served.en}", f"采用基准方案:{served.zh}")
    return text, "warning"
