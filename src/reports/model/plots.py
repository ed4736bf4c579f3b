"""Charts of the model report, as SVG markup in both languages."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap

from src.core.taxonomy import Wording
from src.explain.drivers import FeatureDriver
from src.models.calibration import Floats
from src.reports.document.page import both
from src.reports.model.drawing import BLUE, GRID, INK, MUTED, RED, Chart, chart

SERIES = ("#1f6f8b", "#c1702a", "#5f4b8b", "#3f7d4e", "#8b3a62", "#6b6b2f")
_LOW_TO_HIGH = LinearSegmentedColormap.from_list("low_to_high", [BLUE, "#c9b8c4", RED])
_DECLARED = {
    1: both("declared to rise", "声明:上升"),
    -1: both("declared to fall", "声明:下降"),
    0: both("no declared direction", "无声明方向"),
}


def beeswarm(drivers: Sequence[FeatureDriver], values: Floats, upwards: Floats) -> str:
    """One dot per row and feature: its contribution across, its own value as colour.

    values, upwards: (n, d) in the order of the d drivers; at most 15 are drawn.
    """
    shown = min(len(drivers), 15)
    with chart("beeswarm", 8.8, 0.42 * shown + 0.9) as drawn:
        axes = drawn.figure.subplots()
        axes.axvline(0, color=MUTED, linewidth=0.8)
        for i in range(shown):
            _swarm(axes, shown - 1 - i, values[:, i], upwards[:, i])
            _feature_name(drawn, axes, shown - 1 - i, drivers[i].wording)
        axes.set_yticks(range(shown), [""] * shown)
        axes.set_ylim(-0.6, shown - 0.4)
        axes.set_xlabel(
            drawn.say(
                both(
                    "contribution towards the later classes (log-odds)",
                    "对靠后类别的贡献(对数几率)",
                )
            )
        )
        axes.grid(axis="x", color=GRID, linewidth=0.5)
        axes.set_axisbelow(True)
        _colour_key(drawn, axes)
        return drawn.svg()


def dependence(drivers: Sequence[FeatureDriver], values: Floats, upwards: Floats) -> str:
    """Contribution against value for at most 6 drivers, each with its declared direction."""
    shown = min(len(drivers), 6)
    if not shown:
        return ""
    rows = -(-shown // 3)
    with chart("dependence", 8.8, 2.7 * rows) as drawn:
        grid = drawn.figure.subplots(rows, min(shown, 3), squeeze=False).ravel()
        for axes in grid[shown:]:
            axes.set_axis_off()
        for i, axes in enumerate(grid[:shown]):
            _dependence_of(drawn, axes, drivers[i], values[:, i], upwards[:, i])
        return drawn.svg()


def reliability(curves: Sequence[tuple[Wording, Floats, Floats, Floats, Floats, Floats]]) -> str:
    """Observed frequency against predicted probability.

    curves: per class its name, (b,) mean predicted, (b,) observed frequency and the ends of its
    interval, (b,) rows.
    """
    with chart("reliability", 4.6, 4.2) as drawn:
        axes = drawn.figure.subplots()
        perfect = drawn.say(both("perfect", "完全校准"))
        axes.plot([0, 1], [0, 1], color=MUTED, linewidth=0.8, linestyle="--", label=perfect)
        for (name, predicted, observed, low, high, rows), colour in zip(
            curves, SERIES, strict=False
        ):
            axes.vlines(predicted, low, high, color=colour, linewidth=1.0, alpha=0.7)
            sizes = 8 + 70 * rows / max(rows.max(), 1)
            axes.plot(predicted, observed, color=colour, linewidth=1.2, label=drawn.say(name))
            axes.scatter(predicted, observed, s=sizes, color=colour, alpha=0.55, linewidths=0)
        axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
        axes.set_xlabel(drawn.say(both("predicted probability", "预测概率")))
        axes.set_ylabel(drawn.say(both("observed frequency", "实际频率")))
        axes.grid(color=GRID, linewidth=0.5)
        axes.legend(frameon=False, loc="upper left")
        return drawn.svg()


def lift_curve(lifts: Floats, share: Floats) -> str:
    """Lift of each decile and the cumulative gain.

    lifts, share: (d,) by falling score; share of all positives is cumulative, in [0, 1].
    """
    with chart("lift", 4.6, 4.2) as drawn:
        axes = drawn.figure.subplots()
        deciles = np.arange(1, len(lifts) + 1)
        axes.bar(deciles, lifts, color=BLUE, width=0.75)
        axes.axhline(1, color=MUTED, linewidth=0.8, linestyle="--")
        axes.set_xlabel(drawn.say(both("decile, highest score first", "十分位(得分由高到低)")))
        axes.set_ylabel(drawn.say(both("lift over the base rate", "相对基准比率的提升度")))
        axes.set_xticks(deciles)
        gain = axes.twinx()
        gain.plot(deciles, 100 * share, color=RED, linewidth=1.4, marker="o", markersize=3)
        gain.set_ylim(0, 105)
        gain.set_ylabel(drawn.say(both("cumulative gain, %", "累计覆盖率,%")), color=RED)
        return drawn.svg()


def _swarm(axes: Axes, place: int, values: Floats, upwards: Floats) -> None:
    known = ~np.isnan(values)
    height = place + _spread(upwards)
    points: Any = {"s": 4, "linewidths": 0, "rasterized": True}
    axes.scatter(upwards[~known], height[~known], color="#9aa5af", **points)
    colours: Any = {"c": _ranks(values[known]), "cmap": _LOW_TO_HIGH, "vmin": 0, "vmax": 1}
    axes.scatter(upwards[known], height[known], **colours, **points)


def _feature_name(drawn: Chart, axes: Axes, place: int, wording: Wording) -> None:
    """The feature's name left of its line: Chinese stands below English."""
    short = both(_short(wording.en), _short(wording.zh, 24))
    for height, en, size in ((0.18, True, 8.5), (-0.22, False, 8)):
        axes.text(
            -0.012,
            place + height,
            drawn.say(short, en=en, zh=not en),
            transform=axes.get_yaxis_transform(),
            ha="right",
            va="center",
            fontsize=size,
            color=INK if en else MUTED,
        )


def _dependence_of(
    drawn: Chart, axes: Axes, driver: FeatureDriver, values: Floats, upwards: Floats
) -> None:
    known = ~np.isnan(values)
    low, high = np.quantile(values[known], [0.01, 0.99]) if known.any() else (0.0, 1.0)
    axes.axhline(0, color=MUTED, linewidth=0.8)
    axes.scatter(values, upwards, s=4, color=BLUE, alpha=0.45, linewidths=0, rasterized=True)
    if high > low:
        margin = 0.04 * (high - low)
        axes.set_xlim(low - margin, high + margin)
    short = both(_short(driver.wording.en, 36), _short(driver.wording.zh, 20))
    lines = [
        drawn.say(short, zh=False),
        drawn.say(short, en=False),
        drawn.say(_DECLARED[driver.declared]),
    ]
    axes.set_title("\n".join(lines), fontsize=8, color=INK, loc="left")
    axes.tick_params(labelsize=7)
    axes.ticklabel_format(axis="x", style="sci", scilimits=(-3, 5))
    axes.xaxis.get_offset_text().set_fontsize(7)
    axes.grid(color=GRID, linewidth=0.4)


def _spread(contributions: Floats) -> Floats:
    """(n,) heights that show density: rows of like contribution fan out around the line."""
    span = np.ptp(contributions) or 1.0
    cell = np.floor((contributions - contributions.min()) / span * 120).astype(int)
    heights = np.zeros(len(contributions))
    for value in np.unique(cell):
        members = np.flatnonzero(cell == value)
        order = np.arange(len(members))
        heights[members] = np.where(order % 2 == 0, 1, -1) * ((order + 1) // 2)
    scaled: Floats = 0.4 * heights / max(float(np.abs(heights).max()), 1.0)
    return scaled


def _ranks(values: Floats) -> Floats:
    """(n,) values as their place among all, in [0, 1]."""
    distinct, place = np.unique(values, return_inverse=True)
    return np.asarray(place / max(len(distinct) - 1, 1), dtype=np.float64)


def _colour_key(drawn: Chart, axes: Axes) -> None:
    key = drawn.figure.colorbar(ScalarMappable(cmap=_LOW_TO_HIGH), ax=axes, aspect=30, pad=0.01)
    if key.solids:
        key.solids.set_rasterized(True)
    ends = [drawn.say(both("low", "低")), drawn.say(both("high", "高"))]
    key.set_ticks([0, 1], labels=ends)
    key.set_label(
        drawn.say(both("the feature's value (grey: unknown)", "特征取值(灰色:未知)")), labelpad=4
    )
    key.outline.set_visible(False)


def _short(text: str, most: int = 44) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
