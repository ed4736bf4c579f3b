"""Section 4: feature and label windows, the split, and what the leak audit found."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from src.reports.document.numbers import day, whole
from src.reports.document.page import Block, Facts, Note, Paragraph, Section, Table, both
from src.reports.model.facts import ReportFacts
from src.reports.model.sections.shared import is_out_of_time


def windows(facts: ReportFacts) -> Section:
    """4: feature and label windows, the split, the leak audit."""
    split: Mapping[str, Any] = facts.bundle.card.get("split", {})
    horizon = facts.labels.get("horizon_days", split.get("horizon_days", "–"))
    rows = [
        (
            both("Feature window", "特征窗口"),
            "as_of − window ≤ occurred_at < as_of; known_at < as_of",
        ),
        (both("Label window", "标签窗口"), f"as_of ≤ occurred_at < as_of + {horizon} days"),
        (both("Development up to", "开发样本截止"), day(split.get("last_development", "–"))),
        (both("Test from", "测试样本开始"), day(split.get("first_test", "–"))),
        (both("Test to", "测试样本截止"), day(split.get("last_test", "–"))),
        (both("Development rows", "开发样本行数"), _count(split.get("development_rows"))),
        (both("Test rows", "测试样本行数"), _count(facts.metrics.get("rows"))),
        (both("Test customers", "测试客户数"), _count(facts.metrics.get("customers"))),
    ]
    return Section(
        "windows",
        both("Windows and split", "时间窗口与样本划分"),
        [Facts(rows), _apart(facts, horizon), *_leak_tests(facts)],
    )


def _leak_tests(facts: ReportFacts) -> list[Block]:
    """What the audit of the features found, for those that the model is given."""
    if not facts.audit:
        none = both("The features were not audited for leaks.", "特征未经泄漏审计。")
        return [Note(none, "warning")]
    names = [n for n in facts.bundle.spec.names if n in facts.audit["features"]]
    entries = [facts.audit["features"][name] for name in names]
    found = Counter(entry["verdict"] for entry in entries)
    clean, silent = found["clean"], found["not exercised"]
    wrong = len(names) - clean - silent
    verdict = both(
        f"Leak audit of the model's {len(names)} features: {clean} clean, {wrong} leaking, "
        f"{silent} that no trial could move. Each trial changes what a feature at as_of must not "
        "see and nothing may move; the same change a microsecond earlier has to.",
        f"模型的 {len(names)} 个特征的泄漏审计:{clean} 个通过,{wrong} 个泄漏,"
        f"{silent} 个未能被任何试验影响。每项试验只改动特征在 as_of 不应看到的内容,"
        "结果必须不变;同样的改动提早一微秒则必须使其变化。",
    )
    claims = [
        [trial, claim, *_outcomes(entries, trial)] for trial, claim in facts.audit["trials"].items()
    ]
    columns = (
        both("Trial", "试验"),
        both("What it claims", "命题"),
        both("Features that hold it", "通过的特征数"),
        both("That break it", "违反的特征数"),
        both("Not exercised", "未被检验"),
    )
    return [
        Note(verdict, "bad" if wrong else "good"),
        Table(both("Trials of the leak audit", "泄漏审计的各项试验"), columns, claims, labels=2),
    ]


def _outcomes(entries: Sequence[Mapping[str, Any]], trial: str) -> list[str]:
    found = Counter(entry["trials"].get(trial) for entry in entries)
    wrong = found["leaks"] + found["misses"]
    return [str(count) for count in (found["clean"], wrong, found["not exercised"])]


def _apart(facts: ReportFacts, horizon: Any) -> Block:
    """What parts the test from the development, with a warning where time does not."""
    if is_out_of_time(facts):
        return Paragraph(
            both(
                "Out of time and out of sample: the test rows are later than every development "
                f"row by at least the horizon of {horizon} days, and no customer stands on both "
                "sides.",
                f"跨时间且跨客户检验:测试样本比开发样本至少晚一个预测期({horizon} 天),"
                "且同一客户不会同时出现在两侧。",
            )
        )
    return Note(
        both(
            "Out of sample, not out of time: the source labels one instant only, so the test rows "
            "are of customers never seen in development, at the same instant. The figures say "
            "nothing of how the model holds at another time; expect it to do worse there.",
            "仅跨客户检验,非跨时间检验:数据来源只在一个时点给出标签,"
            "测试样本是开发中从未出现的客户,但处于同一时点。"
            "这些指标不能说明模型在其他时期的表现,预计会更差。",
        ),
        "warning",
    )


def _count(value: Any) -> str:
    return "–" if value is None else whole(value)
