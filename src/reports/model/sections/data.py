"""Section 2: from what data the model was made."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from src.reports.document.numbers import day, percent, whole
from src.reports.document.page import Block, Facts, Folded, Section, Table, Text, both
from src.reports.model.facts import ReportFacts


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
    # the mapping's name of each delivered file: its feed
    feeds = {str(file["file"]): str(file["name"]) for file in account.get("files", [])}
    if accounts:
        blocks += _accounting(accounts, feeds)
    if facts.extracts:
        blocks += _extracts(facts, feeds)
    blocks.append(_labels(facts))
    return Section("data", both("Data", "数据"), blocks)


def _accounting(accounts: Sequence[Mapping[str, Any]], feeds: Mapping[str, str]) -> list[Block]:
    """One row for each feed and table with the totals; the single files are folded."""
    totals: dict[tuple[str, str], Counter[str]] = {}
    rules: dict[tuple[str, str], Counter[str]] = {}
    for row in accounts:
        key = feeds.get(str(row["file"]), str(row["file"])), str(row["table"])
        counts = {"files": 1, "in": row["rows_in"], "out": row["rows_out"]}
        totals.setdefault(key, Counter()).update(counts)
        rules.setdefault(key, Counter()).update(row["rejected"])
    rows: list[list[Text]] = [
        [
            *key,
            whole(found["files"]),
            whole(found["in"]),
            whole(found["out"]),
            whole(rules[key].total()),
            _by_rule(rules[key]),
        ]
        for key, found in totals.items()
    ]
    heads: list[Text] = [
        both("In", "读入"),
        both("Out", "入账"),
        both("Quarantined", "隔离"),
        both("By rule", "隔离规则"),
    ]
    feed, table = both("Feed", "数据源文件"), both("Table", "表")
    caption = both("Rows by feed: in = out + quarantined", "各数据源文件行数:读入 = 入账 + 隔离")
    blocks: list[Block] = [
        Table(caption, [feed, table, both("Files", "文件数"), *heads], rows, labels=2)
    ]
    if len(rows) < len(accounts):
        single = Table(
            both("Rows by file", "逐文件行数"),
            [both("File", "文件"), table, *heads],
            [_of_file(row) for row in accounts],
            labels=2,
        )
        n = whole(len(accounts))
        blocks.append(Folded(both(f"File by file ({n} rows)", f"逐文件({n} 行)"), [single]))
    return blocks


def _of_file(row: Mapping[str, Any]) -> list[Text]:
    return [
        str(row["file"]),
        str(row["table"]),
        whole(row["rows_in"]),
        whole(row["rows_out"]),
        whole(_rejected(row)),
        _by_rule(row["rejected"]),
    ]


def _by_rule(rejected: Mapping[str, int]) -> str:
    return ", ".join(f"{rule}: {whole(n)}" for rule, n in sorted(rejected.items()) if n) or "–"


def _extracts(facts: ReportFacts, feeds: Mapping[str, str]) -> list[Block]:
    """How much each feed delivered; the checksums of its files are folded."""
    totals: dict[str, Counter[str]] = {}
    for extract in facts.extracts:
        feed = feeds.get(str(extract["name"]), str(extract["name"]))
        totals.setdefault(feed, Counter()).update({"files": 1, "bytes": extract["bytes"]})
    by_feed = Table(
        both("Originals by feed", "各数据源的原始文件"),
        [both("Feed", "数据源文件"), both("Files", "文件数"), both("Bytes", "字节数")],
        [[feed, whole(n["files"]), whole(n["bytes"])] for feed, n in totals.items()],
    )
    single = Table(
        both("Originals as they arrived", "原始文件"),
        [both("File", "文件"), both("Bytes", "字节数"), "MD5"],
        [[str(e["name"]), whole(e["bytes"]), str(e["md5"])] for e in facts.extracts],
    )
    n = whole(len(facts.extracts))
    summary = both(f"Checksums of the originals ({n})", f"原始文件的校验和({n} 个)")
    return [by_feed, Folded(summary, [single])]


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


def _rejected(row: Mapping[str, Any]) -> int:
    return int(sum(row["rejected"].values()))
