"""What a champion must beat: the base rate, the best rule on one feature, logistic regression."""

import warnings
from collections.abc import Iterable

import numpy as np
from scipy.stats import skew
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from src.models.calibration import Floats, link
from src.models.fit import Indices, Table
from src.models.logistic import Logistic, Preparation, signed_log
from src.models.metrics import log_loss
from src.models.rule import BaseRate, Rule, bins_of

_BINS = 8
_PRIOR_ROWS = 5.0
_WINSOR = (0.001, 0.999)
# weakest penalty last
STRENGTHS = (0.0003, 0.003, 0.03, 0.3)
_ITERATIONS, _TOLERANCE = 40, 1e-3


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
    """Bins of one feature by a small decision tree, in each the smoothed shares of the classes."""
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
    levels = _margins_of(counts + _PRIOR_ROWS * shares / shares.sum())
    return Rule(
        features=table.names,
        feature=table.names[feature],
        edges=tuple(edges.tolist()),
        levels=tuple(tuple(row) for row in levels.tolist()),
        base=tuple(levels[found].mean(axis=0).tolist()),
    )


def fit_logistic(
    table: Table, rows: Indices, train: Indices, held_out: Indices
) -> tuple[Logistic, Floats, float]:
    """Multinomial or binary logistic regression with an L2 penalty, on `rows` of `table`.

    The penalty is chosen by log loss on the rows `held_out` of a model of the rows `train`, each
    fit starting from the last one. Returns the model, that choice's (h, m) margins on `held_out`,
    and the penalty's inverse strength C.
    """
    draft = _Draft(table)
    model = LogisticRegression(warm_start=True, max_iter=_ITERATIONS, tol=_TOLERANCE)
    best: tuple[float, float, Floats] | None = None
    for strength in STRENGTHS:
        margins = draft.fit(model, strength, train).margins(table.X[held_out])
        loss = log_loss(table.y[held_out], link(margins))
        if best and loss > best[0]:
            break
        best = (loss, strength, margins)
    assert best  # STRENGTHS is not empty
    if len(model.classes_) < len(np.unique(table.y[rows])):
        model.set_params(warm_start=False)
    return draft.fit(model, best[1], rows), best[2], best[1]


class _Draft:
    """A table prepared once for several logistic fits on some of its rows."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.preparation = prepare(table.X)
        unknown = np.isnan(table.X)
        self.rate = unknown.mean(axis=0)
        self.partly = np.flatnonzero((self.rate > 0.001) & (self.rate < 0.999))
        self.design = np.hstack(
            [self.preparation.apply(table.X), (unknown - self.rate)[:, self.partly]]
        ).astype(np.float32)

    def fit(self, model: LogisticRegression, strength: float, rows: Indices) -> Logistic:
        """Fit `model` in place with C = strength on `rows`; the result as plain arrays."""
        with warnings.catch_warnings():
            # stopping short of the last digits is a penalty too, and the price is time
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.set_params(C=strength).fit(self.design[rows], self.table.y[rows])
        coefficients, intercept = _all_classes(model, self.table.classes, len(rows))
        features = self.table.X.shape[1]
        missing = np.zeros((len(intercept), features))
        missing[:, self.partly] = coefficients[:, features:]
        return Logistic(
            self.table.names,
            self.preparation,
            coefficients[:, :features],
            missing,
            self.rate,
            intercept,
        )


def logistic_of(table: Table, strength: float) -> Logistic:
    """A logistic regression of all rows with C = strength, as plain arrays."""
    rows = np.arange(len(table.y))
    return _Draft(table).fit(LogisticRegression(max_iter=10 * _ITERATIONS), strength, rows)


def prepare(X: Floats) -> Preparation:
    """Learn winsorising, logs where they make a feature less skewed, medians and scales."""
    parts = [_prepare_column(X[:, index]) for index in range(X.shape[1])]
    logged, *others = (np.asarray(values) for values in zip(*parts, strict=True))
    return Preparation(logged.astype(bool), *(other.astype(np.float64) for other in others))


def _prepare_column(column: Floats) -> Iterable[float | bool]:
    known = column[~np.isnan(column)]
    if len(known) == 0:
        return False, 0.0, 0.0, 0.0, 0.0, 1.0
    lower, upper = np.quantile(known, _WINSOR)
    held = np.clip(known, lower, upper)
    if lower == upper:
        return False, float(lower), float(upper), float(lower), float(lower), 1.0
    logs = signed_log(held)
    logged = bool(abs(skew(logs)) < abs(skew(held)))
    values = logs if logged else held
    fill = float(np.median(values))
    filled = np.where(np.isnan(column), fill, 0.0)
    filled[~np.isnan(column)] = values
    scale = float(filled.std())
    return logged, float(lower), float(upper), fill, float(filled.mean()), scale or 1.0


def _all_classes(model: LogisticRegression, classes: int, rows: int) -> tuple[Floats, Floats]:
    """Coefficients (m, d) and intercepts (m,), also for classes that no row had."""
    coefficients = model.coef_.astype(np.float64)
    intercept = model.intercept_.astype(np.float64)
    if classes == 2:
        return coefficients, intercept
    if len(coefficients) == 1:
        coefficients = np.vstack([-coefficients, coefficients]) / 2.0
        intercept = np.concatenate([-intercept, intercept]) / 2.0
    everyone = np.zeros((classes, coefficients.shape[1]))
    level = np.full(classes, np.log(np.exp(intercept).sum()) + np.log(0.5 / rows))
    everyone[model.classes_] = coefficients
    level[model.classes_] = intercept
    return everyone, level


def _margins_of(shares: Floats) -> Floats:
    """Log-odds of the second of two classes, else logs, of (..., k) shares or counts."""
    logs = np.log(shares)
    if shares.shape[-1] == 2:
        return logs[..., 1:] - logs[..., :1]
    result: Floats = logs - logs.mean(axis=-1, keepdims=True)
    return result
