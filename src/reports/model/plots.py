"""Figures of the model report: with search_plots.py the one place for matplotlib.

Each figure comes as a data URI with the same bytes for the same input: no clock, no version and no
random salt inside. Figures are drawn without pyplot, so no backend or style is set for others.
Labels are English, since no Chinese font can be assumed; the report's text carries both languages.
"""

import base64
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from src.explain.drivers import FeatureDriver
from src.models.calibration import Floats

INK, MUTED, BLUE, RED, GRID = "#1b2733", "#5b6b7b", "#1f6f8b", "#b3402e", "#d9e0e6"
SERIES = ("#1f6f8b", "#c1702a", "#5f4b8b", "#3f7d4e", "#8b3a62", "#6b6b2f")
_LOW_TO_HIGH = LinearSegmentedColormap.from_list("low_to_high", [BLUE, "#c9b8c4", RED])
_DECLARED = {1: "declared to rise", -1: "declared to fall", 0: "no declared direction"}
STYLE: Any = {
    "axes.edgecolor": GRID,
    "axes.labelcolor": MUTED,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "path.simplify": True,
    "svg.hashsalt": "kehu",
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
}


def beeswarm(drivers: Sequence[FeatureDriver], values: Floats, upwards: Floats) -> str:
    """One dot per row and feature: its contribution across, its own value as colour (PNG).

    values, upwards: (n, d) in the order of the d drivers; at most 15 are drawn.
    """
    shown = min(len(drivers), 15)
    with rc_context(STYLE):
        figure = Figure(figsize=(8.2, 0.36 * shown + 0.9), layout="constrained")
        axes = figure.subplots()
        axes.axvline(0, color=MUTED, linewidth=0.8)
        for i in range(shown):
            known = ~np.isnan(values[:, i])
            height = shown - 1 - i + _spread(upwards[:, i])
            axes.scatter(upwards[~known, i], height[~known], s=4, color="#9aa5af", linewidths=0)
            axes.scatter(
                upwards[known, i],
                height[known],
                s=4,
                c=_ranks(values[known, i]),
                cmap=_LOW_TO_HIGH,
                vmin=0,
                vmax=1,
                linewidths=0,
            )
        labels = [_short(driver.wording.en) for driver in drivers[:shown]]
        axes.set_yticks(range(shown), labels[::-1], color=INK)
        axes.set_ylim(-0.6, shown - 0.4)
        axes.set_xlabel("contribution towards the later classes (log-odds per class)")
        axes.grid(axis="x", color=GRID, linewidth=0.5)
        axes.set_axisbelow(True)
        _colour_key(figure, axes)
        return png(figure)


def dependence(drivers: Sequence[FeatureDriver], values: Floats, upwards: Floats) -> str:
    """Contribution against value for at most 6 drivers, each with its declared direction (PNG)."""
    shown = min(len(drivers), 6)
    if not shown:
        return ""
    rows = -(-shown // 3)
    with rc_context(STYLE):
        figure = Figure(figsize=(8.2, 2.5 * rows), layout="constrained")
        grid = figure.subplots(rows, min(shown, 3), squeeze=False).ravel()
        for axes in grid[shown:]:
            axes.set_axis_off()
        for i, axes in enumerate(grid[:shown]):
            _dependence_of(axes, drivers[i], values[:, i], upwards[:, i])
        return png(figure)


def reliability(curves: Sequence[tuple[str, Floats, Floats, Floats, Floats, Floats]]) -> str:
    """Observed frequency against predicted probability (SVG).

    curves: per class its name, (b,) mean predicted, (b,) observed frequency and the ends of its
    interval, (b,) rows.
    """
    with rc_context(STYLE):
        figure = Figure(figsize=(4.6, 4.0), layout="constrained")
        axes = figure.subplots()
        axes.plot([0, 1], [0, 1], color=MUTED, linewidth=0.8, linestyle="--", label="perfect")
        for (name, predicted, observed, low, high, rows), colour in zip(
            curves, SERIES, strict=False
        ):
            axes.vlines(predicted, low, high, color=colour, linewidth=1.0, alpha=0.7)
            sizes = 8 + 70 * rows / max(rows.max(), 1)
            axes.plot(predicted, observed, color=colour, linewidth=1.2, label=name)
            axes.scatter(predicted, observed, s=sizes, color=colour, alpha=0.55, linewidths=0)
        axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
        axes.set_xlabel("predicted probability")
        axes.set_ylabel("observed frequency")
        axes.grid(color=GRID, linewidth=0.5)
        axes.legend(frameon=False, loc="upper left")
        return _svg(figure)


def lift_curve(lifts: Floats, share: Floats) -> str:
    """Lift of each tenth and the share of all positives found so far (SVG).

    lifts, share: (d,) by falling score; share is cumulative, in [0, 1].
    """
    with rc_context(STYLE):
        figure = Figure(figsize=(4.6, 4.0), layout="constrained")
        axes = figure.subplots()
        tenths = np.arange(1, len(lifts) + 1)
        axes.bar(tenths, lifts, color=BLUE, width=0.75, label="lift")
        axes.axhline(1, color=MUTED, linewidth=0.8, linestyle="--")
        axes.set_xlabel("tenth of the customers, highest score first")
        axes.set_ylabel("lift over the base rate")
        axes.set_xticks(tenths)
        found = axes.twinx()
        found.plot(tenths, 100 * share, color=RED, linewidth=1.4, marker="o", markersize=3)
        found.set_ylim(0, 105)
        found.set_ylabel("positives found so far, %", color=RED)
        return _svg(figure)


def _dependence_of(axes: Axes, driver: FeatureDriver, values: Floats, upwards: Floats) -> None:
    known = ~np.isnan(values)
    low, high = np.quantile(values[known], [0.01, 0.99]) if known.any() else (0.0, 1.0)
    axes.axhline(0, color=MUTED, linewidth=0.8)
    axes.scatter(values, upwards, s=4, color=BLUE, alpha=0.45, linewidths=0)
    if high > low:
        margin = 0.04 * (high - low)
        axes.set_xlim(low - margin, high + margin)
    declared = _DECLARED[driver.declared]
    axes.set_title(
        f"{_short(driver.wording.en, 34)}\n{declared}", fontsize=8, color=INK, loc="left"
    )
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


def _colour_key(figure: Figure, axes: Axes) -> None:
    key = figure.colorbar(ScalarMappable(cmap=_LOW_TO_HIGH), ax=axes, aspect=30, pad=0.01)
    key.set_ticks([0, 1], labels=["low", "high"])
    key.set_label("the feature's value (grey: unknown)", labelpad=-14)
    key.outline.set_visible(False)


def _short(text: str, most: int = 44) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def png(figure: Figure) -> str:
    """The figure as a data URI of the same bytes each time."""
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=130, metadata={"Software": None})
    return _uri("image/png", stream.getvalue())


def _svg(figure: Figure) -> str:
    stream = io.BytesIO()
    figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    return _uri("image/svg+xml", stream.getvalue())


def _uri(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"
