"""Part of section 8: how groups of customers fare with the model, and proxies of them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from src.core.taxonomy import Wording
from src.reports.document.numbers import figure, interval, named, percent, whole
from src.reports.document.page import Block, Cell, Note, Paragraph, Subheading, Table, Text, both
from src.reports.model.facts import ReportFacts

ATTRIBUTE_NAMES: Mapping[str, Wording] = {
    "gender": both("Gender", "性别"),
    "age": both("Age band", "年龄段"),
    "region": both("Region", "地区"),
}
MEASURE_NAMES: Mapping[str, Wording] = {
    "selection_rate": both("Selected", "入选率"),
    "true_positive_rate": both("Selected of those with the event", "真阳性率"),
    "false_positive_rate": both("Selected of those without it", "假阳性率"),
    "calibration_gap": both("Probability less frequency", "概率减频率"),
    "brier": both("Brier score", "布里尔分数"),
    "placed_too_high": both("Placed too high", "分类偏高"),
    "placed_too_low": both("Placed too low", "分类偏低"),
}
_PROXY = "proxy_auroc"


def fairness(facts: ReportFacts) -> list[Block]:
    """Disparities and proxies by attribute; a note where they were not measured."""
    found: Mapping[str, Any] = facts.metrics.get("fairness", {})
    if not found:
        none = both(
            "Proxies and disparity by group were not measured.", "代理变量与分组差异未测量。"
        )
        return [Note(none, "warning")]
    blocks: list[Block] = [Paragraph(_meaning(facts, found["confidence"])), _verdict(facts)]
    for attribute, entry in found["attributes"].items():
        blocks.append(Subheading(ATTRIBUTE_NAMES[attribute]))
        blocks += _of_attribute(facts, attribute, entry["disparities"])
    return [*blocks, Subheading(both("Proxies", "代理变量")), *_proxies(facts, found["attributes"])]


def _meaning(facts: ReportFacts, confidence: float) -> Wording:
    lowest = facts.bundle.wordings[facts.bundle.classes[0]]
    last = facts.bundle.wordings[facts.bundle.classes[-1]]
    two = len(facts.bundle.classes) == 2
    en = f'The event is "{last.en}"' if two else f'The event is a class above "{lowest.en}"'
    zh = f"事件为“{last.zh}”" if two else f"事件为类别高于“{lowest.zh}”"
    level = percent(confidence, 0)
    return both(
        f"Customers are compared by what was known of them at as_of. {en}; selected "
        "is whose decided class, that of least expected cost, says so. Figures by group have "
        f"{level} intervals by bootstrap over customers; the interval of a largest difference "
        "holds for all pairs of groups at once, and a gate counts it from where that begins. "
        "Groups with too few customers are named and not judged.",
        f"按 as_of 时已知信息比较客户。{zh};入选指决策类别(期望成本最低者)为该事件。"
        f"各组指标附按客户自助抽样的 {level} 区间;最大差异的区间"
        "对所有组对同时成立,闸门按区间下端判断。客户过少的组仅列名,不作判断。",
    )


def _verdict(facts: ReportFacts) -> Block:
    """What the gates of the candidate say."""
    judged = [gate for gate in facts.metrics.get("gates", []) if _is_ours(gate, facts.winner)]
    broken = [gate["name"] for gate in judged if not gate["held"]]
    if broken:
        names = ", ".join(name.replace("_", " ") for name in broken)
        return Note(both(f"Gates broken: {names}.", f"未通过的闸门:{names}。"), "bad")
    text = f"All {len(judged)} gates of fairness hold.", f"{len(judged)} 个公平性闸门全部通过。"
    return Note(both(*text), "good")


def _is_ours(gate: Mapping[str, Any], candidate: str) -> bool:
    name: str = gate["name"]
    ours = name == "sensitive_features" or name.split("_")[0] in ATTRIBUTE_NAMES
    return ours and gate["candidate"] == candidate


def _of_attribute(facts: ReportFacts, attribute: str, entry: Mapping[str, Any]) -> list[Block]:
    account = Paragraph(_account(entry))
    if "reason" in entry:
        text = f"Not judged: {entry['reason']}.", f"未作判断:{entry['reason']}。"
        return [account, Note(both(*text), "warning")]
    found: Mapping[str, Any] = entry["candidates"][facts.winner]
    measures = {name: found[name] for name in MEASURE_NAMES if name in found}
    return [account, _by_group(entry, measures), _differences(facts, attribute, measures)]


def _account(entry: Mapping[str, Any]) -> Wording:
    """Who was compared, who was too few, of whom it is not known."""
    judged, small = (
        ", ".join(f"{name} {whole(size)}" for name, size in entry[part].items())
        for part in ("customers", "too_small")
    )
    unknown = whole(entry["unknown_customers"])
    return both(
        f"Customers of the test: {judged or 'none in groups that are judged'}. Too few to be "
        f"judged: {small or 'none'}. Not known, or not a person: {unknown}.",
        f"测试客户:{judged or '无可判断的组'}。客户过少未判断:{small or '无'}。"
        f"未知或非个人:{unknown}。",
    )


def _by_group(entry: Mapping[str, Any], measures: Mapping[str, Any]) -> Table:
    shown = [name for name, found in measures.items() if "by_group" in found]
    rows: list[list[Text | Cell]] = [
        [
            group,
            percent(rate),
            *(_of_group(measures[name]["by_group"].get(group)) for name in shown),
        ]
        for group, rate in entry["event_rates"].items()
    ]
    columns = [
        both("Group", "组"),
        both("Event came", "事件发生率"),
        *(MEASURE_NAMES[name] for name in shown),
    ]
    return Table(both("By group, this model", "分组指标(本模型)"), columns, rows)


def _of_group(found: Mapping[str, Any] | None) -> Text:
    return interval(found) if found else both("too few", "过少")


def _differences(facts: ReportFacts, attribute: str, measures: Mapping[str, Any]) -> Table:
    rows = [
        _difference(facts, attribute, name, found)
        for name, found in measures.items()
        if "difference" in found
    ]
    rows += [
        [named(MEASURE_NAMES[name], name), both(found["reason"], found["reason"]), "", "", "", ""]
        for name, found in measures.items()
        if "reason" in found
    ]
    columns: list[Text] = [
        both("Measure", "指标"),
        both("Largest difference", "最大差异"),
        both("Smallest ratio", "最小比值"),
        both("Lowest and highest", "最低与最高"),
        both("Limit", "上限"),
        both("Result", "结果"),
    ]
    return Table(both("Differences between groups", "组间差异"), columns, rows)


def _difference(
    facts: ReportFacts, attribute: str, name: str, found: Mapping[str, Any]
) -> list[Text | Cell]:
    return [
        named(MEASURE_NAMES[name], name),
        interval(found["difference"]),
        interval(found["ratio"]) if "ratio" in found else "",
        f"{found['lowest']} – {found['highest']}",
        *_gate(facts, f"{attribute}_{name}"),
    ]


def _gate(facts: ReportFacts, name: str) -> tuple[Text, Text]:
    """The limit of a gate of the candidate, and whether it holds."""
    for gate in facts.metrics.get("gates", []):
        if gate["name"] == name and gate["candidate"] == facts.winner:
            held = both("holds", "满足") if gate["held"] else both("broken", "不满足")
            return f"{gate['limit']:g}", held
    return "–", both("no gate", "无闸门")


def _proxies(facts: ReportFacts, attributes: Mapping[str, Any]) -> Iterator[Block]:
    yield Paragraph(
        both(
            "A small LightGBM predicts each attribute from the features that the LightGBM model is "
            "given, for customers whom it has not seen. 0.5 is chance; where the interval lies "
            "above it the features are proxies, and those that carry most are named.",
            "用一个小型 LightGBM 以模型特征预测各属性(交叉验证,按客户)。0.5 为随机水平;"
            "区间高于 0.5 表示存在代理变量,并列出贡献最大的特征。",
        )
    )
    rows: list[list[Text | Cell]] = []
    for attribute, entry in attributes.items():
        name, found = ATTRIBUTE_NAMES[attribute], entry["proxies"]
        if "reason" in found:
            rows.append([name, both(found["reason"], found["reason"]), "", "", "", ""])
            continue
        is_told = found["auroc"]["low"] is not None and found["auroc"]["low"] > 0.5
        rows.append(
            [
                name,
                interval(found["auroc"]),
                ", ".join(f"{g} {figure(a['value'])}" for g, a in found["by_group"].items()),
                _carriers(facts, found["features"]) if is_told else both("none", "无"),
                *_gate(facts, f"{attribute}_{_PROXY}"),
            ]
        )
    columns = (
        both("Attribute", "属性"),
        both("AUROC, mean of the groups", "各组平均 AUROC"),
        both("By group", "分组"),
        both("Proxies, share of what they carry", "代理变量及占比"),
        both("Limit", "上限"),
        both("Result", "结果"),
    )
    yield Table(
        both("How well the features tell each attribute", "特征对各属性的可预测程度"), columns, rows
    )


def _carriers(facts: ReportFacts, features: Sequence[Mapping[str, Any]]) -> Wording:
    def listed(language: str, mark: str) -> str:
        return mark.join(
            f"{getattr(facts.catalogue[f['name']].wording, language)} {percent(f['share'], 0)}"
            for f in features
        )

    return both(listed("en", ", "), listed("zh", "、"))
