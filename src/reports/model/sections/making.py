"""Sections 1 to 3: what the model is, from what data, and how it was made."""

from collections.abc import Mapping
from typing import Any

from src.models.evaluate import MODEL
from src.reports.document.numbers import day, named, percent, whole
from src.reports.document.page import (
    Block,
    Cell,
    Facts,
    Paragraph,
    Picture,
    Section,
    Subheading,
    Table,
    both,
)
from src.reports.model.facts import ReportFacts
from src.reports.model.search_plots import search_history
from src.reports.model.sections.shared import flat


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


def data(facts: ReportFacts) -> Section:
    """2: sources, volumes, checksums, quarantined rows."""
    account = facts.integration
    accounts = account.get("rows", [])
    facts_rows = [
        (both("Source", "数据来源"), str(account.get("source", "not recorded"))),
        (both("Base currency", "记账货币"), facts.currency or "not recorded"),
        (both("Data end", "数据截止"), day(account.get("data_end", "not recorded"))),
        (both("Rows read", "读入行数"), whole(sum(row["rows_in"] for row in accounts))),
        (both("Rows in the ledger", "入账行数"), whole(sum(row["rows_out"] for row in accounts))),
        (both("Rows quarantined", "隔离行数"), whole(sum(map(_rejected, accounts)))),
    ]
    blocks: list[Block] = [Facts(facts_rows)]
    if accounts:
        blocks.append(_accounting(accounts))
    if facts.extracts:
        blocks.append(_extracts(facts))
    blocks.append(_labels(facts))
    return Section("data", both("Data", "数据"), blocks)


def making(facts: ReportFacts) -> Section:
    """3: revision, parameters, search, software."""
    card = dict(facts.bundle.card)
    card.pop("split", None)
    blocks: list[Block] = [
        Paragraph(
            both(
                "Recorded with the model when it was trained. The time of the run and its "
                "operator stand in the tracking server, not here, so that one seed gives the "
                "same report.",
                "以下为训练时随模型保存的记录。运行时间与操作人记录在实验跟踪服务中,"
                "不写入本报告,以保证同一随机种子得到相同的报告。",
            )
        ),
        Facts([(name, value) for name, value in flat(card)]),
    ]
    if not facts.trials.empty:
        blocks += [_trials(facts), _search_picture(facts)]
    if facts.software:
        blocks += [Subheading(both("Software", "软件版本")), Facts(sorted(facts.software.items()))]
    blocks.append(Subheading(both("Parameters of the run", "运行参数")))
    blocks.append(Facts(list(flat(facts.params))))
    return Section("making", both("How it was made", "模型的构建"), blocks)


def _accounting(accounts: list[Mapping[str, Any]]) -> Table:
    return Table(
        both("Rows by file: in = out + quarantined", "逐文件行数:读入 = 入账 + 隔离"),
        [
            both("File", "文件"),
            both("Table", "表"),
            both("In", "读入"),
            both("Out", "入账"),
            both("Quarantined", "隔离"),
            both("By rule", "隔离规则"),
        ],
        [
            [
                str(row["file"]),
                str(row["table"]),
                whole(row["rows_in"]),
                whole(row["rows_out"]),
                whole(_rejected(row)),
                ", ".join(f"{rule}: {n}" for rule, n in sorted(row["rejected"].items())) or "–",
            ]
            for row in accounts
        ],
        labels=2,
    )


def _extracts(facts: ReportFacts) -> Table:
    return Table(
        both("Extracts as they arrived", "原始文件"),
        [both("File", "文件"), both("Bytes", "字节数"), "MD5"],
        [[str(e["name"]), whole(e["bytes"]), str(e["md5"])] for e in facts.extracts],
    )


def _labels(facts: ReportFacts) -> Table:
    rates: Mapping[str, float] = facts.labels.get("base_rates", {})
    shares: Mapping[str, float] = facts.metrics.get("class_shares", {})
    wordings = facts.bundle.wordings
    return Table(
        both("Share of each class", "各类别占比"),
        [
            both("Class", "类别"),
            both("All labelled rows", "全部标注样本"),
            both("Test", "测试样本"),
        ],
        [
            [
                wordings[name],
                percent(rates[name]) if name in rates else "–",
                percent(shares[name]) if name in shares else "–",
            ]
            for name in facts.bundle.classes
        ],
    )


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
        f"Held-out log loss of {len(facts.trials)} trials and the best so far"
        + (f"; {weightiest} explains most of how it varies." if weightiest else "."),
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


def _rejected(row: Mapping[str, Any]) -> int:
    return int(sum(row["rejected"].values()))
