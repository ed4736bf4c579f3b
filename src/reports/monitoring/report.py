"""The page on a month of the served models: gates, drift, estimated and realised figures."""

from collections.abc import Iterable, Mapping, Sequence
from heapq import nlargest

from src.core.taxonomy import Wording
from src.models.drift import Drift
from src.models.watch import Watch
from src.reports.document.page import (
    Badge,
    Block,
    Cell,
    Document,
    Facts,
    Note,
    Paragraph,
    Section,
    Subheading,
    Table,
    Text,
    both,
    render,
)
from src.reports.texts import Texts

_SHOWN = 15
_GATES = {
    "population_change": both("change of the number of customers", "客户数变化"),
    "population_psi": both(
        "who the customers are: stability index minus sampling noise",
        "客户构成稳定性指数(扣除抽样误差)",
    ),
    "drifted_features": both("share of features that drifted", "漂移特征占比"),
    "score_psi": both(
        "scores: stability index minus sampling noise", "评分稳定性指数(扣除抽样误差)"
    ),
    "score_ks": both("scores: Kolmogorov-Smirnov", "评分 KS"),
    "expected_loss_rise": both("estimated rise of log loss", "对数损失估计升幅"),
    "outcome_psi": both(
        "outcomes: stability index minus sampling noise", "结果稳定性指数(扣除抽样误差)"
    ),
    "calibration_error": both("calibration error minus sampling noise", "校准误差(扣除抽样误差)"),
}
_EXPLAINED = Paragraph(
    both(
        "Test: the rows on which the model was judged before it was served. Estimated: from the "
        "calibrated probabilities of all customers, before any outcome is known. Realised: on the "
        "rows whose outcome has come and that the model has not seen.",
        "测试:模型上线前的测试样本。估计:结果未知时,由全部客户的校准概率推算。"
        "实际:结果已知且模型未见过的样本。",
    )
)


def monitoring_page(watches: Sequence[Watch], source: str, texts: Texts) -> str:
    """HTML of one month, a section per task."""
    month = watches[0].month
    broken = sum(len(watch.broken) for watch in watches)
    return render(
        Document(
            title=both(f"Monitoring of {month}", f"{month} 监测"),
            subtitle=both(f"Source {source}", f"数据来源 {source}"),
            header=[
                Badge(both(f"{broken} gates broken", f"{broken} 项闸门未通过"), "bad")
                if broken
                else Badge(both("All gates hold", "闸门全部通过"), "good")
            ],
            sections=[
                Section(watch.task, texts.task(watch.task), _blocks(watch, texts))
                for watch in watches
            ],
            footer=both(
                "Made by Kehu from the training window's counts and one month's rows; monitor.json "
                "beside this page holds every figure.",
                "由 Kehu 根据训练窗口的计数与当月数据生成;全部数值见同目录 monitor.json。",
            ),
        )
    )


def _blocks(watch: Watch, texts: Texts) -> list[Block]:
    names = ", ".join(_GATES[gate.name].en for gate in watch.broken)
    zh = "、".join(_GATES[gate.name].zh for gate in watch.broken)
    verdict = (
        Note(
            both(
                f"Broken: {names}. Retrain with a later date.", f"未通过:{zh}。请用更晚日期重训。"
            ),
            "bad",
        )
        if watch.broken
        else Note(both("Every gate holds.", "闸门全部通过。"), "good")
    )
    return [
        verdict,
        _facts(watch),
        _gates(watch),
        Subheading(both("How good it is", "模型表现")),
        _EXPLAINED,
        _figures(watch, texts),
        Subheading(both("What drifted against the training window", "与训练窗口相比的漂移")),
        _outcomes(watch),
        _drifts(both("Scores", "评分"), [("score", watch.scores)]),
        _drifts(both("Who the customers are", "客户构成"), watch.population.composition.items()),
        _drifts(
            both(f"The {_SHOWN} features that drifted most", f"漂移最大的 {_SHOWN} 个特征"),
            nlargest(_SHOWN, watch.features.items(), key=lambda entry: entry[1].excess),
        ),
    ]


def _facts(watch: Watch) -> Facts:
    people = watch.population
    return Facts(
        [
            (both("Model", "模型"), watch.version),
            (both("Training window", "训练窗口"), f"{watch.window[0]} – {watch.window[1]}"),
            (
                both("Customers (new, gone since the snapshot before)", "客户数(新增、流失)"),
                f"{people.customers:,} (+{people.newcomers:,}, -{people.leavers:,})",
            ),
            (
                both("Customers at a snapshot of the window", "训练窗口内每期客户数"),
                f"{people.usual:,.0f}",
            ),
            (both("Rows with a known outcome", "已有结果的样本"), f"{watch.matured.rows:,}"),
        ]
    )


def _gates(watch: Watch) -> Table:
    rows: list[list[Text | Cell]] = [
        [
            _GATES[gate.name],
            Cell(f"{gate.value:.4f}", strong=not gate.held),
            f"{gate.limit:g}",
            both("holds", "通过") if gate.held else both("broken", "未通过"),
        ]
        for gate in watch.gates
    ]
    columns = [
        both("Gate", "闸门"),
        both("Value", "数值"),
        both("Limit", "上限"),
        both("Verdict", "结论"),
    ]
    return Table(both("Gates of params.yaml", "params.yaml 中的闸门"), columns, rows)


def _figures(watch: Watch, texts: Texts) -> Table:
    rows: list[list[Text | Cell]] = [
        [
            texts.yardstick(name),
            _number(watch.reference.get(name)),
            _number(watch.expected[name]),
            _number(found["value"]),
            f"{_number(found['low'])} – {_number(found['high'])}",
            _number(watch.matured.figures.get(name)),
        ]
        for name, found in watch.estimated.items()
    ]
    matured = watch.matured
    rows.append(
        [
            texts.yardstick("calibration_error"),
            _number(watch.reference.get("calibration_error")),
            "–",
            _number(matured.calibration.get("if_calibrated")),
            both("sampling noise alone", "仅由抽样误差"),
            _number(matured.calibration.get("error")),
        ]
    )
    return Table(
        both("Figures, as promised and as they came", "指标:估计值与实际值"),
        [
            both("Yardstick", "指标"),
            both("Test", "测试"),
            both("Estimated then", "训练期估计"),
            both("Estimated now", "当月估计"),
            both("Interval", "区间"),
            both("Realised", "实际"),
        ],
        rows,
    )


def _outcomes(watch: Watch) -> Table:
    then, now = watch.outcomes, watch.matured.outcomes
    rows: list[list[Text | Cell]] = [
        [name, _share(count, then), _share(now.get(name), now)] for name, count in then.items()
    ]
    return Table(
        both("Outcomes", "结果"),
        [both("Class", "类别"), both("Training window", "训练窗口"), both("This month", "当月")],
        rows,
    )


def _share(count: int | None, of: Mapping[str, int]) -> str:
    return "–" if count is None else f"{100 * count / max(sum(of.values()), 1):.1f}%"


def _drifts(caption: Wording, entries: Iterable[tuple[str, Drift]]) -> Table:
    rows: list[list[Text | Cell]] = [
        [
            name,
            f"{drift.psi:.3f}",
            Cell(f"{drift.excess:.3f}", shade=min(drift.excess, 1.0)),
            f"{drift.ks:.3f}",
            f"{100 * drift.unknown:+.1f}%",
        ]
        for name, drift in sorted(entries, key=lambda entry: -entry[1].excess)
    ]
    return Table(
        caption,
        [
            both("Of what", "项目"),
            both("Stability index", "稳定性指数"),
            both("Minus sampling noise", "扣除抽样误差"),
            "KS",
            both("Unknown", "缺失变化"),
        ],
        rows,
    )


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"
