"""The models of one task: search, fit and calibration of the LightGBM, and the baselines."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from src.core.params.train import TrainParams
from src.core.progress import step
from src.core.taxonomy import Wording
from src.models.baselines import fit_base_rate, fit_one_rule
from src.models.calibrate import choose_calibration
from src.models.calibration import Calibration, Floats, identity
from src.models.choice import choose_form, cost_of_directions
from src.models.decision import Costs
from src.models.evaluate import MODEL
from src.models.fit import Indices, Machine, Recipe, Table, fit_all
from src.models.fit_logistic import fit_logistic
from src.models.folds import CrossFit, Folds, cross_fit
from src.models.forms import plain_form
from src.models.prediction_sets import PredictionSets, fit_sets
from src.models.predictors import Predictor
from src.models.recipes import UNTUNED
from src.models.rule import BaseRate, Rule
from src.models.search import Found, search
from src.models.selection import select
from src.models.splits import grouped_folds, subsample

# The rounds and the calibration are settled on more rows than the search uses.
_REFIT = 2
UNTUNED_MODEL = "untuned"


@dataclass(frozen=True)
class TaskPolicy:
    """What the bank's policy says of a task.

    classes: in their order, lowest first. wordings: of each class. costs: costs[actual][decided]
    of decisions; empty: every mistake costs 1.
    """

    task: str
    classes: Sequence[str]
    wordings: Mapping[str, Wording]
    horizon_days: int
    costs: Costs = ()


@dataclass(frozen=True)
class Fitted:
    """A fitted model with its calibration and prediction sets, and what its card says of it."""

    predictor: Predictor
    calibration: Calibration
    sets: PredictionSets
    notes: dict[str, Any]


@dataclass(frozen=True)
class Training:
    """One task's training: what is the same for all its models."""

    policy: TaskPolicy
    table: Table
    development: pd.DataFrame
    params: TrainParams
    seed: int

    def fit(self, study: Path) -> tuple[dict[str, Fitted], pd.DataFrame]:
        """Each candidate and the untuned model, and the trials of the search."""
        found, recipe, notes = self._searched(study)
        tuned = self._boosted(MODEL, recipe, self.table)
        fitted = {
            MODEL: replace(tuned, notes=tuned.notes | notes),
            UNTUNED_MODEL: self._boosted(UNTUNED_MODEL, UNTUNED, self.table.free()),
        }
        with self._step("baselines"), threadpool_limits(1, user_api="blas"):
            return fitted | self._baselines(), found.trials

    @cached_property
    def _machine(self) -> Machine:
        p = self.params
        return Machine(self.seed, p.threads, p.max_rounds, p.early_stopping_rounds)

    @cached_property
    def _places(self) -> Indices:
        """The fold of each development row."""
        return grouped_folds(self.development["arrival"], self.params.folds, self.seed)

    @cached_property
    def _few(self) -> Indices:
        """The rows of the search."""
        return subsample(self.development, self._budget, self.seed)

    @cached_property
    def _more(self) -> Indices:
        """The rows on which rounds and calibration are settled."""
        return subsample(self.development, _REFIT * self._budget, self.seed)

    @property
    def _budget(self) -> int:
        """A round grows one tree per class, so that more classes afford fewer rows."""
        return self.params.max_rows * 2 // self.table.classes

    def _step(self, text: str) -> AbstractContextManager[None]:
        return step("train", f"{self.policy.task}: {text}")

    def _searched(self, study: Path) -> tuple[Found, Recipe, dict[str, Any]]:
        """The search, the recipe that is chosen after it, and what the card says of both."""
        few = self._few
        rows, places = self.table.take(few), self._places[few]
        with self._step(f"search on {len(few)} of {len(self.table.y)} development rows"):
            found = search(self.policy.task, rows, places, self.params, self.seed, study)
        with self._step(f"form and directions on {len(few)} rows"):
            recipe, forms = choose_form(
                found,
                rows,
                self.development.iloc[few],
                self.policy.horizon_days,
                self.params,
                self._machine,
            )
            cost = cost_of_directions(rows, places, recipe, self._machine)
        notes = {
            "trials": len(found.trials),
            "search_log_loss": found.loss,
            "search_importance": {name: float(share) for name, share in found.importance.items()},
            "forms": forms,
            "directions": cost,
        }
        return found, recipe, notes

    def _boosted(self, name: str, recipe: Recipe, table: Table) -> Fitted:
        """Rounds and calibration by cross-fitting on `more`, then one fit on all rows."""
        more, machine = self._more, self._machine
        folds = Folds(table.take(more), self._places[more], machine)
        with self._step(f"{name}: rounds and calibration on {len(more)} rows"):
            crossed = cross_fit(folds, recipe)
            calibration, losses, unseen = choose_calibration(
                crossed.margins, folds.table.y, folds.places, recipe.form, table.classes
            )
            sets = self._sets(unseen, folds.table.y)
        with self._step(f"{name}: {crossed.rounds} rounds on {len(table.y)} rows"):
            kept = select(table, recipe.features, machine)
            model = fit_all(kept, recipe, machine, crossed.rounds)
        notes = _notes(recipe, crossed, losses, self.table)
        rows = self._rows(search=len(self._few), calibration=len(more), fit=len(table.y))
        return Fitted(model, calibration, sets, notes | rows)

    def _sets(self, probabilities: Floats, labels: Indices) -> PredictionSets:
        return fit_sets(probabilities, labels, self.params.coverage, self.policy.costs)

    def _rows(self, **used: int) -> dict[str, Any]:
        """How many of the development rows each step of a training used."""
        return {"rows": {"development": len(self.table.y), **used}}

    def _baselines(self) -> dict[str, Fitted]:
        """Choices are made on fold 0 of `few`; the logistic is fitted on `more`, the others on all
        rows."""
        table, few, more = self.table, self._few, self._more
        first = self._places[few] == 0
        train, held_out = few[~first], few[first]
        logistic, margins, strength = fit_logistic(table, more, train, held_out)
        customers = self.development["arrival"].iloc[held_out]
        halves = grouped_folds(customers, 2, self.seed + 1)
        calibration, losses, unseen = choose_calibration(
            margins, table.y[held_out], halves, directed=any(table.directions)
        )
        sets = self._sets(unseen, table.y[held_out])
        notes = {"C": strength, "calibration_log_loss": losses}
        notes |= self._rows(search=len(few), calibration=len(held_out), fit=len(more))
        every = len(table.y)
        of_rule = self._rows(search=len(few), fit=every)
        rule = fit_one_rule(table, train, held_out)
        return {
            "base_rate": self._simple(fit_base_rate(table), self._rows(fit=every)),
            "one_rule": self._simple(rule, {"feature": rule.feature} | of_rule),
            "logistic": Fitted(logistic, calibration, sets, notes),
        }

    def _simple(self, model: BaseRate | Rule, notes: dict[str, Any]) -> Fitted:
        """A model of too few parameters to have learnt its rows by heart, uncalibrated."""
        table, more = self.table, self._more
        unchanged = identity(1 if table.classes == 2 else table.classes)
        probabilities = unchanged.probabilities(model.margins(table.X[more]))
        return Fitted(model, unchanged, self._sets(probabilities, table.y[more]), notes)


def _notes(
    recipe: Recipe, crossed: CrossFit, losses: Mapping[str, float], table: Table
) -> dict[str, Any]:
    return {
        "growth": dict(recipe.growth),
        "form": recipe.form or plain_form(table.classes),
        "features": {"kept_at_most": recipe.features, "of": len(table.names)},
        "rounds": crossed.rounds,
        "calibration_log_loss": dict(losses),
    }
