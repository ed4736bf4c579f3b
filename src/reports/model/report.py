"""One self-contained HTML report per model, in the order of the reviewer's checklist."""

from src.reports.document.page import Badge, Document, Note, Section, both, render
from src.reports.model.facts import ReportFacts, find
from src.reports.model.sections import data, drivers, fidelity, making, performance, policy, windows
from src.reports.model.status import Status, status_slot
from src.reports.texts import Texts

_FOOTER = both(
    "Made by Kehu from one run of the pipeline; the same code, data, parameters and seed give the "
    "same report, but for the status. It names no customer.",
    "由 Kehu 流水线一次运行生成;相同的代码、数据、参数与随机种子得到相同的报告(状态除外)。"
    "报告不含客户标识。",
)


def model_report(facts: ReportFacts) -> str:
    """The report on a run's choice for a task, as HTML; see ReportFacts for what goes in.

    It says that the model is a candidate; status.with_status makes it say what became of it.
    Raises ModelError if the model's contributions don't add up to its margins.
    """
    findings = find(facts)
    sections = [
        making.identity(facts),
        data.data(facts),
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
    name, chosen = facts.texts.task(facts.task), facts.texts.candidate(facts.winner)
    version = facts.bundle.version
    document = Document(
        title=both(f"{name.en}: model report", f"{name.zh}:模型报告"),
        subtitle=both(f"Version {version}: {chosen.en}", f"版本 {version}:{chosen.zh}"),
        header=[status_slot(Status())],
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
        header=[Badge(both("Not supported", "不支持"), "warning")],
        sections=[Section("unsupported", title, [note])],
        footer=_FOOTER,
    )
    return render(document)
