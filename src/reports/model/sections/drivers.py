"""Section 6: what drives the model over all customers."""

import math

import numpy as np

from src.core.taxonomy import Wording
from src.explain.drivers import FeatureDriver
from src.explain.reasons import without_reasons
from src.reports.document.numbers import figure, percent, whole
from src.reports.document.page import (
    Bar,
    Bars,
    Block,
    Note,
    Paragraph,
    Picture,
    Section,
    Subheading,
    Table,
    both,
)
from src.reports.model import plots
from src.reports.model.facts import Findings, ReportFacts
from src.reports.model.sections.shared import NOT_MEASURED

_SHOWN = 15


def drivers(facts: ReportFacts, findings: Findings) -> Section:
    """6: importance by group and feature, direction, dependence, stability."""
    title = both("Global drivers", "总体驱动因素")
    if not findings.drivers:
        return Section("drivers", title, [Note(without_reasons(facts.bundle), "warning")])
    columns = [driver.name for driver in findings.drivers]
    places = [findings.explanation.features.index(name) for name in columns]
    values = findings.X[columns].to_numpy(np.float64)
    upwards = findings.explanation.upwards()[:, places]
    later = facts.bundle.wordings[facts.bundle.classes[-1]]
    blocks: list[Block] = [
        _how_to_read(findings),
        _groups(facts, findings),
        _features(facts, findings),
        Picture(
            plots.beeswarm(findings.drivers, values, upwards),
            both(
                f"Beeswarm plot of the contributions of the {min(len(columns), _SHOWN)} weightiest "
                "features; the table above gives each one's weight and direction.",
                f"最重要的 {min(len(columns), _SHOWN)} 个特征的贡献分布;各特征的占比与方向见上表。",
            ),
            both(
                f"Each dot is one test row: right is towards “{later.en}”; red is a high value.",
                f"每点为一行测试样本:越靠右越倾向“{later.zh}”;红色表示取值较高。",
            ),
        ),
        Picture(
            plots.dependence(findings.drivers, values, upwards),
            both(
                "Contribution against value for the weightiest features: "
                + "; ".join(f"{d.wording.en}: {_trend(d).en}" for d in findings.drivers[:6])
                + ".",
                "最重要特征的贡献随取值的变化:"
                + ";".join(f"{d.wording.zh}:{_trend(d).zh}" for d in findings.drivers[:6])
                + "。",
            ),
            both(
                "Contribution against value, with the direction that the business declares.",
                "贡献随取值的变化,标题注明业务允许的方向。",
            ),
        ),
        Subheading(both("Interactions", "交互作用")),
        NOT_MEASURED,
        Subheading(both("Stability over time", "随时间的稳定性")),
        _stability(findings),
    ]
    return Section("drivers", title, blocks)


def _how_to_read(findings: Findings) -> Paragraph:
    n = whole(len(findings.X))
    return Paragraph(
        both(
            f"Importance is the mean size of a feature's contribution over {n} test rows, in "
            "log-odds. With more than two classes a contribution counts relative to its mean over "
            "the classes, because what moves all classes alike changes no probability.",
            f"重要性为特征在 {n} 行测试样本上贡献绝对值的平均(对数几率)。多于两类时,"
            "贡献以各类均值为基准,因为同时推动所有类别的因素不会改变概率。",
        )
    )


def _groups(facts: ReportFacts, findings: Findings) -> Bars:
    largest = max(group.share for group in findings.groups)
    return Bars(
        both("Importance by business group", "按业务组的重要性"),
        both("Group", "业务组"),
        both("Features", "特征数"),
        both("Share", "占比"),
        [
            Bar(
                facts.texts.group(group.group),
                str(group.features),
                0.0,
                group.share / largest,
                percent(group.share),
            )
            for group in findings.groups
        ],
    )


def _features(facts: ReportFacts, findings: Findings) -> Bars:
    shown = findings.drivers[:_SHOWN]
    rest = sum(driver.share for driver in findings.drivers[_SHOWN:])
    bars = [
        Bar(
            driver.wording,
            _trend(driver),
            0.0,
            driver.share / shown[0].share,
            percent(driver.share),
        )
        for driver in shown
    ]
    others = len(findings.drivers) - len(shown)
    if others:
        label = both(f"{others} others", f"其余 {others} 个")
        bars.append(Bar(label, "", 0.0, 0.0, percent(rest)))  # a sum: no bar beside single ones
    later = facts.bundle.wordings[facts.bundle.classes[-1]]
    return Bars(
        both("Importance by feature", "按特征的重要性"),
        both("Feature", "特征"),
        both(f"More of it means “{later.en}”", f"取值越大,“{later.zh}”"),
        both("Share", "占比"),
        bars,
    )


def _trend(driver: FeatureDriver) -> Wording:
    if math.isnan(driver.trend):
        return both("not defined", "无法判定")
    if abs(driver.trend) < 0.3:
        return both("mixed", "不单调")
    return both("more likely", "更可能") if driver.trend > 0 else both("less likely", "更不可能")


def _stability(findings: Findings) -> Table:
    return Table(
        both(
            "Rank correlation of each snapshot's feature importance with that of all rows",
            "各期特征重要性与总体的秩相关",
        ),
        [both("As of", "时点"), both("Correlation", "相关系数")],
        [[period, figure(value)] for period, value in findings.stability.items()],
    )
