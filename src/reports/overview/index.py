"""The index page that links the reports and holds the summary."""

from collections.abc import Mapping
from typing import Any

from src.core.taxonomy import Wording
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
from src.reports.overview.summary import TaskSummary, summarise
from src.reports.texts import Texts


def index_page(
    metrics: Mapping[str, Mapping[str, Any]],
    unsupported: Mapping[str, str],
    source: str,
    texts: Texts,
    served: Mapping[str, str] | None = None,
    versions: Mapping[str, str] | None = None,
    kept: Mapping[str, str] | None = None,
) -> str:
    """HTML of index.html, which lies beside <task>.html, labels.html and
    data_quality.html. Arguments as in
    `summarise`.

    versions: per task the served bundle's version.
    """
    summaries = summarise(metrics, unsupported, served, kept)
    notes = [Note(_note(s, texts), "warning") for s in summaries if s.note]
    rows = [row for s in summaries for row in _rows(s, metrics, texts)]
    blocks: list[Block] = [*notes, *([_table(rows)] if rows else [])]
    models = [(f"{s.task}.html", _link(s.task, texts, versions or {})) for s in summaries]
    links = Links(
        [
            *models,
            ("labels.html", both("Labels", "标签")),
            ("data_quality.html", both("Data quality", "数据质量")),
        ]
    )
    document = Document(
        title=both("Model reports", "模型报告"),
        subtitle=both(f"Source {source}", f"数据来源 {source}"),
        sections=[
            Section("figures", both("Figures", "指标"), blocks),
            Section("reports", both("Reports", "报告"), [links]),
        ],
        footer=both("Made by Kehu from one run of the pipeline.", "由 Kehu 流水线一次运行生成。"),
    )
    return render(document)


def _rows(
    summary: TaskSummary, metrics: Mapping[str, Mapping[str, Any]], texts: Texts
) -> list[list[Text | Cell]]:
    rows: list[list[Text | Cell]] = []
    for candidate, figure, lead, is_served in summary.rows:
        strong = bool(is_served)
        yardstick = texts.yardstick(metrics[summary.task]["primary"]["name"])
        rows.append(
            [
                "" if rows else texts.task(summary.task),
                "" if rows else yardstick,
                Cell(texts.candidate(candidate), strong=strong),
                Cell(figure, strong=strong),
                lead or "–",
                both("served", "采用") if is_served else "",
            ]
        )
    return rows


def _table(rows: list[list[Text | Cell]]) -> Table:
    return Table(
        both("Figures on the test rows with intervals", "测试样本上的指标及区间"),
        [
            both("Task", "任务"),
            both("Yardstick", "指标"),
            both("Candidate", "候选方案"),
            both("Figure", "数值"),
            both("The model's lead", "模型的优势"),
            both("Served", "采用"),
        ],
        rows,
        labels=3,
    )


def _note(summary: TaskSummary, texts: Texts) -> Wording:
    name = texts.task(summary.task)
    if summary.kept and not summary.rows:
        zh = "继续采用此前训练的模型;本次未能训练模型,原因见英文。"
    elif summary.kept:
        zh = (
            "继续采用此前训练的模型;本次训练的模型未予采用,原因见英文。下列报告描述本次训练的模型。"
        )
    elif summary.served:
        served = texts.candidate(summary.served).zh
        zh = f"采用基准方案“{served}”,模型未能确定优于全部基准或未通过闸门。"
    else:
        zh = f"此数据来源不支持:{summary.note.removeprefix('not supported: ')}"
    about = " The report below is on this run's winner." if summary.kept and summary.rows else ""
    return both(f"{name.en}: {summary.note}{about}", f"{name.zh}:{zh}")


def _link(task: str, texts: Texts, versions: Mapping[str, str]) -> Wording:
    name = texts.task(task)
    version = f" ({versions[task]})" if task in versions else ""
    return both(f"{name.en}{version}", name.zh)
