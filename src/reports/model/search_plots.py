"""The chart of the search: its course, and what mattered in it."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from src.models.calibration import Floats
from src.reports.document.page import both
from src.reports.model.drawing import BLUE, GRID, MUTED, RED, Chart, chart


def search_history(losses: Floats, importance: Mapping[str, float]) -> str:
    """The trials' losses with the best so far, beside the importance of each searched value.

    losses: (t,) in the order of the trials, NaN for those given up early. importance: share by
    name, may be empty.
    """
    with chart("search", 8.8, 3.2) as drawn:
        grid = drawn.figure.subplots(1, 2 if importance else 1, squeeze=False).ravel()
        _course(drawn, grid[0], losses)
        if importance:
            _shares(drawn, grid[1], importance)
        return drawn.svg()


def _course(drawn: Chart, axes: Axes, losses: Floats) -> None:
    trials = np.arange(1, len(losses) + 1)
    known = ~np.isnan(losses)
    best = np.minimum.accumulate(np.where(known, losses, np.inf))
    begun = np.isfinite(best)
    axes.scatter(
        trials[known],
        losses[known],
        s=12,
        color=BLUE,
        linewidths=0,
        label=drawn.say(both("trial", "试验")),
    )
    axes.plot(
        trials[begun],
        best[begun],
        color=RED,
        linewidth=1.2,
        drawstyle="steps-post",
        label=drawn.say(both("best so far", "目前最优")),
    )
    if (~known).any():
        low, high = axes.get_ylim()
        axes.scatter(
            trials[~known],
            np.full((~known).sum(), high),
            s=10,
            color=MUTED,
            marker="|",
            label=drawn.say(both("given up early", "提前终止")),
        )
        axes.set_ylim(low, high + 0.02 * (high - low))
    axes.set_xlabel(drawn.say(both("trial", "试验")))
    axes.set_ylabel(drawn.say(both("held-out log loss", "验证对数损失")))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(color=GRID, linewidth=0.5)
    axes.legend(frameon=False)


def _shares(drawn: Chart, axes: Axes, importance: Mapping[str, float]) -> None:
    names = sorted(importance, key=lambda name: importance[name])
    axes.barh(names, [100 * importance[name] for name in names], color=BLUE)
    axes.set_xlabel(drawn.say(both("share of the variation of the loss, %", "对损失变化的贡献,%")))
