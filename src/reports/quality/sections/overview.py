"""The verdict, the gates, and one line per table."""

from collections.abc import Sequence

from src.core.schemas import LEDGER
from src.core.taxonomy import Wording
from src.quality.verdict import Verdict
from src.reports.document.numbers import day, named, percent, whole
from src.reports.document.page import (
    Block,
    Cell,
    Facts,
    Note,
    Paragraph,
    Section,
    Subheading,
    Table,
    Text,
    both,
)
from src.reports.quality.facts import QualityFacts


def overview(facts: QualityFacts) -> Section:
    """1: what was delivered, which gates hold, and where to look."""
    account = facts.account
    rows_in = sum(entry.rows_in for entry in account.rows)
    rows_out = sum(entry.rows_out for entry in account.rows)
    rows = [
        (both("Source", "数据来源"), account.source),
        (both("Data end", "数据截止"), day(account.data_end or "–")),
        (both("Files delivered", "交付文件数"), whole(len(account.files))),
        (both("Rows for the ledger", "入账前行数"), whole(rows_in)),
        (both("Rows in the ledger", "入账行数"), whole(rows_out)),
        (both("Rows rejected", "被拒绝行数"), whole(rows_in - rows_out)),
    ]
    blocks: list[Block] = [Facts(rows), *_failures(facts), _gates(facts)]
    blocks += [Subheading(both("Tables", "各表")), _tables(facts)]
    blocks += [Subheading(both("What is measured", "度量内容")), *_meanings(facts)]
    return Section("overview", both("Overview", "总览"), blocks)


def failures(facts: QualityFacts) -> Sequence[Verdict]:
    """The verdicts that failed."""
    return [verdict for verdict in facts.verdicts if verdict.outcome == "failed"]


def amount(gate: str, value: float) -> str:
    """A gate's figure or limit as a person reads it."""
    if gate.endswith("_share") or gate in ("min_completeness", "max_null_drift"):
        return percent(value, 2)
    return f"{value:,.4g}" if value < 1000 else whole(value)


def _failures(facts: QualityFacts) -> list[Block]:
    found = failures(facts)
    if not found:
        text = both("Every gate holds: the later stages may run.", "全部闸门通过:可运行后续阶段。")
        return [Note(text, "good")]
    blocks: list[Block] = [
        Note(
            both(
                f"{len(found)} gates do not hold: the stages after the ledger do not run.",
                f"{len(found)} 项闸门未通过:账本之后的阶段不会运行。",
            ),
            "bad",
        )
    ]
    return blocks + [Note(_failure(facts, verdict), "bad") for verdict in found[:20]]


def _failure(facts: QualityFacts, verdict: Verdict) -> Wording:
    text = facts.texts.gates[verdict.gate]
    figure, limit = amount(verdict.gate, verdict.figure), amount(verdict.gate, verdict.limit)
    sign = "≥" if verdict.at_least else "≤"
    lines = ", ".join(verdict.lines)
    latest = verdict.scope == "latest"
    first_en = f" First: {lines}." if lines else ""
    first_zh = f"首批位置:{lines}。" if lines else ""
    return both(
        f"{verdict.subject}{' (latest delivery)' if latest else ''}: {text.wording.en.lower()} "
        f"{figure}, expected {sign} {limit} ({verdict.parameter}).{first_en} {text.advice.en}",
        f"{verdict.subject}{'(最近一次交付)' if latest else ''}:{text.wording.zh} {figure},"
        f"应 {sign} {limit}({verdict.parameter})。{first_zh}{text.advice.zh}",
    )


def _gates(facts: QualityFacts) -> Table:
    """One line per gate: the subject that comes nearest to failing, or fails most."""
    rows: list[list[Text | Cell]] = []
    for gate, text in facts.texts.gates.items():
        judged = [v for v in facts.verdicts if v.gate == gate and v.outcome != "not judged"]
        aside = sum(v.gate == gate and v.outcome == "not judged" for v in facts.verdicts)
        count = f"{len(judged)}" + (f" (+{aside})" if aside else "")
        name = named(text.wording, gate)
        if not judged:
            rows.append([name, count, "–", "–", "–", both("not judged", "未判定")])
            continue
        worst = max(judged, key=lambda v: (v.outcome == "failed", v.distance))
        sign = "≥" if worst.at_least else "≤"
        bad = worst.outcome == "failed"
        verdict = both("✗\u00a0failed", "未通过") if bad else both("✓\u00a0passed", "通过")
        rows.append(
            [
                name,
                count,
                worst.subject,
                Cell(amount(gate, worst.figure), strong=bad),
                f"{sign}\u00a0{amount(gate, worst.limit)}",
                Cell(verdict, strong=bad),
            ]
        )
    return Table(
        both(
            "Gates, each on its weakest subject; in brackets: too few rows to judge",
            "各闸门及其最弱对象;括号内为行数过少未判定者",
        ),
        [
            both("Gate", "闸门"),
            both("Judged", "判定数"),
            both("Weakest", "最弱对象"),
            both("Figure", "数值"),
            both("Limit", "界限"),
            both("Verdict", "结论"),
        ],
        rows,
    )


def _tables(facts: QualityFacts) -> Table:
    measures = facts.measures
    rows: list[list[Text | Cell]] = []
    for name in LEDGER:
        keys = [k for k in measures.keys if k.table == name]
        if not keys:
            continue
        mapped = [f for f in measures.filled if (f.table, f.scope) == (name, "all") and f.mapped]
        applying, filled = sum(f.rows for f in mapped), sum(f.filled for f in mapped)
        faults = sum(
            r.rows for r in measures.rejected if (r.table, r.scope) == (name, "all") and r.fault
        )
        rows_in = facts.account.rows_in(name)
        changed = [c for c in measures.changed if (c.table, c.scope) == (name, "all")]
        rows.append(
            [
                named(facts.texts.table(name), name),
                whole(rows_in),
                whole(keys[0].rows),
                whole(keys[0].standing),
                percent(filled / applying) if applying else "–",
                whole(sum(c.values for c in changed if c.kind == "corrected")),
                whole(sum(c.values for c in changed if c.kind == "imputed")),
                percent(faults / rows_in, 2) if rows_in else "–",
            ]
        )
    return Table(
        both("The ledger's tables", "账本各表"),
        [
            both("Table", "表"),
            both("Rows in", "读入"),
            both("Versions", "版本"),
            both("Standing", "有效"),
            both("Filled", "填充"),
            both("Corrected", "更正"),
            both("Imputed", "补全"),
            both("Quarantined", "隔离"),
        ],
        rows,
    )


def _meanings(facts: QualityFacts) -> list[Block]:
    texts = facts.texts
    return [
        Paragraph(
            both(
                f"{texts.dimensions[name].en}. {meaning.en}",
                f"{texts.dimensions[name].zh}:{meaning.zh}",
            )
        )
        for name, meaning in texts.meanings.items()
    ]
