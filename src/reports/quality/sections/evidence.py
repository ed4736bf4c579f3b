"""Rules applied, entity resolution, the quarantine, and lineage."""

from collections.abc import Mapping
from typing import Any

from src.quality.figures.uniqueness import Identities
from src.quality.lineage import Origin
from src.reports.document.numbers import named, percent, whole
from src.reports.document.page import (
    Bar,
    Bars,
    Block,
    Facts,
    Note,
    Paragraph,
    Section,
    Subheading,
    Table,
    Text,
    both,
)
from src.reports.quality.facts import QualityFacts, order_of

_MOST_EVIDENCE = 12


def rules(facts: QualityFacts) -> Section:
    """Every declared rule with its reason and its counts."""
    title = both("Rules applied", "所用规则")
    if not facts.rules:
        text = both("The source declares no rules.", "该来源没有声明规则。")
        return Section("rules", title, [Note(text)])
    rows: list[list[Text]] = [
        [
            str(rule.get("name", "")),
            str(rule.get("table", "")),
            str(rule.get("kind", "")),
            str(rule.get("reason", "")),
            *(_count(rule, key) for key in ("checked", "found", "changed")),
            _emptied(rule),
        ]
        for rule in facts.rules
    ]
    return Section(
        "rules",
        title,
        [
            Table(
                both("Rules, their reasons and what they did", "规则、理由及其作用"),
                [
                    both("Rule", "规则"),
                    both("Table", "表"),
                    both("Does", "作用"),
                    both("Reason", "理由"),
                    both("Checked", "检查"),
                    both("Found", "发现"),
                    both("Changed", "变更"),
                    both("Empty before → after", "空值:前 → 后"),
                ],
                rows,
                labels=4,
            )
        ],
    )


def _count(rule: Mapping[str, Any], key: str) -> str:
    value = rule.get(key)
    return whole(value) if isinstance(value, int | float) else "–"


def _emptied(rule: Mapping[str, Any]) -> str:
    before, after = rule.get("empty_before"), rule.get("empty_after")
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return "; ".join(f"{c}: {whole(before[c])} → {whole(after.get(c, 0))}" for c in before)
    if before is None or after is None:
        return "–"
    return f"{whole(before)} → {whole(after)}"


def identities(facts: QualityFacts) -> Section:
    """Records, customers, and what the links between records rest on."""
    title = both("Entity resolution", "客户识别")
    found = facts.measures.identities
    if found is None:
        text = both(
            "The source has one customer number for each customer: nothing to resolve.",
            "该来源每位客户只有一个客户号,无需识别。",
        )
        return Section("identities", title, [Note(text)])
    rows = [
        (both("Records of the systems", "各系统记录数"), whole(found.records)),
        (both("Customers", "客户数"), whole(found.customers)),
        (both("Customers with several records", "有多条记录的客户"), whole(found.merged)),
        (both("Customers found across systems", "跨系统识别的客户"), whole(found.across)),
        (both("Links", "关联数"), whole(found.links)),
    ]
    blocks: list[Block] = [Facts(rows), _systems(found)]
    if found.evidence:
        blocks.append(_evidence(found))
    return Section("identities", title, blocks)


def _systems(found: Identities) -> Bars:
    most = max(count for _, count in found.systems)
    bars = [
        Bar(name or "–", percent(count / found.records), 0.0, count / most, whole(count))
        for name, count in found.systems
    ]
    return Bars(
        both("Records by system", "各系统的记录"),
        both("System", "系统"),
        both("Share", "占比"),
        both("Records", "记录"),
        bars,
    )


def _evidence(found: Identities) -> Bars:
    shown, rest = found.evidence[:_MOST_EVIDENCE], found.evidence[_MOST_EVIDENCE:]
    most = shown[0][1]
    bars = [
        Bar(what, percent(count / found.links), 0.0, count / most, whole(count))
        for what, count in shown
    ]
    if rest:
        label = both(f"{len(rest)} other combinations", f"其余 {len(rest)} 种组合")
        bars.append(Bar(label, "", 0.0, 0.0, whole(sum(count for _, count in rest))))
    return Bars(
        both("Links by what speaks for them", "按依据划分的关联"),
        both("Agreeing", "相符之处"),
        both("Share", "占比"),
        both("Links", "关联"),
        bars,
    )


def quarantine(facts: QualityFacts) -> Section:
    """Rejected rows with examples, private values masked."""
    title = both("Quarantine", "隔离区")
    found = [r for r in facts.measures.rejected if r.scope == "all"]
    if not found:
        text = both("No row was rejected.", "没有被拒绝的行。")
        return Section("quarantine", title, [Note(text, "good")])
    blocks: list[Block] = [
        Paragraph(
            both(
                "Nothing is dropped in silence: each rejected row stands in "
                "quarantine.parquet with its file, line and rule. Direct identifiers "
                "are shown by their shape alone.",
                "没有任何行被静默丢弃:每条被拒绝的行连同文件、行号与规则均存于"
                " quarantine.parquet。直接标识只显示其形状。",
            )
        )
    ]
    for name in sorted({e.table for e in facts.samples.examples}, key=order_of):
        counts = {r.rule: r.rows for r in found if r.table == name}
        rows = [
            [
                e.rule,
                whole(counts[e.rule]) if e.rule in counts else "–",
                f"{e.file}:{e.line}",
                e.row,
            ]
            for e in facts.samples.examples
            if e.table == name
        ]
        heads = [
            both("Rule", "规则"),
            both("Rows", "行数"),
            both("Place", "位置"),
            both("Row as delivered", "交付内容"),
        ]
        blocks.append(Table(named(facts.texts.table(name), name), heads, rows, labels=4))
    return Section("quarantine", title, blocks)


def lineage(facts: QualityFacts) -> Section:
    """How to go from a ledger row back to the file, with an example."""
    blocks: list[Block] = [
        Paragraph(
            both(
                "lineage/<table>.parquet names, for each row of a ledger table, the "
                "files and lines that it came from; a customer has a line for each record of each "
                "system. Look a row up with `python -m src.quality lineage TABLE ROW`, or by its "
                "key with `python -m src.quality lineage transactions --key transaction_id=…`.",
                "lineage/<表>.parquet 记录账本每一行来自哪些文件与行号;"
                "客户在每个系统的每条记录各占一行。"
                "查询命令:`python -m src.quality lineage 表 行号`,"
                "或按主键:`python -m src.quality lineage transactions --key transaction_id=…`。",
            )
        ),
        Subheading(both("Examples", "示例")),
    ]
    blocks += [_origin(table, origin) for table, origin in facts.samples.lineage.items()]
    return Section("lineage", both("Lineage", "数据血缘"), blocks)


def _origin(table: str, origin: Origin) -> Facts:
    lines = ", ".join(f"{file}:{line}" for file, line in origin.lines[:6]) or "–"
    rows: list[tuple[Text, Text]] = [
        (both("Command", "命令"), f"python -m src.quality lineage {table} {origin.row}"),
        (both("Ledger row", "账本行"), f"{table} {origin.row}"),
        (both("Key", "主键"), ", ".join(f"{c} {v}" for c, v in origin.key.items())),
        (both("Came from", "来自"), lines),
    ]
    for file, line, column, rule, kind in origin.changes[:3]:
        word = both("Corrected", "已更正") if kind == "corrected" else both("Imputed", "已补全")
        rows.append((word, f"{column} ({rule}), {file}:{line}"))
    return Facts(rows)
