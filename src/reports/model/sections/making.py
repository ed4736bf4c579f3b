"""Sections 1 and 3: what the model is, and how it was made."""

from collections.abc import Mapping
from typing import Any

from src.core.taxonomy import Wording
from src.models.evaluate import MODEL
from src.reports.document.numbers import named, whole
from src.reports.document.page import (
    Block,
    Cell,
    Facts,
    Paragraph,
    Picture,
    Section,
    Subheading,
    Table,
    Text,
    both,
)
from src.reports.model.facts import ReportFacts
from src.reports.model.search_plots import search_history
from src.reports.model.sections.shared import flat
from src.reports.model.status import Status, made_by_slot

_STEPS: Mapping[str, Wording] = {
    "development": both("Development rows", "开发样本行数"),
    "search": both("Searched on", "参数搜索所用"),
    "calibration": both("Size and calibration settled on", "规模与校准所用"),
    "fit": both("Fitted on", "拟合所用"),
}


def identity(facts: ReportFacts) -> Section:
    """1: name, version, owner, purpose, users, excluded uses."""
    texts, bundle = facts.texts, facts.bundle
    text = texts.tasks.get(facts.task)
    classes = [named(bundle.wordings[name], name) for name in bundle.classes]
    rows: list[tuple[Any, Any]] = [
        (both("Model", "模型"), named(texts.task(facts.task), f"kehu_{facts.task}")),
        (both("Version (hash of its content)", "版本(内容哈希)"), bundle.version),
        (both("Kind", "类型"), texts.candidate(facts.winner)),
        (both("Owner", "负责人"), texts.owner),
        (both("Intended users", "使用者"), texts.users),
        (
            both("Classes, lowest first", "类别(由低到高)"),
            both("; ".join(c.en for c in classes), ";".join(c.zh for c in classes)),
        ),
        (
            both("Features given to the model", "提供给模型的特征"),
            f"{len(bundle.spec)} (spec {bundle.spec.digest})",
        ),
    ]
    if text is not None:
        rows.append((both("Purpose", "用途"), text.purpose))
        rows.append((both("Excluded uses", "禁止用途"), text.excluded))
    return Section("identity", both("Identity and purpose", "标识与用途"), [Facts(rows)])


def making(facts: ReportFacts) -> Section:
    """3: who made it where, training, search, parameters."""
    card = dict(facts.bundle.card)
    card.pop("split", None)
    rows: Mapping[str, int] = card.pop("rows", {})
    blocks: list[Block] = [
        made_by_slot(Status()),
        *_rows_used(rows),
        Subheading(both("Recorded with the model when it was trained", "训练时随模型保存的记录")),
        Facts([(name, value) for name, value in flat(card)]),
    ]
    if not facts.trials.empty:
        blocks += [_trials(facts), _search_picture(facts)]
    blocks.append(Subheading(both("Parameters of the run", "运行参数")))
    blocks.append(Facts(list(flat(facts.params))))
    return Section("making", both("How it was made", "模型的构建"), blocks)


def _rows_used(rows: Mapping[str, int]) -> list[Block]:
    """On how many of the development rows each step of the training worked."""
    if not rows:
        return []
    shown: list[tuple[Text, Text]] = [
        (_STEPS[step], whole(rows[step])) for step in _STEPS if step in rows
    ]
    blocks: list[Block] = [Subheading(both("Rows used", "所用样本")), Facts(shown)]
    if min(rows.values()) < rows["development"]:
        sample = both(
            "Where fewer than all development rows are used they are a seeded sample: some of the "
            "snapshots, and of these whole customers.",
            "少于全部开发样本时,为固定种子抽样:取部分快照,并按客户整体抽取。",
        )
        blocks.append(Paragraph(sample))
    return blocks


def _trials(facts: ReportFacts) -> Table:
    trials = facts.trials.sort_values(["log_loss", "trial"], na_position="last").head(10)
    columns = list(trials.columns)
    rows = [
        [Cell(_trial_text(value), strong=place == 0) for value in row]
        for place, row in enumerate(trials.itertuples(index=False))
    ]
    return Table(
        both(
            f"Search: the best {len(trials)} of {len(facts.trials)} trials, by held-out log loss",
            f"参数搜索:{len(facts.trials)} 次试验中最优的 {len(trials)} 次(按验证对数损失)",
        ),
        columns,
        rows,
    )


def _search_picture(facts: ReportFacts) -> Picture:
    card = facts.candidates[MODEL].card if MODEL in facts.candidates else {}
    importance: Mapping[str, float] = card.get("search_importance", {})
    weightiest = next(iter(importance), "")
    return Picture(
        search_history(facts.trials["log_loss"].to_numpy(dtype=float), importance),
        both(
            f"Held-out log loss of {len(facts.trials)} trials and the best so far"
            + (f"; {weightiest} explains most of how it varies." if weightiest else "."),
            f"{len(facts.trials)} 次试验的验证对数损失及目前最优值"
            + (f";{weightiest} 对其变化的影响最大。" if weightiest else "。"),
        ),
        both(
            "Course of the search, and the share of each searched value in how the loss varies "
            "(functional analysis of variance)",
            "搜索过程,以及各搜索参数对损失变化的贡献(函数方差分析)",
        ),
    )


def _trial_text(value: Any) -> str:
    if isinstance(value, float):
        return "–" if value != value else f"{value:.5g}"
    return str(value)
