"""Part of section 5: what prediction sets hold."""

from collections.abc import Mapping
from typing import Any

from src.reports.document.numbers import figure, interval, percent, whole
from src.reports.document.page import Block, Cell, Paragraph, Subheading, Table, Text, both
from src.reports.model.facts import ReportFacts

_NAMES = {
    "actual": both("actual class", "实际类别"),
    "decided": both("decided class", "判定类别"),
    "as_of": both("as of", "时点"),
    "age_years": both("age", "年龄"),
    "tenure_years": both("years as a customer", "客户年限"),
    "holding_value": both("assets today", "当前资产"),
}


def prediction_sets(facts: ReportFacts) -> list[Block]:
    """Coverage and size of the model's sets, overall and by segment."""
    found: Mapping[str, Any] = facts.metrics.get("sets", {}).get(facts.winner, {})
    if not found:
        return []
    stated = percent(found["stated_coverage"], 0)
    ask = both(
        " A set of more than one class means: ask the customer.", "集合多于一类时:须询问客户。"
    )
    text = both(
        f"A prediction set holds neighbouring classes among which the true one is for {stated} of "
        f"the customers for whom the same is decided (split conformal prediction). On the test "
        f"rows sets hold it for {interval(found['covered'])}, with {figure(found['size'], 2)} "
        f"classes on average and more than one in {percent(found['several'])}."
        + (ask.en if facts.task == "risk_appetite" else ""),
        f"预测集合由相邻类别组成,对判定相同的客户以 {stated} 的概率包含真实类别(分割共形预测)。"
        f"测试样本上覆盖率为 {interval(found['covered'])},平均 {figure(found['size'], 2)} 类,"
        f"{percent(found['several'])} 的集合多于一类。"
        + (ask.zh if facts.task == "risk_appetite" else ""),
    )
    rows: list[list[Text | Cell]] = [
        [
            _NAMES.get(part["segment"], part["segment"]),
            part["value"],
            whole(part["rows"]),
            interval(part["covered"]),
            figure(part["size"], 2),
            percent(part["several"]),
        ]
        for part in found["segments"]
    ]
    heads = [
        both("Segment", "客群"),
        both("Value", "取值"),
        both("Rows", "行数"),
        both("Covered", "覆盖率"),
        both("Classes in a set", "集合类数"),
        both("More than one", "多于一类"),
    ]
    caption = both("Prediction sets by segment", "各客群的预测集合")
    return [
        Subheading(both("Prediction sets", "预测集合")),
        Paragraph(text),
        Table(caption, heads, rows, labels=2),
    ]
