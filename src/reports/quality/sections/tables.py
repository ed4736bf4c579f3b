"""One section per ledger table: its columns, its rules, its keys, delays and references."""

from src.core.schemas import LEDGER
from src.core.taxonomy import Wording
from src.quality.figures.completeness import Filled
from src.reports.document.numbers import named, percent, whole
from src.reports.document.page import Bar, Bars, Block, Facts, Section, Table, Text, both
from src.reports.quality.facts import QualityFacts

_MINUTES_OF_HOUR, _MINUTES_OF_DAY = 60, 1440


def tables(facts: QualityFacts) -> list[Section]:
    """A section for each table that has rows or lost all of them to rules."""
    present = {k.table for k in facts.measures.keys} | {r.table for r in facts.measures.rejected}
    return [
        Section(name, named(facts.texts.table(name), name), _blocks(facts, name))
        for name in LEDGER
        if name in present
    ]


def _blocks(facts: QualityFacts, table: str) -> list[Block]:
    blocks: list[Block] = [Facts(_facts(facts, table))]
    if any(f.table == table for f in facts.measures.filled):
        blocks.append(_filled(facts, table))
    for part in (_broken(facts, table), _delays(facts, table)):
        if part is not None:
            blocks.append(part)
    return blocks


def _facts(facts: QualityFacts, table: str) -> list[tuple[Text, Text]]:
    rows: list[tuple[Text, Text]] = []
    for keys in facts.measures.keys:
        if keys.table == table:
            rows += [
                (both("Key", "主键"), ", ".join(keys.key)),
                (both("Versions of rows", "行的版本数"), whole(keys.rows)),
                (both("Rows that stand", "有效行数"), whole(keys.standing)),
                (both("Distinct keys", "不同主键"), whole(keys.things)),
                (both("Keys with several standing rows", "有多行有效的主键"), whole(keys.repeated)),
            ]
    rows += _references(facts, table)
    rows += _statements(facts) if table == "balances" else []
    return rows + _quotations(facts, table)


def _references(facts: QualityFacts, table: str) -> list[tuple[Text, Text]]:
    return [
        (
            both(f"Orphans, {r.column} → {r.to}", f"引用不存在:{r.column} → {r.to}"),
            f"{whole(r.orphans)} / {whole(r.rows)}",
        )
        for r in facts.measures.references
        if r.table == table
    ]


def _statements(facts: QualityFacts) -> list[tuple[Text, Text]]:
    words = {"money": both("money", "金额"), "units": both("units", "份额")}
    return [
        (
            both(
                f"Statements that agree with the movements ({words[s.what].en})",
                f"与变动相符的对账单({words[s.what].zh})",
            ),
            f"{whole(s.agreeing)} / {whole(s.compared)} ({percent(s.share or 0.0)})",
        )
        for s in facts.measures.statements
    ]


def _quotations(facts: QualityFacts, table: str) -> list[tuple[Text, Text]]:
    return [
        (
            both("Held or used, and quoted", "持有或使用且有报价"),
            f"{p.present} / {p.needed}" + (f": {', '.join(p.missing)}" if p.missing else ""),
        )
        for p in facts.measures.presence
        if (p.what, table) in (("price", "prices"), ("rate", "fx_rates"))
    ]


def _filled(facts: QualityFacts, table: str) -> Bars:
    """Share filled by column; columns that the source does not map are named as such."""
    latest = {f.column: f for f in facts.measures.filled if (f.table, f.scope) == (table, "latest")}
    bars = []
    for filled in facts.measures.filled:
        if (filled.table, filled.scope) == (table, "all"):
            share = filled.share
            bars.append(
                Bar(
                    filled.column,
                    _note(facts, filled, latest.get(filled.column)),
                    0.0,
                    share or 0.0,
                    "–" if share is None else percent(share),
                    "total" if share is None or share > 0.5 or not filled.mapped else "rise",
                )
            )
    return Bars(
        both("Completeness by column, of the rows to which it applies", "各列在适用行中的填充比例"),
        both("Column", "列"),
        both("Rows", "行数"),
        both("Filled", "填充"),
        bars,
    )


def _note(facts: QualityFacts, filled: Filled, latest: Filled | None) -> Wording:
    """Rows to which the column applies, and what is worth knowing beside its share."""
    if not filled.mapped:
        return both("not mapped", "未映射")
    en, zh = [whole(filled.rows)], [whole(filled.rows)]
    if latest is not None and latest.share not in (None, filled.share):
        now = percent(latest.share or 0.0)
        en, zh = [*en, f"latest delivery {now}"], [*zh, f"最近一次交付 {now}"]
    if filled.imputed:
        count = whole(filled.imputed)
        en, zh = [*en, f"{count} imputed"], [*zh, f"补全 {count}"]
    if where := facts.texts.applies.get(f"{filled.table}.{filled.column}"):
        en, zh = [*en, f"where {where}"], [*zh, f"适用于 {where}"]
    return both("; ".join(en), ";".join(zh))


def _broken(facts: QualityFacts, table: str) -> Table | None:
    """Rules that rejected rows or changed values, with the first lines."""
    latest = {
        (r.rule, ""): r.rows
        for r in facts.measures.rejected
        if (r.table, r.scope) == (table, "latest")
    } | {
        (c.rule, c.column): c.values
        for c in facts.measures.changed
        if (c.table, c.scope) == (table, "latest")
    }
    rows: list[list[Text]] = []
    for r in facts.measures.rejected:
        if (r.table, r.scope) == (table, "all"):
            kind = facts.texts.kind_of(r.rule).wording
            rows.append(_line(r.rule, kind, r.rows, r.share, latest.get((r.rule, "")), r.lines))
    for c in facts.measures.changed:
        if (c.table, c.scope) == (table, "all"):
            corrected = c.kind == "corrected"
            kind = both("corrected", "已更正") if corrected else both("imputed", "已补全")
            name = f"{c.rule} ({c.column})"
            now = latest.get((c.rule, c.column))
            rows.append(_line(name, kind, c.values, c.share, now, c.lines))
    if not rows:
        return None
    return Table(
        both("What broke a rule, as delivered", "交付时违反规则者"),
        [
            both("Rule", "规则"),
            both("Kind", "类别"),
            both("Found", "数量"),
            both("Share", "占比"),
            both("Latest", "最近一次"),
            both("First lines", "首批位置"),
        ],
        rows,
        labels=2,
    )


def _line(
    rule: str,
    kind: Wording,
    count: int,
    share: float | None,
    latest: int | None,
    lines: tuple[str, ...],
) -> list[Text]:
    shown = "–" if share is None else percent(share, 2)
    now = "–" if latest is None else whole(latest)
    return [rule, kind, whole(count), shown, now, ", ".join(lines[:2]) or "–"]


def _delays(facts: QualityFacts, table: str) -> Table | None:
    rows: list[list[Text]] = [
        [
            d.source,
            both("latest", "最近一次") if d.scope == "latest" else both("all", "全部"),
            whole(d.rows),
            *(_span(minutes) for minutes in (d.median, d.p90, d.p99, d.largest)),
            percent(d.share or 0.0, 2),
        ]
        for d in facts.measures.delays
        if d.table == table
    ]
    if not rows:
        return None
    days = f"{facts.params.late_after_days:g}"
    return Table(
        both("From the event to the institution's knowledge", "从事件发生到机构得知"),
        [
            both("Source", "来源"),
            both("Rows of", "范围"),
            both("Rows", "行数"),
            both("Median", "中位"),
            "90%",
            "99%",
            both("Longest", "最长"),
            both(f"Later than {days} days", f"超过 {days} 天"),
        ],
        rows,
        labels=2,
    )


def _span(minutes: int) -> str:
    if abs(minutes) < 2 * _MINUTES_OF_HOUR:
        return f"{minutes} min"
    if abs(minutes) < 2 * _MINUTES_OF_DAY:
        return f"{minutes / _MINUTES_OF_HOUR:.1f} h"
    return f"{minutes / _MINUTES_OF_DAY:.1f} d"
