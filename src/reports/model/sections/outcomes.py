"""Parts of section 5 that compare each test row's prediction with what happened."""

from typing import Any

import numpy as np

from src.models import tables
from src.models.calibration import Floats
from src.reports.document.numbers import day, figure, percent, whole
from src.reports.document.page import Block, Cell, Picture, Table, Text, both
from src.reports.model import plots
from src.reports.model.facts import ReportFacts


def reliability(facts: ReportFacts) -> Picture:
    """Predicted probability against observed frequency."""
    bundle, served = facts.bundle, _served(facts)
    table = tables.reliability(bundle.classes, _labels(facts), served)
    curves = [
        (
            bundle.wordings[str(name)],
            part["confidence"].to_numpy(),
            part["frequency"].to_numpy(),
            part["low"].to_numpy(),
            part["high"].to_numpy(),
            part["rows"].to_numpy(np.float64),
        )
        for name, part in table.groupby("class", sort=False)
    ]
    gap = (table["confidence"] - table["frequency"]).abs().max()
    return Picture(
        plots.reliability(curves),
        both(
            f"Reliability curves of {len(curves)} classes over {len(table)} bins of equal size. "
            f"The largest gap between predicted probability and observed frequency is {gap:.3f}.",
            f"{len(curves)} 个类别、{len(table)} 个等量区间的可靠性曲线;"
            f"预测概率与实际频率的最大差距为 {gap:.3f}。",
        ),
        both(
            "Predicted probability against observed frequency on the test rows; dots by rows, "
            "lines: 95% intervals.",
            "测试样本上的预测概率与实际频率;圆点大小表示行数,竖线为 95% 区间。",
        ),
        narrow=True,
    )


def calibration(facts: ReportFacts) -> list[Block]:
    """The calibration error of each class beside what chance alone makes of it."""
    found = facts.metrics.get("calibration", {}).get(facts.winner, [])
    if not found:
        return []
    rows: list[list[Text | Cell]] = [
        [
            facts.bundle.wordings[one["class"]],
            *(figure(one[name], 4) for name in ("error", "if_calibrated", "at_most", "debiased")),
            both("yes", "是") if one["surely"] else both("no", "否"),
        ]
        for one in found
    ]
    heads = [
        both("Class", "类别"),
        both("Calibration error", "校准误差"),
        both("Sampling noise, mean", "抽样误差均值"),
        both("Sampling noise, at most", "抽样误差上限"),
        both("Without sampling noise", "去除抽样误差后"),
        both("Significant", "统计显著"),
    ]
    caption = both(
        "Calibration error of each class, and what sampling noise alone would make of it if the "
        "probabilities were right",
        "各类别的校准误差,以及概率完全正确时仅由抽样误差产生的部分",
    )
    return [Table(caption, heads, rows)]


def lift(facts: ReportFacts) -> list[Block]:
    """Deciles by falling probability of the last class, as a figure and a table."""
    bundle = facts.bundle
    top = bundle.wordings[bundle.classes[-1]]
    table = tables.deciles(_labels(facts), _served(facts))
    best = table.iloc[0]
    picture = Picture(
        plots.lift_curve(table["lift"].to_numpy(), table["captured"].to_numpy()),
        both(
            f"Lift by decile: the first decile has {best['lift']:.2f} times the base rate and "
            f"holds {percent(best['captured'])} of all positives.",
            f"各十分位的提升度:第一组为基准比率的 {best['lift']:.2f} 倍,"
            f"覆盖全部正例的 {percent(best['captured'])}。",
        ),
        both(f"By falling probability of “{top.en}”.", f"按“{top.zh}”概率由高到低。"),
        narrow=True,
    )
    rows = [
        [
            whole(row["decile"]),
            whole(row["rows"]),
            whole(row["positives"]),
            percent(row["rate"]),
            figure(row["lift"], 2),
            percent(row["captured"]),
        ]
        for row in table.to_dict("records")
    ]
    heads = [
        both("Decile", "十分位"),
        both("Rows", "行数"),
        top,
        both("Rate", "比率"),
        both("Lift", "提升度"),
        both("Cumulative gain", "累计覆盖"),
    ]
    caption = both(f"Deciles by probability of “{top.en}”", f"按“{top.zh}”概率分十组")
    return [picture, Table(caption, heads, rows)]


def confusion(facts: ReportFacts) -> Table:
    """Actual against decided class."""
    bundle = facts.bundle
    table = tables.confusion(bundle.classes, _labels(facts), _served(facts), bundle.costs)
    rows: list[list[Text | Cell]] = []
    for actual, part in table.groupby("actual", sort=False):
        cells = [
            Cell(f"{whole(row['rows'])} ({percent(row['share'], 0)})", shade=float(row["share"]))
            for row in part.to_dict("records")
        ]
        rows.append([bundle.wordings[str(actual)], *cells])
    return Table(
        both("Actual class (rows) against decided class (columns)", "实际类别(行)与判定类别(列)"),
        [both("Actual", "实际"), *(bundle.wordings[name] for name in bundle.classes)],
        rows,
    )


def months(facts: ReportFacts) -> Table:
    """The yardsticks at each snapshot."""
    bundle = facts.bundle
    table = tables.by_month(
        facts.test["as_of"], bundle.classes, _labels(facts), _served(facts), bundle.costs
    )
    names = [name for name in table.columns if name not in ("as_of", "rows")]
    return Table(
        both("Figures by snapshot", "逐期指标"),
        [both("As of", "时点"), both("Rows", "行数"), *map(facts.texts.yardstick, names)],
        [
            [day(row["as_of"]), whole(row["rows"]), *(figure(float(row[name])) for name in names)]
            for row in table.to_dict("records")
        ],
    )


def _labels(facts: ReportFacts) -> Any:
    return facts.test["label"].to_numpy(np.int64)


def _served(facts: ReportFacts) -> Floats:
    return facts.probabilities[facts.winner]
