"""The report on labels: what is predicted, which rows have a label, and how often each class is."""

from collections.abc import Mapping, Sequence
from typing import Any

from src.core.taxonomy import Taxonomy, Wording
from src.reports.document.numbers import percent, whole
from src.reports.document.page import (
    Badge,
    Block,
    Cell,
    Document,
    Note,
    Paragraph,
    Section,
    Subheading,
    Table,
    Text,
    both,
    render,
)
from src.reports.labels.texts import REASON_TEXTS, SEGMENT_NAMES, VALUE_NAMES, target
from src.reports.texts import Texts

Counts = Mapping[str, Any]
_ROWS = both("Rows of the spine", "快照行数")
_LABELLED = both("Labelled", "有标签")


def label_report(
    account: Mapping[str, Mapping[str, Any]], taxonomy: Taxonomy, source: str, texts: Texts
) -> str:
    """labels.html: account is the content of labels.json."""
    sections = [
        Section("overview", both("Overview", "总览"), [_overview(account, taxonomy, texts)])
    ]
    sections += [
        Section(task, texts.task(task), _of_task(task, entry, taxonomy))
        for task, entry in account.items()
    ]
    without = [task for task, entry in account.items() if not entry["supported"]]
    document = Document(
        title=both("Labels", "标签"),
        subtitle=both(f"Source {source}", f"数据来源 {source}"),
        header=[
            Badge(
                both(f"{len(without)} tasks not supported", f"{len(without)} 项任务不支持"),
                "warning",
            )
            if without
            else Badge(both("All tasks are supported", "支持全部任务"), "good")
        ],
        sections=sections,
        footer=both(
            "Made by Kehu from one run of the pipeline. It names no customer; the same figures for "
            "machines stand in labels.json.",
            "由 Kehu 流水线一次运行生成,不含客户标识;机器可读的相同数据见 labels.json。",
        ),
    )
    return render(document)


def _overview(account: Mapping[str, Counts], taxonomy: Taxonomy, texts: Texts) -> Block:
    rows: list[list[Text | Cell]] = []
    for task, entry in account.items():
        for days, found in entry.get("horizons", {}).items():
            is_served = int(days) == entry["horizon_days"]
            rows.append(
                [
                    texts.task(task),
                    Cell(both(f"{days} days", f"{days} 天"), strong=is_served),
                    both("trained and served", "训练并采用") if is_served else "",
                    whole(found["spine_rows"]),
                    whole(found["rows"]),
                    whole(found["customers"]),
                    _in_words(found["base_rates"], taxonomy.wordings(task)),
                    both("no", "否") if found["untrainable"] else both("yes", "是"),
                ]
            )
    columns: list[Text] = [
        both("Task", "任务"),
        both("Horizon", "预测期"),
        "",
        _ROWS,
        _LABELLED,
        both("Customers", "客户数"),
        both("Base rates", "基准比率"),
        both("Can be learned from", "可用于训练"),
    ]
    return Table(both("Tasks and horizons", "任务与预测期"), columns, rows, labels=3)


def _of_task(task: str, entry: Counts, taxonomy: Taxonomy) -> list[Block]:
    blocks: list[Block] = []
    if not entry["supported"]:
        text = f"Not supported: {entry['reason']}", f"不支持:{entry['reason']}"
        blocks.append(Note(both(*text), "warning"))
    horizons: Mapping[str, Counts] = entry.get("horizons", {})
    if not horizons:
        return blocks
    if "delivered" in entry:
        blocks.append(_delivered(entry))
    blocks.append(_reasons(horizons))
    wordings, tiers = taxonomy.wordings(task), taxonomy.wordings("value_tier")
    for days, found in horizons.items():
        blocks.append(Subheading(both(f"{days} days", f"{days} 天")))
        if "delivered" not in entry:
            blocks.append(Paragraph(target(task, taxonomy, int(days))))
        if found["rows"]:
            blocks += [_by_month(found, wordings), _by_segment(found, wordings, tiers)]
    return blocks


def _delivered(entry: Counts) -> Block:
    least, most = entry["delivered"]["known_after_days"]
    horizon = entry["horizon_days"]
    late = most > horizon
    more = (
        " Some became known later than the horizon: if their window is as long, raise "
        "horizon_days, for the gap between development and test is no longer than that."
        if late
        else ""
    )
    more_zh = "部分标签晚于预测期才已知:若其窗口确实更长,请调大 horizon_days。" if late else ""
    text = both(
        f"The source delivers these labels: they alone count, at the policy's {horizon} days. They "
        f"became known {least:g} to {most:g} days after their snapshot.{more}",
        f"标签由数据来源提供,仅采用这些标签,预测期按政策为 {horizon} 天;"
        f"标签在快照后 {least:g} 至 {most:g} 天已知。{more_zh}",
    )
    return Note(text, "warning" if late else "plain")


def _reasons(horizons: Mapping[str, Counts]) -> Table:
    """Each row of the spine once: with a label, or under the first reason that holds."""
    found = list(horizons.values())
    rows: list[list[Text | Cell]] = [
        [_LABELLED, *(Cell(_share_of(each["rows"], each), strong=True) for each in found)]
    ]
    for reason, text in REASON_TEXTS.items():
        counts = [each["unlabelled"].get(reason, 0) for each in found]
        if any(counts):
            rows.append([text, *map(_share_of, counts, found)])
    rows.append([_ROWS, *(whole(each["spine_rows"]) for each in found)])
    columns: list[Text] = ["", *(both(f"{days} days", f"{days} 天") for days in horizons)]
    return Table(
        both("Rows with a label, and why others have none", "标签与无标签原因"), columns, rows
    )


def _by_month(found: Counts, wordings: Mapping[str, Wording]) -> Table:
    rows = [[each["month"], *_figures(each, wordings)] for each in found["by_month"]]
    columns = [both("Month of the snapshot", "快照月份"), *_columns(wordings)]
    return Table(both("Base rates by month", "按月基准比率"), columns, rows)


def _by_segment(
    found: Counts, wordings: Mapping[str, Wording], tiers: Mapping[str, Wording]
) -> Table:
    rows: list[list[Text | Cell]] = []
    for segment, entries in found["by_segment"].items():
        for place, each in enumerate(entries):
            name = "" if place else SEGMENT_NAMES[segment]
            value = VALUE_NAMES.get(each["value"]) or tiers.get(each["value"], each["value"])
            rows.append([name, value, *_figures(each, wordings)])
    columns = [both("Segment", "分组"), "", *_columns(wordings)]
    return Table(both("Base rates by segment", "按分组基准比率"), columns, rows, labels=2)


def _columns(wordings: Mapping[str, Wording]) -> list[Text]:
    return [_ROWS, _LABELLED, *wordings.values()]


def _figures(counts: Counts, wordings: Mapping[str, Wording]) -> list[Text | Cell]:
    """Rows, labelled rows, and each class with its count, shaded by its share."""
    rates = counts["base_rates"]
    cells: list[Text | Cell] = [whole(counts["spine_rows"]), whole(counts["rows"])]
    for name in wordings:
        text = f"{percent(rates[name])} ({whole(counts['class_rows'][name])})" if rates else "–"
        cells.append(Cell(text, shade=rates.get(name, 0.0)))
    return cells


def _share_of(rows: int, counts: Counts) -> str:
    return f"{whole(rows)} ({percent(rows / max(counts['spine_rows'], 1))})"


def _in_words(rates: Mapping[str, float], wordings: Mapping[str, Wording]) -> Text:
    def listed(names: Sequence[tuple[str, float]], mark: str) -> str:
        return mark.join(f"{name} {percent(rate)}" for name, rate in names)

    if not rates:
        return "–"
    return both(
        listed([(wording.en, rates[name]) for name, wording in wordings.items()], ", "),
        listed([(wording.zh, rates[name]) for name, wording in wordings.items()], ","),
    )
