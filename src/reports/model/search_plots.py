"""Figures of the search: its course, and what mattered in it."""

from collections.abc import Mapping

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from src.models.calibration import Floats
from src.reports.model.plots import BLUE, GRID, MUTED, RED, STYLE, png


def search_history(losses: Floats, importance: Mapping[str, float]) -> str:
    """The trials' losses with the best so far, beside the importance of each searched value (PNG).

    losses: (t,) in the order of the trials, NaN for those given up early. importance: share by
    name, may be empty.
    """
    with rc_context(STYLE):
        figure = Figure(figsize=(8.2, 3.2), layout="constrained")
        grid = figure.subplots(1, 2 if importance else 1, squeeze=False).ravel()
        _course(grid[0], losses)
        if importance:
            _shares(grid[1], importance)
        return png(figure)


def _course(axes: Axes, losses: Floats) -> None:
    trials = np.arange(1, len(losses) + 1)
    known = ~np.isnan(losses)
    best = np.minimum.accumulate(np.where(known, losses, np.inf))
    begun = np.isfinite(best)
    axes.scatter(trials[known], losses[known], s=12, color=BLUE, linewidths=0, label="trial")
    axes.plot(
        trials[begun],
        best[begun],
        color=RED,
        linewidth=1.2,
        drawstyle="steps-post",
        label="best so far",
    )
    if (~known).any():
        low, high = axes.get_ylim()
        axes.scatter(
            trials[~known],
            np.full((~known).sum(), high),
            s=10,
            color=MUTED,
            marker="|",
            label="given up early",
        )
        axes.set_ylim(low, high + 0.02 * (high - low))
    axes.set_xlabel("trial")
    axes.set_ylabel("held-out log loss")
    axes.grid(color=GRID, linewidth=0.5)
    axes.legend(frameon=False)


def _shares(axes: Axes, importance: Mapping[str, float]) -> None:
    names = sorted(importance, key=lambda name: importance[name])
    axes.barh(names, [100 * importance[name] for name in names], color=BLUE)
    axes.set_xlabel("share of the variation of the loss, %")
