"""The page on customers who changed class: how far by new data, a new model, a new threshold."""

from src.models.changes import PARTS, SIXTHS, Changes
from src.reports.document.page import (
    Block,
    Cell,
    Document,
    Facts,
    Paragraph,
    Section,
    Table,
    Text,
    both,
    render,
)
from src.reports.texts import Texts

_SHOWN = 40
_NAMES = {
    "data": both("new data", "新数据"),
    "model": both("a new model", "新模型"),
    "threshold": both("a new threshold", "新阈值"),
}


def changes_page(found: Changes, old: str, new: str, texts: Texts) -> str:
    """HTML of one task's changes. old, new: month and model version of either state, in words."""
    totals = found.totals()
    facts = Facts(
        [
            (both("Before", "此前"), old),
            (both("After", "此后"), new),
            (both("Customers in both", "两期均有的客户"), f"{totals['customers']:,}"),
            (both("of whom changed class", "其中类别变化"), f"{totals['changed']:,}"),
            (both("Newcomers, leavers", "新增、流失"), f"{found.newcomers:,}, {found.leavers:,}"),
        ]
    )
    told = Paragraph(
        both(
            "A change counts in classes, up or down. Each part's share is what it adds, averaged "
            "over all orders in which data, model and threshold may be renewed (Shapley, 1953); "
            "the shares of every customer, and so their sums, add up to the change exactly.",
            "变化以类别数计。每一部分的贡献为数据、模型、阈值按所有更新顺序的平均增量"
            "(沙普利值,1953);每位客户各部分之和恰好等于其变化。",
        )
    )
    blocks: list[Block] = [facts, told, _totals(found), _moves(found), _largest(found)]
    name = texts.task(found.task)
    document = Document(
        title=both(f"Changes of class: {name.en}", f"类别变化:{name.zh}"),
        subtitle=both(f"{old} → {new}", f"{old} → {new}"),
        sections=[Section("changes", both("Where changes come from", "变化的来源"), blocks)],
        footer=both(
            "Made by Kehu; changes.parquet beside this page has every customer.",
            "由 Kehu 生成;同目录 changes.parquet 含全部客户。",
        ),
    )
    return render(document)


def _totals(found: Changes) -> Table:
    totals = found.totals()
    rows: list[list[Text | Cell]] = []
    for key, label in (("up", both("Up", "上升")), ("down", both("Down", "下降"))):
        side = totals[key]
        shares: list[Text | Cell] = [f"{side[part]:+.2f}" for part in PARTS]
        rows.append([label, f"{side['customers']:,}", *shares, f"{side['classes']:+d}"])
    return Table(
        both("Sums in classes", "合计(类别数)"),
        [
            both("Direction", "方向"),
            both("Customers", "客户数"),
            *[_NAMES[part] for part in PARTS],
            both("Together", "合计"),
        ],
        rows,
    )


def _moves(found: Changes) -> Table:
    return Table(
        both("Customers by class before and after", "前后类别的客户数"),
        [both("Before", "此前"), both("After", "此后"), both("Customers", "客户数")],
        [[m["from"], m["to"], f"{m['customers']:,}"] for m in found.totals()["moves"]],
        labels=2,
    )


def _largest(found: Changes) -> Table:
    table = found.table()
    changed = table[table["change"] != 0]
    order = changed["change"].abs().sort_values(ascending=False, kind="stable").index[:_SHOWN]
    rows: list[list[Text | Cell]] = [
        [
            str(row["customer_id"]),
            str(row["old"]),
            str(row["new"]),
            *[_sixths(row[f"from_{part}"]) for part in PARTS],
            f"{row['change']:+d}",
        ]
        for _, row in changed.loc[order].iterrows()
    ]
    return Table(
        both(
            f"The first {_SHOWN} customers who changed, largest changes first",
            f"变化最大的前 {_SHOWN} 位客户",
        ),
        [
            both("Customer", "客户"),
            both("Before", "此前"),
            both("After", "此后"),
            *[_NAMES[part] for part in PARTS],
            both("Change", "变化"),
        ],
        rows,
    )


def _sixths(share: float) -> str:
    whole = round(share * SIXTHS)
    return f"{whole / SIXTHS:+.2f}" if whole else "0"
