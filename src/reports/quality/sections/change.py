"""Drift against the delivery before."""

from src.quality.figures.drift import Drift
from src.reports.document.numbers import figure, percent
from src.reports.document.page import Block, Note, Paragraph, Picture, Section, Table, Text, both
from src.reports.quality import charts
from src.reports.quality.facts import QualityFacts

_MOST_ROWS, _MOST_CHARTS = 25, 6


def change(facts: QualityFacts) -> Section:
    """The columns that moved most, with charts of the weightiest."""
    title = both("Drift against the delivery before", "与上次交付的差异")
    found = sorted(facts.measures.drift, key=lambda d: (-_weight(d), d.table, d.column, d.series))
    if not found:
        text = both(
            "No file was delivered twice with enough rows, so there is nothing to compare.",
            "没有文件以足够的行数交付过两次,无从比较。",
        )
        return Section("drift", title, [Note(text)])
    blocks: list[Block] = [
        Paragraph(
            both(
                "The last delivery of each file against the one before. The population stability "
                "index is 0 for equal distributions; the value expected by chance for so many rows "
                "stands beside it, and the gate judges what goes beyond; where it is much, against "
                "the most alike of the deliveries before, for what comes once a season is no "
                "damage. The shift of the median is in interquartile ranges of the delivery "
                "before.",
                "每个文件最近一次交付与上一次的比较。两次分布相同时稳定性指数为 0;"
                "旁边列出该行数下的随机期望值,闸门只判定超出部分;"
                "超出较多时,以此前各次交付中最相似的一次为准,季节性变化不算损坏。"
                "中位数位移以上次交付的四分位距为单位。",
            )
        ),
        _table(found),
    ]
    moved = [d for d in found if d.excess and d.bins][:_MOST_CHARTS]
    return Section("drift", title, blocks + [_chart(d) for d in moved])


def _weight(drift: Drift) -> float:
    return max(drift.excess or 0.0, abs(drift.empty_change or 0.0))


def _table(found: list[Drift]) -> Table:
    rows: list[list[Text]] = []
    for drift in found[:_MOST_ROWS]:
        empty = (drift.empty_before / drift.rows_before, drift.empty_now / drift.rows_now)
        names = [f"+{name}" for name in drift.new] + [f"−{name}" for name in drift.vanished]
        rows.append(
            [
                f"{drift.table}.{drift.column}",
                drift.series,
                figure(drift.stability),
                figure(drift.by_chance),
                figure(drift.least_excess),
                "–" if drift.shift is None else f"{drift.shift:+.2f}",
                f"{percent(empty[0])} → {percent(empty[1])}",
                ", ".join(names) or "–",
            ]
        )
    return Table(
        both("Columns, the most moved first", "各列(变化最大者在前)"),
        [
            both("Column", "列"),
            both("File", "文件"),
            both("Stability index", "稳定性指数"),
            both("Sampling noise", "抽样误差"),
            both("Gate's figure", "闸门所用"),
            both("Median shift", "中位数位移"),
            both("Empty", "空值"),
            both("New and vanished", "新增与消失"),
        ],
        rows,
        labels=2,
    )


def _chart(drift: Drift) -> Picture:
    shown = drift.bins[:12]
    before, now = sum(b for _, b, _ in drift.bins), sum(n for *_, n in drift.bins)
    name = f"{drift.table}.{drift.column}"
    return Picture(
        charts.pairs(
            [b / max(before, 1) for _, b, _ in shown],
            [n / max(now, 1) for *_, n in shown],
            [label for label, *_ in shown],
        ),
        both(
            f"Shares of {name} in the delivery before and the last one over {len(shown)} bins; "
            f"stability index {figure(drift.stability)}.",
            f"{name} 在上次与最近一次交付中 {len(shown)} 个区间的占比;"
            f"稳定性指数 {figure(drift.stability)}。",
        ),
        both(
            f"{name}: pale, the delivery before; strong, the last one",
            f"{name}:浅色为上次交付,深色为最近一次",
        ),
        narrow=True,
    )
