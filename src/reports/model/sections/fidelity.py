"""Section 7: how faithful the explanations are, and examples of them."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from src.core.taxonomy import Wording
from src.explain.reasons import top_reasons, without_reasons
from src.explain.wording import format_value
from src.models.calibration import Floats
from src.reports.document.numbers import percent, tiny, whole
from src.reports.document.page import (
    Bar,
    Bars,
    Block,
    Facts,
    Listing,
    Note,
    Paragraph,
    Section,
    Subheading,
    both,
)
from src.reports.model.facts import Findings, ReportFacts

_STEPS = 8


def fidelity(facts: ReportFacts, findings: Findings) -> Section:
    """7: additivity, second implementation, and typical customers."""
    explanation = findings.explanation
    rows: list[tuple[Wording, str | Wording]] = [
        (both("Rows explained", "解释的样本行数"), whole(len(findings.X))),
        (both("Largest additivity residual", "最大可加性残差"), tiny(explanation.residual)),
        (both("Background data", "背景数据"), _background(facts)),
        (both("Second implementation", "第二实现"), _second(findings)),
    ]
    blocks: list[Block] = [Paragraph(_method(facts)), Facts(rows)]
    blocks.append(Subheading(both("Typical customers", "典型客户")))
    for row in _typical(facts, findings):
        blocks += _example(facts, findings, row)
    title = both("Local explanations and their fidelity", "个体解释及其忠实度")
    return Section("fidelity", title, blocks)


def _method(facts: ReportFacts) -> Wording:
    kind = facts.bundle.predictor.kind
    if kind == "lightgbm":
        return both(
            "Exact tree SHAP values (path dependent), computed by LightGBM from the model's text; "
            "contributions and base add up to the margin.",
            "精确的树模型 SHAP 值(路径依赖),由 LightGBM 直接从模型文本计算;"
            "各项贡献与基准之和等于模型得分。",
        )
    return both(
        "The model is simple enough for its contributions to be exact by construction; "
        "contributions and base add up to the margin.",
        "模型结构简单,其贡献按定义即为精确值;各项贡献与基准之和等于模型得分。",
    )


def _background(facts: ReportFacts) -> Wording:
    if facts.bundle.predictor.kind == "lightgbm":
        return both(
            "none: path dependent, weighted by the training rows in each leaf",
            "无:路径依赖,以训练样本在各叶节点的数量加权",
        )
    return both("none: the mean of the development rows is the base", "无:以开发样本均值为基准")


def _second(findings: Findings) -> Wording:
    if findings.second_opinion is None:
        return both("not needed: the model is arithmetic", "不需要:模型为简单算术")
    gap, rows = findings.second_opinion
    return both(
        f"shap's own tree algorithm on {rows} rows: largest difference {tiny(gap)}",
        f"shap 自带的树算法,{rows} 行:最大差异 {tiny(gap)}",
    )


def _typical(facts: ReportFacts, findings: Findings) -> list[int]:
    """For each class, the row of median confidence among those predicted to be in it."""
    predicted = facts.bundle.decided(findings.probabilities)
    chosen = []
    for k in range(len(facts.bundle.classes)):
        members = np.flatnonzero(predicted == k)
        if len(members):
            order = members[np.argsort(findings.probabilities[members, k], kind="stable")]
            chosen.append(int(order[len(order) // 2]))
    return chosen


def _example(facts: ReportFacts, findings: Findings, row: int) -> list[Block]:
    bundle = facts.bundle
    predicted = bundle.decided(findings.probabilities)
    k = int(predicted[row])
    name, chance = bundle.classes[k], float(findings.probabilities[row, k])
    wording = bundle.wordings[name]
    towards = findings.explanation.towards(predicted)[row]
    base = float(findings.explanation.base_towards(predicted)[row])
    values = bundle.matrix(findings.X.iloc[[row]])[0]
    heading = Subheading(
        both(
            f"A typical customer predicted “{wording.en}” ({percent(chance)})",
            f"预测为“{wording.zh}”的典型客户({percent(chance)})",
        )
    )
    reasons = top_reasons(bundle, values, towards, 3, name, facts.currency)
    if not reasons:
        return [heading, Note(without_reasons(bundle))]
    caption = both(
        f"How the score towards “{wording.en}” builds up (log-odds; red raises it, blue lowers it)",
        f"“{wording.zh}”得分的构成(对数几率;红色提高,蓝色降低)",
    )
    waterfall = Bars(
        caption,
        both("Factor", "因素"),
        both("Customer's value", "客户取值"),
        both("Contribution", "贡献"),
        _waterfall(facts, towards, values, base),
    )
    return [heading, Listing([both(reason.en, reason.zh) for reason in reasons]), waterfall]


def _waterfall(facts: ReportFacts, towards: Floats, values: Floats, base: float) -> Sequence[Bar]:
    spec = facts.bundle.spec.features
    order = np.argsort(-np.abs(towards), kind="stable")
    order = order[towards[order] != 0]
    steps: list[tuple[Wording, Wording | str, float]] = [
        (
            spec[i].wording,
            format_value(float(values[i]), spec[i].unit, facts.currency),
            float(towards[i]),
        )
        for i in order[:_STEPS]
    ]
    if len(order) > _STEPS:
        count = len(order) - _STEPS
        label = both(f"{count} other factors", f"其余 {count} 个因素")
        steps.append((label, "", float(towards[order[_STEPS:]].sum())))
    ends = base + np.cumsum([step[2] for step in steps])
    starts = np.concatenate([[base], ends[:-1]])
    low, high = min(base, ends.min(), 0.0), max(base, ends.max(), 0.0)
    span = (high - low) or 1.0

    def bar(label: Wording, note: Wording | str, start: float, end: float, value: str) -> Bar:
        tone: Literal["rise", "fall"] = "rise" if end > start else "fall"
        left, right = sorted(((start - low) / span, (end - low) / span))
        return Bar(label, note, left, right, value, tone)

    total = both("Base", "基准"), both("Score", "得分")
    rows = [_total(bar(total[0], "", 0.0, base, f"{base:+.3f}"))]
    rows += [
        bar(label, note, start, end, f"{change:+.3f}")
        for (label, note, change), start, end in zip(steps, starts, ends, strict=True)
    ]
    final = float(ends[-1])
    return [*rows, _total(bar(total[1], "", 0.0, final, f"{final:+.3f}"))]


def _total(bar: Bar) -> Bar:
    return Bar(bar.label, bar.note, bar.start, bar.end, bar.value, "total")
