"""The simplest of what a champion must beat: the base rate, and the best rule on one feature.

The third, logistic regression, is src/models/fit_logistic.py. None goes against a direction of the
table: a baseline that is not beaten is what gets served.
"""

import numpy as np
from sklearn.isotonic import isotonic_regression
from sklearn.tree import DecisionTreeClassifier

from src.models.calibration import Floats, link
from src.models.fit import Indices, Table
from src.models.metrics import log_loss
from src.models.rule import BaseRate, Rule, bins_of

_BINS = 8
_PRIOR_ROWS = 5.0


def fit_base_rate(table: Table) -> BaseRate:
    """The class shares, half a row added to each class so that none is impossible."""
    counts = np.bincount(table.y, minlength=table.classes) + 0.5
    return BaseRate(table.names, tuple(_margins_of(counts / counts.sum()).tolist()))


def fit_one_rule(table: Table, train: Indices, held_out: Indices) -> Rule:
    """The one feature that in up to 8 bins alone predicts best (Holte, 1993), on all of `table`.

    It is chosen by log loss on the rows `held_out`, its bins learnt from the rows `train`; such
    are today's tier, the last questionnaire or the days since the last movement.
    """
    known, unseen = table.take(train), table.take(held_out)
    losses = []
    for index in range(len(table.names)):
        rule = fit_rule(known, index)
        losses.append(log_loss(unseen.y, link(rule.margins(unseen.X))))
    return fit_rule(table, int(np.argmin(losses)))


def fit_rule(table: Table, feature: int) -> Rule:
    """Bins of one feature by a small decision tree, in each the smoothed shares of the classes.

    Of a feature with a direction, bins that go against it share what is common to them.
    """
    column = table.X[:, feature]
    known = ~np.isnan(column)
    edges = np.empty(0)
    if known.any():
        tree = DecisionTreeClassifier(
            criterion="log_loss",
            max_leaf_nodes=_BINS,
            min_samples_leaf=max(5, len(column) // 500),
            random_state=0,
        ).fit(column[known, None], table.y[known])
        edges = np.unique(tree.tree_.threshold[tree.tree_.feature == 0])
        # the tree sends value <= threshold to the left, a bin holds value < edge
        edges = np.nextafter(edges, np.inf)
    found = bins_of(column, edges)
    shares = np.bincount(table.y, minlength=table.classes) + 0.5
    counts = np.zeros((len(edges) + 2, table.classes))
    np.add.at(counts, (found, table.y), 1.0)
    smoothed = counts + _PRIOR_ROWS * shares / shares.sum()
    direction = table.directions[feature] if table.directions else 0
    if direction:
        smoothed[:-1] = _held(smoothed[:-1], direction)
    levels = _margins_of(smoothed)
    return Rule(
        features=table.names,
        feature=table.names[feature],
        edges=tuple(edges.tolist()),
        levels=tuple(tuple(row) for row in levels.tolist()),
        base=tuple(levels[found].mean(axis=0).tolist()),
    )


def _held(counts: Floats, direction: int) -> Floats:
    """(b, k) counts as shares whose chance of lying above each border moves one way over the bins.

    Isotonic regression of each border's chance keeps the chances in the order of the borders, so
    that no share falls below 0 (Barlow et al., 1972).
    """
    size = counts.sum(axis=1)
    above = counts[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:] / size[:, None]
    rising = direction > 0
    held = [
        isotonic_regression(column, sample_weight=size, increasing=rising) for column in above.T
    ]
    bounded = np.column_stack([np.ones(len(counts)), *held, np.zeros(len(counts))])
    result: Floats = bounded[:, :-1] - bounded[:, 1:]
    return result


def _margins_of(shares: Floats) -> Floats:
    """Log-odds of the second of two classes, else logs, of (..., k) shares or counts."""
    logs = np.log(shares)
    if shares.shape[-1] == 2:
        return logs[..., 1:] - logs[..., :1]
    result: Floats = logs - logs.mean(axis=-1, keepdims=True)
    return result
