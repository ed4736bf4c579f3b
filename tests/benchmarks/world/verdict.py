"""Figures of every contender on the same rows, and by how much Kehu is ahead of each: paired draws
of whole customers (Efron and Tibshirani, 1993)."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from src.core.params import EvaluateParams
from src.models.evaluate import customer_draws, interval
from src.models.metrics import figures_of
from tests.benchmarks.world.contenders import KEHU
from tests.benchmarks.world.problem import Problem

NEAREST = "quadratic_kappa, nearest class"
CHANCE = {"auroc": 0.5, "quadratic_kappa": 0.0, NEAREST: 0.0}


def nearest_class(probabilities: np.ndarray) -> np.ndarray:
    """(n, k) with 1 at the class nearest to the expected place: the choice that squared distances
    ask for, where the likeliest class is that of hits alone."""
    k = probabilities.shape[1]
    return np.eye(k)[np.rint(probabilities @ np.arange(k)).astype(int)]


def table(
    problem: Problem, said: Mapping[str, np.ndarray], params: EvaluateParams, seed: int
) -> pd.DataFrame:
    """A line per contender and figure: value with interval, Kehu's lead with interval, and the
    share of what the best told probabilities reach over chance. said: (n, k) of all judged rows."""
    rows = problem.rows[problem.judged]
    labels = rows["label"].to_numpy(np.int64)
    figures = {figure.name: (figure, lambda p: p) for figure in figures_of(len(problem.classes))}
    wanted = [problem.figure, "log_loss"]
    if problem.figure == "quadratic_kappa":
        figures[NEAREST] = (figures["quadratic_kappa"][0], nearest_class)
        wanted.insert(1, NEAREST)
    lines = []
    for name in wanted:
        figure, seen = figures[name]
        sign = 1.0 if figure.higher_is_better else -1.0
        points = {who: figure.point(labels, seen(p)) for who, p in said.items()}
        drawn = {
            who: np.concatenate(
                [
                    figure.resample(labels, seen(p), weights)
                    for weights in customer_draws(rows["customer_id"], params.bootstrap, seed)
                ]
            )
            for who, p in said.items()
        }
        for who in said:
            lead = interval(
                sign * (points[KEHU] - points[who]),
                sign * (drawn[KEHU] - drawn[who]),
                params.confidence,
            )
            found = interval(points[who], drawn[who], params.confidence)
            line = {"problem": problem.name, "figure": name, "contender": who, **found}
            line |= {"ahead": lead["value"], "ahead_low": lead["low"], "ahead_high": lead["high"]}
            lines.append(line | _share(who, name, points, drawn, labels, problem, params))
    return pd.DataFrame(lines)


def _share(who, name, points, drawn, labels, problem, params):
    """Skill over chance as a share of the best told probabilities' skill."""
    if not problem.told:
        return {}
    best = next(iter(problem.told))
    rate = np.bincount(labels, minlength=len(problem.classes)) / len(labels)
    chance = CHANCE.get(name, float(-(rate[rate > 0] * np.log(rate[rate > 0])).sum()))
    found = interval(
        (points[who] - chance) / (points[best] - chance),
        (drawn[who] - chance) / (drawn[best] - chance),
        params.confidence,
    )
    return {f"share_{end}": value for end, value in found.items()}


def printed(found: pd.DataFrame, problem: Problem) -> str:
    """The table as text."""
    rows = problem.rows[problem.judged]
    stated = (
        "" if problem.published is None else f"; the yardstick stated before: {problem.published}"
    )
    lines = [
        f"\n{problem.name}: {len(rows):,} rows of {rows['customer_id'].nunique():,} customers "
        f"judged, {len(problem.folds)} fold(s), {len(problem.names)} features{stated}",
        f"{'figure':<32}{'contender':<42}{'value':>8}{'interval':>18}"
        f"{'Kehu ahead by':>15}{'interval':>20}{'share of skill':>16}",
    ]
    for line in found.to_dict("records"):
        share = line.get("share_value")
        told = "" if share is None or np.isnan(share) else f"{share:.3f}"
        lines.append(
            f"{line['figure']:<32}{line['contender']:<42}{line['value']:>8.4f}"
            f"{line['low']:>9.4f}–{line['high']:.4f}  {line['ahead']:>+13.4f}"
            f"{line['ahead_low']:>+11.4f} to {line['ahead_high']:+.4f}{told:>14}"
        )
    return "\n".join(lines)
