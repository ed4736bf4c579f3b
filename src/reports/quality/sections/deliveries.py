"""What came with each delivery, against the control files and the deliveries before."""

from collections.abc import Sequence

from src.quality.figures.consistency import Control
from src.quality.figures.timeliness import Series
from src.reports.document.numbers import day, figure, percent, whole
from src.reports.document.page import Block, Folded, Note, Picture, Section, Subheading, Table, both
from src.reports.quality import charts
from src.reports.quality.facts import QualityFacts
from src.sources.reading.arrived import TRUNCATED

_MOST_CHARTS = 12
_MOST_NAMED = 5


def deliveries(facts: QualityFacts) -> Section:
    """Rows by delivery, age of the last one, rows missing against control files."""
    series = facts.measures.series
    blocks: list[Block] = [_table(facts), *_cut(facts), *_copies(facts)]
    blocks += [_chart(s) for s in series if s.deliveries > 2][:_MOST_CHARTS]
    blocks += [Subheading(both("Control files", "控制文件")), *_controls(facts)]
    return Section("deliveries", both("Deliveries", "交付"), blocks)


def _table(facts: QualityFacts) -> Table:
    rows = [
        [
            s.name,
            whole(s.deliveries),
            day(s.delivered or "–"),
            figure(s.behind_days, 0),
            figure(s.overdue_days, 0),
            whole(s.rows[-1]),
            whole(s.fewest_before) if s.fewest_before is not None else "–",
        ]
        for s in facts.measures.series
    ]
    return Table(
        both("Files and their last delivery", "文件及其最近一次交付"),
        [
            both("File", "文件"),
            both("Deliveries", "交付次数"),
            both("Last", "最近一次"),
            both("Days behind", "落后天数"),
            both("Overdue", "逾期天数"),
            both("Rows", "行数"),
            both("Fewest before", "以往最少"),
        ],
        rows,
    )


def _cut(facts: QualityFacts) -> list[Block]:
    """Text files that end within a line: what came after it is missing too."""
    cut = [entry.file for entry in facts.account.rows if TRUNCATED in entry.rejected]
    if not cut:
        return []
    some = ", ".join(cut[:_MOST_NAMED]) + ("" if len(cut) <= _MOST_NAMED else ", …")
    return [
        Note(
            both(
                f"{len(cut)} deliveries are cut within their last line, and what came after it is "
                f"missing: {some}. Have them delivered anew.",
                f"{len(cut)} 次交付在最后一行中途截断,其后内容缺失:{some}。请重新交付。",
            ),
            "bad",
        )
    ]


def _copies(facts: QualityFacts) -> list[Block]:
    copies = facts.measures.copies
    if not copies:
        return []
    some = ", ".join(f"{c.file} = {c.copy_of}" for c in copies[:_MOST_NAMED])
    some += "" if len(copies) <= _MOST_NAMED else ", …"
    text = both(
        f"{len(copies)} deliveries hold the very bytes of an earlier one; their rows count once: "
        f"{some}.",
        f"{len(copies)} 次交付与以往某次完全相同,其行只计一次:{some}。",
    )
    return [Note(text, "bad" if any(c.events for c in copies) else "plain")]


def _chart(series: Series) -> Picture:
    return Picture(
        charts.columns(series.rows),
        both(
            f"Rows of each of the {series.deliveries} deliveries of {series.name}: the last has "
            f"{series.rows[-1]:,}, the largest {max(series.rows):,}.",
            f"{series.name} 的 {series.deliveries} 次交付各有多少行:最近一次 "
            f"{series.rows[-1]:,},最多 {max(series.rows):,}。",
        ),
        both(f"{series.name}: rows by delivery", f"{series.name}:各次交付的行数"),
        narrow=True,
    )


def _controls(facts: QualityFacts) -> list[Block]:
    controls = facts.measures.controls
    if not controls:
        text = both("No control file announces rows.", "没有控制文件给出应有行数。")
        return [Note(text)]
    short = [c for c in controls if c.rows != c.expected]
    if not short:
        text = both(
            f"All {len(controls)} deliveries hold the rows that their control files announce.",
            f"全部 {len(controls)} 次交付的行数均与控制文件相符。",
        )
        return [Note(text, "good")]
    feeds = {file.file: file.series for file in facts.account.files}
    by_feed: dict[str, list[Control]] = {}
    for control in short:
        by_feed.setdefault(feeds.get(control.file, control.file), []).append(control)
    heads = [both("Rows", "行数"), both("Announced", "应有"), both("Missing", "缺失")]
    caption = both(
        f"Feeds with deliveries whose rows differ from the control file ({len(short)} of "
        f"{len(controls)} deliveries)",
        f"行数与控制文件不符的数据源({len(controls)} 次交付中的 {len(short)} 次)",
    )
    totals = Table(
        caption,
        [both("Feed", "数据源文件"), both("Deliveries", "交付次数"), *heads],
        [[feed, whole(len(found)), *_announced(found)] for feed, found in by_feed.items()],
    )
    single = Table(
        both("Deliveries that differ", "不符的交付"),
        [both("File", "文件"), *heads],
        [[control.file, *_announced([control])] for control in short],
    )
    n = whole(len(short))
    return [totals, Folded(both(f"Delivery by delivery ({n})", f"逐次交付({n})"), [single])]


def _announced(controls: Sequence[Control]) -> list[str]:
    """Rows that came, rows that were announced, and the share that is missing."""
    rows, expected, missing = (
        sum(getattr(control, name) for control in controls)
        for name in ("rows", "expected", "missing")
    )
    return [whole(rows), whole(expected), percent(missing / expected if expected else 0)]
