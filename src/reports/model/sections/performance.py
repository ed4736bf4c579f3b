"""Section 5: figures on the test rows, against the baselines, with calibration and lift."""

from collections.abc import Mapping
from typing import Any

from src.core.taxonomy import Wording, plainly
from src.models.evaluate import MODEL
from src.reports.document.numbers import interval, percent, whole
from src.reports.document.page import (
    Block,
    Cell,
    Note,
    Paragraph,
    Section,
    Subheading,
    Table,
    Text,
    both,
)
from src.reports.model.facts import ReportFacts
from src.reports.model.sections import outcomes
from src.reports.model.sections.assets import expected_assets
from src.reports.model.sections.sets import prediction_sets
from src.reports.model.sections.shared import is_out_of_time


def performance(facts: ReportFacts) -> Section:
    """5: the yardsticks, the decision, calibration, deciles, months, confusion, gates."""
    blocks: list[Block] = [
        verdict(facts),
        _figures(facts),
        _paired(facts),
        _why(facts),
        *_costs(facts),
        *_tuning(facts),
        *_gates(facts),
        Subheading(both("Calibration and lift", "校准与提升度")),
        outcomes.reliability(facts),
        *outcomes.calibration(facts),
        *outcomes.lift(facts),
        outcomes.confusion(facts),
        outcomes.months(facts),
        *prediction_sets(facts),
        *expected_assets(facts),
        Paragraph(
            both(
                "Weakest segments: not measured in this version.",
                "最弱客群:本版本未测量。",
            )
        ),
    ]
    title = (
        both("Performance out of time", "跨时间检验结果")
        if is_out_of_time(facts)
        else both("Performance on customers never seen", "跨客户检验结果")
    )
    return Section("performance", title, blocks)


def verdict(facts: ReportFacts) -> Note:
    """In words, which candidate the run chose and why, and which gates it breaks."""
    texts = facts.texts
    en, zh = _choice(facts)
    broken = [
        plainly(gate["name"])
        for gate in facts.metrics.get("gates", [])
        if gate["candidate"] == facts.winner and not gate["held"]
    ]
    if broken:
        names = ", ".join(name.en for name in broken)
        en += f" It breaks gates itself: {names}. No candidate was put in its place."
        zh += f"其自身未通过闸门:{names};没有候选方案取代它。"
    chosen = texts.candidate(facts.winner)
    text = both(f"This run chose: {chosen.en}. {en}", f"本次运行选择:{chosen.zh}。{zh}")
    return Note(text, "bad" if broken else "good" if facts.winner == MODEL else "warning")


def _choice(facts: ReportFacts) -> tuple[str, str]:
    """Why the run chose it, in English and Chinese."""
    metrics, texts = facts.metrics, facts.texts
    name = texts.yardstick(metrics["primary"]["name"])
    level = percent(metrics["confidence"], 0)
    if facts.winner == MODEL:
        return (
            f"On the deciding yardstick, {name.en}, it is better than every baseline: the whole "
            f"{level} interval of each paired difference is above 0.",
            f"在决定性指标“{name.zh}”上优于所有基准,每一配对差异的 {level} 区间全部大于 0。",
        )
    if metrics["winner"] == MODEL:
        return (
            f"The LightGBM model is better in {name.en}, but breaks a gate; this is the best "
            "baseline that breaks none.",
            f"LightGBM 模型的“{name.zh}”更优,但未通过闸门;此为通过全部闸门的最优基准。",
        )
    unbeaten = [texts.candidate(b) for b, found in metrics["paired"].items() if not found["better"]]
    return (
        f"On the deciding yardstick, {name.en}, the LightGBM model is not significantly better at "
        f"{level} than: {', '.join(w.en for w in unbeaten)}.",
        f"在决定性指标“{name.zh}”上,LightGBM 模型在 {level} 水平上并不显著优于:"
        f"{'、'.join(w.zh for w in unbeaten)}。",
    )


def _figures(facts: ReportFacts) -> Table:
    metrics, texts = facts.metrics, facts.texts
    names = list(next(iter(metrics["candidates"].values())))
    level = percent(metrics["confidence"], 0)
    return Table(
        both(
            f"Figures on {whole(metrics['rows'])} test rows with {level} intervals "
            f"({whole(metrics['draws'])} bootstrap draws of whole customers)",
            f"{whole(metrics['rows'])} 行测试样本上的指标及 {level} 区间"
            f"(按客户自助抽样 {whole(metrics['draws'])} 次)",
        ),
        [both("Candidate", "候选方案"), *map(texts.yardstick, names)],
        [
            [
                Cell(_candidate(facts, candidate), strong=candidate == facts.winner),
                *(Cell(interval(found[name]), strong=candidate == facts.winner) for name in names),
            ]
            for candidate, found in metrics["candidates"].items()
        ],
    )


def _candidate(facts: ReportFacts, name: str) -> Wording:
    wording = facts.texts.candidate(name)
    used = facts.candidates[name].card.get("feature") if name in facts.candidates else None
    if used is None:
        return wording
    feature = facts.catalogue[str(used)].wording
    return both(f"{wording.en}: {feature.en}", f"{wording.zh}:{feature.zh}")


def _paired(facts: ReportFacts) -> Table:
    metrics = facts.metrics
    name = facts.texts.yardstick(metrics["primary"]["name"])
    level = percent(metrics["confidence"], 0)
    return Table(
        both(
            f"The LightGBM model's lead in {name.en} over each baseline, same draws; "
            "positive is better",
            f"LightGBM 模型在“{name.zh}”上相对各基准的优势(同一抽样;正值为优)",
        ),
        [
            both("Baseline", "基准"),
            both("Lead", "优势"),
            both(f"Significant at {level}", f"{level} 水平显著"),
        ],
        [
            [
                facts.texts.candidate(baseline),
                interval(found, 4),
                both("yes", "是") if found["better"] else both("no", "否"),
            ]
            for baseline, found in metrics["paired"].items()
        ],
    )


def _why(facts: ReportFacts) -> Paragraph:
    primary: Mapping[str, Any] = facts.metrics["primary"]
    name = facts.texts.yardstick(primary["name"])
    why = facts.texts.deciding.get(primary["name"]) or both(primary["why"], primary["why"])
    better = (
        both("higher", "越高越好") if primary["higher_is_better"] else both("lower", "越低越好")
    )
    return Paragraph(
        both(
            f"{name.en} ({better.en} is better) decides, because {why.en}.",
            f"以“{name.zh}”({better.zh})为决定性指标,因为{why.zh}。",
        )
    )


def _costs(facts: ReportFacts) -> list[Block]:
    """What the bank says that each decision costs, by which the class is chosen."""
    bundle = facts.bundle
    if not bundle.costs:
        return []
    words = [bundle.wordings[name] for name in bundle.classes]
    caption = both(
        "Stated cost of each decision: actual class (rows), decided class (columns). The class of "
        "least expected cost is decided; costs play no part in training.",
        "各判定的约定成本:实际类别(行)、判定类别(列)。取期望成本最低的类别;成本不参与训练。",
    )
    rows: list[list[Text | Cell]] = [
        [word, *(f"{cost:g}" for cost in row)]
        for word, row in zip(words, bundle.costs, strict=True)
    ]
    return [Table(caption, [both("Actual", "实际"), *words], rows)]


def _tuning(facts: ReportFacts) -> list[Block]:
    """Whether the search made the model better on the test rows, said plainly either way."""
    found: Mapping[str, Any] = facts.metrics.get("tuning", {})
    if not found:
        return []
    name = facts.texts.yardstick(found["yardstick"])
    figures = f"{found['untuned']:.4f} → {found['tuned']:.4f}"
    lead = interval(found, 4)
    verdict = (
        both("The search made the model measurably better", "参数搜索使模型有可测量的改进")
        if found["better"]
        else both(
            "The search did not make the model measurably better", "参数搜索未使模型有可测量的改进"
        )
    )
    return [
        Paragraph(
            both(
                f"{verdict.en} than the untuned LightGBM on the test rows: {name.en} {figures}, a "
                f"lead of {lead} (positive is better).",
                f"{verdict.zh}(与未调参的 LightGBM 在测试样本上比较):{name.zh} {figures},"
                f"优势 {lead}(正值为优)。",
            )
        )
    ]


def _gates(facts: ReportFacts) -> list[Block]:
    gates: list[Mapping[str, Any]] = facts.metrics.get("gates", [])
    rows: list[list[Text | Cell]] = [
        [
            facts.texts.candidate(gate["candidate"]),
            plainly(gate["name"]),
            f"{gate['value']:.3g}",
            f"{gate['limit']:g}",
            both("holds", "满足") if gate["held"] else both("broken", "不满足"),
        ]
        for gate in gates
    ]
    heads = [
        both("Candidate", "候选方案"),
        both("Gate", "闸门"),
        both("Measured", "实测"),
        both("Limit", "上限"),
        both("Result", "结果"),
    ]
    caption = both("Gates of the candidates", "各候选方案的闸门")
    return [Table(caption, heads, rows, labels=2)] if rows else []
