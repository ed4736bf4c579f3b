"""Judge the candidates on the held-out customers, and name the winner and why."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from src.core.errors import ModelError
from src.core.params import EvaluateParams
from src.models.calibration import Floats
from src.models.decision import Costs
from src.models.metrics import PRIMARY, WHY_PRIMARY, Figure, Labels, figures_of
from src.models.splits import require_classes

MODEL = "lightgbm"
_DRAWS_AT_ONCE = 100


def evaluate(
    task: str,
    classes: Sequence[str],
    rows: pd.DataFrame,
    probabilities: Mapping[str, Floats],
    params: EvaluateParams,
    seed: int,
    costs: Costs = (),
) -> dict[str, Any]:
    """Yardsticks with bootstrap intervals, the model against each baseline, and the winner.

    rows: the n test rows (customer_id, as_of, label). probabilities: (n, k) per candidate, one of
    them "lightgbm", the others baselines. costs: of decisions, costs[actual][decided]. Customers
    are drawn with replacement, whole, the same draws for all candidates (Efron and Tibshirani,
    1993, percentile intervals). The model wins only if on the deciding yardstick it is better than
    every baseline with the whole interval of the paired difference above 0; else the best baseline
    wins.
    Raises ModelError if the test rows leave the yardsticks undefined.
    """
    labels = rows["label"].to_numpy(dtype=np.int64)
    require_classes(labels, classes, f"{task}: test rows", all_of_them=len(classes) == 2)
    if MODEL not in probabilities or len(probabilities) < 2:
        raise ModelError(
            f"{task}: candidates are {', '.join(probabilities) or 'none'}; expected {MODEL} and "
            "at least one baseline. Run `dvc repro train` to make them."
        )
    figures = figures_of(len(classes), costs)
    draws = _resampled(rows["customer_id"], labels, probabilities, figures, params, seed)
    candidates = {
        name: {
            figure.name: interval(
                figure.point(labels, p), draws[name][:, column], params.confidence
            )
            for column, figure in enumerate(figures)
        }
        for name, p in probabilities.items()
    }
    column, primary = _primary(figures)
    paired = {
        name: _paired(
            primary,
            candidates,
            name,
            draws[MODEL][:, column] - draws[name][:, column],
            params.confidence,
        )
        for name in probabilities
        if name != MODEL
    }
    winner, reason = _winner(primary, candidates, paired, params.confidence)
    return {
        "task": task,
        "rows": len(rows),
        "customers": int(rows["customer_id"].nunique()),
        "class_shares": dict(zip(classes, _shares(labels, len(classes)), strict=True)),
        "primary": {
            "name": primary.name,
            "higher_is_better": primary.higher_is_better,
            "why": WHY_PRIMARY,
        },
        "costs": costs,
        "confidence": params.confidence,
        "draws": params.bootstrap,
        "candidates": candidates,
        "paired": paired,
        "winner": winner,
        "reason": reason,
    }


def _resampled(
    customers: pd.Series,
    labels: Labels,
    probabilities: Mapping[str, Floats],
    figures: Sequence[Figure],
    params: EvaluateParams,
    seed: int,
) -> dict[str, Floats]:
    """(draws, figures) per candidate."""
    parts: dict[str, list[Floats]] = {name: [] for name in probabilities}
    for weights in customer_draws(customers, params.bootstrap, seed):
        for name, p in probabilities.items():
            columns = [figure.resample(labels, p, weights) for figure in figures]
            parts[name].append(np.column_stack(columns))
    return {name: np.vstack(found) for name, found in parts.items()}


def customer_draws(customers: pd.Series, draws: int, seed: int) -> Iterator[Floats]:
    """(up to 100, n) weights of the n rows: how often each row's customer was drawn."""
    codes, names = pd.factorize(customers)
    rng = np.random.default_rng(seed)
    even = np.full(len(names), 1.0 / len(names))
    for start in range(0, draws, _DRAWS_AT_ONCE):
        counts = rng.multinomial(len(names), even, size=min(_DRAWS_AT_ONCE, draws - start))
        yield counts[:, codes].astype(np.float64)


def interval(value: float, drawn: Floats, confidence: float) -> dict[str, float | None]:
    """value, low, high: the point and the percentile interval of the draws at that two-sided
    confidence (Efron and Tibshirani, 1993); None where no draw defines it."""
    defined = drawn[np.isfinite(drawn)]
    if len(defined) == 0 or not np.isfinite(value):
        return {"value": value if np.isfinite(value) else None, "low": None, "high": None}
    low, high = np.percentile(defined, (50 * (1 - confidence), 50 * (1 + confidence)))
    return {"value": float(value), "low": float(low), "high": float(high)}


def _paired(
    primary: Figure,
    candidates: Mapping[str, Mapping[str, Mapping[str, float | None]]],
    baseline: str,
    difference: Floats,
    confidence: float,
) -> dict[str, Any]:
    """By how much the model is better than one baseline; positive is better."""
    sign = 1.0 if primary.higher_is_better else -1.0
    model, other = (candidates[name][primary.name]["value"] for name in (MODEL, baseline))
    value = np.nan if model is None or other is None else sign * (model - other)
    found = interval(value, sign * difference, confidence)
    return {**found, "better": found["low"] is not None and found["low"] > 0}


def _winner(
    primary: Figure,
    candidates: Mapping[str, Mapping[str, Mapping[str, float | None]]],
    paired: Mapping[str, Mapping[str, Any]],
    confidence: float,
) -> tuple[str, str]:
    level = f"{100 * confidence:g}% interval"
    best = max(paired, key=_merit(primary, candidates))
    against = [
        f"{name} by {found['value']:.4f} ({level} {found['low']:.4f} to {found['high']:.4f})"
        for name, found in paired.items()
        if found["low"] is not None
    ]
    beaten = [name for name, found in paired.items() if found["better"]]
    if len(beaten) == len(paired):
        return MODEL, f"{MODEL} is better in {primary.name} than " + ", ".join(against) + "."
    unbeaten = ", ".join(name for name in paired if name not in beaten)
    return best, (
        f"{MODEL} is not significantly better in {primary.name} than {unbeaten}: it is ahead of "
        + ", ".join(against)
        + f". The best baseline, {best}, is chosen."
    )


def _merit(
    primary: Figure, candidates: Mapping[str, Mapping[str, Mapping[str, float | None]]]
) -> Callable[[str], float]:
    """How good a candidate is on the deciding yardstick; more is better."""

    def merit(name: str) -> float:
        value = candidates[name][primary.name]["value"]
        if value is None:
            return -np.inf
        return value if primary.higher_is_better else -value

    return merit


def _shares(labels: Labels, classes: int) -> list[float]:
    shares: list[float] = (np.bincount(labels, minlength=classes) / len(labels)).tolist()
    return shares


def ranked_baselines(metrics: Mapping[str, Any]) -> list[str]:
    """The baselines, best first on the deciding yardstick, of what `evaluate` returned."""
    figures = figures_of(len(metrics["class_shares"]))
    _, primary = _primary(figures, metrics["primary"]["name"])
    merit = _merit(primary, metrics["candidates"])
    return sorted(metrics["paired"], key=merit, reverse=True)


def _primary(figures: Sequence[Figure], name: str = PRIMARY) -> tuple[int, Figure]:
    """Place and definition of the deciding yardstick."""
    return next((i, figure) for i, figure in enumerate(figures) if figure.name == name)
