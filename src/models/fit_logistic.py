"""Logistic regression with an L2 penalty, of which no coefficient goes against a direction."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.stats import skew

from src.models.calibration import Floats, link
from src.models.fit import Indices, Table
from src.models.logistic import Logistic, Preparation, signed_log
from src.models.metrics import log_loss

_WINSOR = (0.001, 0.999)
# weakest penalty last
STRENGTHS = (0.0003, 0.003, 0.03, 0.3)
_ITERATIONS, _TOLERANCE = 60, 1e-4


def fit_logistic(
    table: Table, rows: Indices, train: Indices, held_out: Indices
) -> tuple[Logistic, Floats, float]:
    """Multinomial or binary logistic regression with an L2 penalty, on `rows` of `table`.

    The penalty is chosen by log loss on the rows `held_out` of a model of the rows `train`, each
    fit starting from the last one. Returns the model, that choice's (h, m) margins on `held_out`,
    and the penalty's inverse strength C.
    """
    draft = _Draft(table)
    start: Floats | None = None
    best: tuple[float, float, Floats, Floats] | None = None
    for strength in STRENGTHS:
        start = draft.steps(strength, train, start)
        margins = draft.logistic(start).margins(table.X[held_out])
        loss = log_loss(table.y[held_out], link(margins))
        if best and loss > best[0]:
            break
        best = (loss, strength, margins, start)
    assert best  # STRENGTHS is not empty
    return draft.logistic(draft.steps(best[1], rows, best[3])), best[2], best[1]


def logistic_of(table: Table, strength: float) -> Logistic:
    """A logistic regression of all rows with C = strength."""
    draft, rows = _Draft(table), np.arange(len(table.y))
    return draft.logistic(draft.steps(strength, rows, iterations=10 * _ITERATIONS))


def prepare(X: Floats) -> Preparation:
    """Learn winsorising, logs where they make a feature less skewed, medians and scales."""
    parts = [_prepare_column(X[:, index]) for index in range(X.shape[1])]
    logged, *others = (np.asarray(values) for values in zip(*parts, strict=True))
    return Preparation(logged.astype(bool), *(other.astype(np.float64) for other in others))


class _Draft:
    """A table prepared once for several fits on some of its rows.

    What is fitted are `steps` (m, 1 + d): the coefficients of the first margin, and what each later
    class's exceed those of the class before. A feature whose steps are all of one sign moves the
    chance of lying above each border that way, for it moves the odds of any two classes that way.
    """

    def __init__(self, table: Table) -> None:
        self.table = table
        self.preparation = prepare(table.X)
        unknown = np.isnan(table.X)
        self.rate = unknown.mean(axis=0)
        self.partly = np.flatnonzero((self.rate > 0.001) & (self.rate < 0.999))
        prepared = self.preparation.apply(table.X)
        ones = np.ones((len(prepared), 1))
        self.design = np.hstack([ones, prepared, (unknown - self.rate)[:, self.partly]]).astype(
            np.float32
        )
        self.outputs = 1 if table.classes == 2 else table.classes

    def steps(
        self,
        strength: float,
        rows: Indices,
        start: Floats | None = None,
        iterations: int = _ITERATIONS,
    ) -> Floats:
        """The steps of least loss with C = strength on `rows`; stopping short of the last digits is
        a penalty too, and the price is time."""
        design, y, m = self.design[rows], self.table.y[rows], self.outputs
        happened = np.eye(self.table.classes)[y][:, -m:]
        shape = (m, design.shape[1])
        penalty = np.full(shape[1], 1.0 / (strength * len(rows)))
        penalty[0] = 0.0  # of the intercept

        def loss(x: Floats) -> tuple[float, Floats]:
            weights = x.reshape(shape).cumsum(axis=0)
            margins = (design @ weights.T.astype(np.float32)).astype(np.float64)
            probabilities = link(margins)
            excess = ((probabilities[:, -m:] - happened) / len(rows)).astype(np.float32)
            slope = (excess.T @ design).astype(np.float64) + penalty * weights
            value = log_loss(y, probabilities) + float((penalty * weights**2).sum()) / 2.0
            return value, slope[::-1].cumsum(axis=0)[::-1].ravel()

        first = np.zeros(shape) if start is None else start
        limits = {"maxiter": iterations, "ftol": _TOLERANCE * 1e-3, "gtol": _TOLERANCE}
        found = minimize(
            loss,
            first.ravel(),
            jac=True,
            method="L-BFGS-B",
            bounds=self._bounds(shape),
            options=limits,
        )
        result: Floats = found.x.reshape(shape)
        return result

    def logistic(self, steps: Floats) -> Logistic:
        """The model of these steps as plain arrays."""
        weights, features = steps.cumsum(axis=0), self.table.X.shape[1]
        missing = np.zeros((self.outputs, features))
        missing[:, self.partly] = weights[:, 1 + features :]
        return Logistic(
            self.table.names,
            self.preparation,
            weights[:, 1 : 1 + features],
            missing,
            self.rate,
            weights[:, 0],
        )

    def _bounds(self, shape: tuple[int, int]) -> Sequence[tuple[float | None, float | None]]:
        low = np.full(shape, -np.inf)
        high = np.full(shape, np.inf)
        held: npt.NDArray[np.int64] = np.asarray(self.table.directions, dtype=np.int64)
        later = slice(0, 1) if shape[0] == 1 else slice(1, None)
        low[later, 1 + np.flatnonzero(held > 0)] = 0.0
        high[later, 1 + np.flatnonzero(held < 0)] = 0.0
        return list(zip(low.ravel().tolist(), high.ravel().tolist(), strict=True))


def _prepare_column(column: Floats) -> tuple[bool, float, float, float, float, float]:
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
