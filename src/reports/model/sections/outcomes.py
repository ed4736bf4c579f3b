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
            bundle.wordings[str(name)].en,
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
        f"Reliability curves of {len(curves)} classes over {len(table)} bins of equal size; the "
        f"largest gap between predicted probability and observed frequency is {gap:.3f}.",
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
        both("By chance, mean", "偶然误差均值"),
        both("By chance, at most", "偶然误差上限"),
        both("Without chance", "去除偶然后"),
        both("Surely miscalibrated", "确定失准"),
    ]
    caption = both(
        "Calibration error of each class, and what it would be by chance alone with so many "
        "customers were the probabilities right",
        "各类别的校准误差,以及概率完全正确时仅由抽样偶然产生的误差",
    )
    return [Table(caption, heads, rows)]


def lift(facts: ReportFacts) -> list[Block]:
    """Tenths by falling probability of the last class, as a figure and a table."""
    bundle = facts.bundle
    top = bundle.wordings[bundle.classes[-1]]
    table = tables.deciles(_labels(facts), _served(facts))
    best = table.iloc[0]
    picture = Picture(
        plots.lift_curve(table["lift"].to_numpy(), table["captured"].to_numpy()),
        f"Lift by tenth of the customers: the first tenth has {best['lift']:.2f} times the base "
        f"rate and holds {percent(best['captured'])} of all positives.",
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
        both("Tenth", "十分位"),
        both("Rows", "行数"),
        top,
        both("Rate", "比率"),
        both("Lift", "提升度"),
        both("Found so far", "累计覆盖"),
    ]
    caption = both(f"Tenths by probability of “{top.en}”", f"按“{top.zh}”概率分十组")
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
