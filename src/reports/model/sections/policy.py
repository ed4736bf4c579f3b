"""Sections 8 to 14: exclusions, constraints, drift, changes, limits, rules, sign-off."""

from src.models.evaluate import MODEL
from src.reports.document.numbers import percent, tiny
from src.reports.document.page import Block, Facts, Note, Paragraph, Section, Table, both
from src.reports.model.facts import Findings, ReportFacts
from src.reports.model.sections.fairness import fairness
from src.reports.model.sections.shared import NOT_MEASURED
from src.reports.model.status import Status, sign_off_slot

# What promotion, rollback and monitoring do; tests/reports/model/test_claims.py holds them to it.
RETIREMENT = both(
    "Retirement: a version is served until another one is promoted or an earlier one is brought "
    "back. A gate that breaks in monitoring is reported and changes nothing that is served: a "
    "person decides. A version that breaks a gate never replaces one that can still be served; "
    "where none is, it is served, and its report names the gate.",
    "停用:模型版本在另一版本上线或恢复更早版本之前一直有效。监测中闸门未通过只会报告,"
    "不改变已上线的内容,由人决定。未通过闸门的版本不会取代仍可使用的已上线版本;"
    "没有可用版本时仍会上线,报告列出未通过的闸门。",
)


def exclusions(facts: ReportFacts) -> Section:
    """8: attributes excluded by policy, proxies, disparity."""
    excluded = [f for f in facts.catalogue.features if f.sensitive]
    used = set(facts.bundle.spec.names)
    kept_in = [f.name for f in excluded if f.name in used]
    blocks: list[Block] = [
        Paragraph(
            both(
                "Gender, region, occupation and marital status stand in the ledger for audits and "
                "are features of no model. The attributes below are computed for audits and left "
                "out of training.",
                "性别、地区、职业与婚姻状况仅供审计,不作为任何模型的特征。"
                "下列属性仅为审计而计算,不参与训练。",
            )
        )
    ]
    if excluded:
        blocks.append(
            Table(
                both("Sensitive attributes", "敏感属性"),
                [both("Attribute", "属性"), both("Used by the model", "是否被模型使用")],
                [
                    [f.wording, both("yes", "是") if f.name in used else both("no", "否")]
                    for f in excluded
                ],
            )
        )
    if kept_in:
        text = both(
            f"The model uses sensitive attributes: {', '.join(kept_in)}. They are never named as "
            "reasons; have their use approved or train again without them.",
            f"模型使用了敏感属性:{'、'.join(kept_in)}。它们不会作为原因列出;须经批准或剔除后重新训练。",
        )
        blocks.append(Note(text, "bad"))
    blocks += fairness(facts)
    return Section(
        "exclusions", both("Excluded attributes and disparity", "排除的属性与群体差异"), blocks
    )


def constraints(facts: ReportFacts, findings: Findings) -> Section:
    """9: declared directions, what the model does, what holding them costs."""
    title = both("Constraints, declared and observed", "约束:声明与实测")
    directions = findings.directions
    if not directions:
        text = both(
            "No feature of this model has a declared direction.", "本模型的特征没有声明方向。"
        )
        return Section("constraints", title, [Paragraph(text)])
    held = sum(direction.holds for direction in directions)
    intro = Paragraph(
        both(
            "Each feature with a declared direction is moved alone over its range for sampled "
            "customers, and the expected class is watched. LightGBM and the baselines are "
            f"trained to hold them. {held} of {len(directions)} hold at every step.",
            "对声明了方向的特征,在抽样客户上单独改变其取值并观察预期类别。"
            "LightGBM 与各基准方案训练时均强制方向约束。"
            f"{len(directions)} 个中有 {held} 个在每一步都成立。",
        )
    )
    ordered = sorted(directions, key=lambda d: (d.holds, -d.largest, d.name))
    table = Table(
        both("Declared directions, the worst first", "声明方向(偏离最大者在前)"),
        [
            both("Feature", "特征"),
            both("Declared", "声明"),
            both("Steps against it", "反向步占比"),
            both("Largest step against it (classes)", "最大反向幅度(类)"),
            both("Holds", "成立"),
        ],
        [
            [
                d.wording,
                both("rises", "上升") if d.declared > 0 else both("falls", "下降"),
                percent(d.against),
                tiny(d.largest),
                both("yes", "是") if d.holds else both("no", "否"),
            ]
            for d in ordered
        ],
    )
    return Section("constraints", title, [intro, *_cost(facts), table])


def _cost(facts: ReportFacts) -> list[Block]:
    """What holding the directions costs the model, out of fold."""
    model = facts.candidates.get(MODEL)
    found = model.card.get("directions", {}) if model else {}
    if not found:
        return []
    figures = f"{found['log_loss_free']:.4f} → {found['log_loss_held']:.4f}"
    return [
        Paragraph(
            both(
                f"Cost of holding {found['features']} declared directions in LightGBM: out-of-fold "
                f"log loss {figures} ({found['cost']:+.4f}; negative: they help).",
                f"LightGBM 遵守 {found['features']} 个声明方向的代价:折外对数损失 {figures}"
                f"({found['cost']:+.4f};负值表示有益)。",
            )
        )
    ]


def drift() -> Section:
    """10: drift since training."""
    return Section("drift", both("Drift since training", "训练以来的漂移"), [NOT_MEASURED])


def changes() -> Section:
    """11: change log."""
    text = both(
        "The comparison with the version that is served is made when this version is put up for "
        "promotion, not in this report. Parameters and code of every version are in the "
        "repository's history; `dvc metrics diff` compares figures.",
        "与已上线版本的比较在申请上线时进行,不在本报告中。各版本的参数与代码见代码库历史;"
        "指标比较可用 dvc metrics diff。",
    )
    return Section("changes", both("Change log", "变更记录"), [Paragraph(text)])


def limits(facts: ReportFacts) -> Section:
    """12: limits, failure cases, conditions of use, retirement."""
    blocks = [Paragraph(limit) for limit in (*facts.texts.limits, RETIREMENT)]
    return Section("limits", both("Limits and conditions of use", "局限与使用条件"), blocks)


def rules(facts: ReportFacts) -> Section:
    """13: headings of JR/T 0287 and a dated table of rules."""
    texts = facts.texts
    headings = Table(
        both("Headings of JR/T 0287-2023", "JR/T 0287-2023 披露内容"),
        [both("Heading", "内容"), both("Section of this report", "本报告章节")],
        [[entry.heading, entry.section] for entry in texts.disclosure],
    )
    table = Table(
        both(
            f"Rules considered, as of {texts.rules_as_of}", f"考虑的规则(截至 {texts.rules_as_of})"
        ),
        [
            both("Rule", "规则"),
            both("Subject", "主题"),
            both("Since", "施行"),
            both("Section of this report", "本报告章节"),
        ],
        [[rule.name, rule.what, rule.since, rule.section] for rule in texts.rules],
        labels=2,
    )
    caution = Note(
        both(
            "Pointers for a reviewer, to be confirmed by counsel. They are no legal advice.",
            "仅供审阅者参考,须经法律顾问确认,不构成法律意见。",
        )
    )
    return Section(
        "rules", both("Disclosure and rules", "信息披露与适用规则"), [headings, table, caution]
    )


def sign_off(facts: ReportFacts) -> Section:
    """14: who signs."""
    which = Facts(
        [(both("Model and version", "模型及版本"), f"kehu_{facts.task} {facts.bundle.version}")]
    )
    blocks: list[Block] = [which, sign_off_slot(Status())]
    return Section("sign-off", both("Sign-off", "签署"), blocks)
