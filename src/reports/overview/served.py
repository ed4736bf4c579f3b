"""The index of what was decided: each task's served version, and what became of all others."""

from collections.abc import Mapping

from src.models.releases.release import Release
from src.reports.document.page import (
    Block,
    Cell,
    Document,
    Links,
    Note,
    Section,
    Table,
    Text,
    both,
    render,
)
from src.reports.model.status import Status
from src.reports.texts import Texts

_STATES = {
    "served": both("served", "上线"),
    "refused": both("refused", "未予采用"),
    "retired": both("retired", "停用"),
    "candidate": both("candidate", "候选"),
}


def served_index(
    source: str,
    release: Release,
    statuses: Mapping[tuple[str, str], Status],
    texts: Texts,
) -> str:
    """HTML of reports/index.html, which lies beside versions/<task>-<version>.html.

    statuses: what became of each version that was decided on, by (task, version).
    """
    served = [
        (f"versions/{task}-{entry['version']}.html", texts.task(task))
        for task, entry in release.tasks.items()
    ]
    missing: list[Block] = [
        Note(both(f"{texts.task(task).en}: {why}", f"{texts.task(task).zh}:{why}"), "warning")
        for task, why in release.manifest["unsupported"].items()
    ]
    rows = [_row(task, version, status, texts) for (task, version), status in statuses.items()]
    heads = [
        both("Task", "任务"),
        both("Version", "版本"),
        both("State", "状态"),
        both("Since", "自"),
        both("Reason or successor", "原因或替代版本"),
    ]
    history = Table(both("Versions that were decided on", "已决定的版本"), heads, rows[::-1])
    return render(
        Document(
            title=both("What is served", "线上模型"),
            subtitle=both(
                f"Source {source}, release {release.digest}",
                f"数据来源 {source},发布 {release.digest}",
            ),
            sections=[
                Section("served", both("Served", "上线"), [Links(served), *missing]),
                Section("versions", both("All versions", "全部版本"), [history]),
            ],
            footer=both(
                "Written by Kehu whenever it is decided what is served.",
                "由 Kehu 在每次上线决定时生成。",
            ),
        )
    )


def _row(task: str, version: str, status: Status, texts: Texts) -> list[Text | Cell]:
    strong = status.state == "served"
    return [
        texts.task(task),
        Cell(version, strong=strong),
        Cell(_STATES[status.state], strong=strong),
        status.at[:16].replace("T", " "),
        status.replaced_by or status.reason or "–",
    ]
