"""Part of section 5: the expected asset size beside the tier."""

from collections.abc import Mapping
from typing import Any

from src.models.amounts import tenths
from src.reports.document.numbers import figure, interval, percent, whole
from src.reports.document.page import Block, Cell, Paragraph, Subheading, Table, Text, both
from src.reports.model.facts import ReportFacts


def expected_assets(facts: ReportFacts) -> list[Block]:
    """Order, level and interval of what customers are expected to hold; nothing for other tasks."""
    found: Mapping[str, Any] = facts.metrics.get("assets", {})
    if not found or facts.amounts is None:
        return []
    stated = percent(found["stated_coverage"], 0)
    order, today = interval(found["gini"], 4), interval(found["gini_of_today"], 4)
    lead, covered = interval(found["lead"], 4), interval(found["covered"])
    text = both(
        f"Normalised Gini of the expected amount {order}; of what is held today {today}; lead "
        f"{lead}. All that was expected is {figure(found['total'], 3)} of all that came. Intervals "
        f"of {stated} hold {covered} of the amounts; half of them are narrower than "
        f"{figure(found['width'], 2)} of the expected amount.",
        f"预期金额的标准化基尼系数 {order};当前资产 {today};优势 {lead}。"
        f"预期总额为实际总额的 {figure(found['total'], 3)}。"
        f"{stated} 区间覆盖 {covered} 的金额;区间宽度与预期金额之比的中位数为 "
        f"{figure(found['width'], 2)}。",
    )
    rows: list[list[Text | Cell]] = [
        [
            whole(row["tenth"]),
            whole(row["rows"]),
            *(whole(row[name]) for name in ("expected", "actual", "low", "high")),
            percent(row["covered"]),
            percent(row["share"]),
        ]
        for row in tenths(facts.amounts).to_dict("records")
    ]
    heads = [
        both("Decile", "十分位"),
        both("Rows", "行数"),
        both("Expected", "预期"),
        both("Came", "实际"),
        both("From", "下限"),
        both("To", "上限"),
        both("Within", "区间内"),
        both("Share of all", "占总额"),
    ]
    unit = facts.currency
    caption = both(f"Deciles by expected amount, means in {unit}", f"按预期金额分十组(均值,{unit})")
    return [
        Subheading(both("Expected assets", "预期资产")),
        Paragraph(text),
        Table(caption, heads, rows),
    ]
