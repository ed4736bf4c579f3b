"""Search of a recipe by Optuna: seeded, pruned, resumable, begun with the untuned model.

With src/models/study.py and src/models/recipes.py, the only modules with Optuna.
"""

import hashlib
import json
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import optuna
import pandas as pd
from optuna.trial import FrozenTrial, TrialState

from src.core.errors import ModelError
from src.core.files import code_digest
from src.core.params.train import TrainParams
from src.core.progress import say
from src.models.fit import FIXED, Indices, Machine, Recipe, Table
from src.models.folds import Folds, common_rounds
from src.models.forms import ORDERED, Form
from src.models.recipes import UNTUNED, brought_within, drawn, recipe_of, values_of
from src.models.study import (
    REPORT_EVERY,
    STARTUP_TRIALS,
    completed,
    drop_cut_off,
    finished,
    importance,
    is_waiting,
    open_study,
)

# What decides a trial's value besides its data, parameters and libraries, below src.
_CODE = (Path("models"),)
_SOURCES = Path(__file__).parents[1]
_LIBRARIES = ("lightgbm", "numpy", "optuna", "scikit-learn")


@dataclass(frozen=True)
class Found:
    """The best recipe, its mean held-out log loss over the folds, and all finished trials.

    recipes: the best of each form that a trial completed, the best first. importance: share of each
    searched value in how the loss varies.
    """

    recipe: Recipe
    recipes: Mapping[Form, Recipe]
    loss: float
    trials: pd.DataFrame
    importance: Mapping[str, float]


@dataclass(frozen=True)
class _Search:
    """One search: what is the same for all its trials."""

    task: str
    table: Table
    places: Indices
    params: TrainParams
    seed: int
    path: Path
    name: str

    @property
    def forms(self) -> tuple[Form, ...]:
        """The forms that are tried: one without order can't hold a declared direction."""
        if self.table.classes == 2:
            return ("binary",)
        return tuple(
            form
            for form in self.params.space.forms
            if form in ORDERED or not any(self.table.directions)
        )

    def folds(self, processes: int = 1) -> Folds:
        p = self.params
        threads = max(1, p.threads // processes)
        machine = Machine(self.seed, threads, p.max_rounds, p.early_stopping_rounds)
        return Folds(self.table, self.places, machine)


def search(
    task: str,
    table: Table,
    places: Indices,
    params: TrainParams,
    seed: int,
    study: Path,
) -> Found:
    """Try params.trials recipes on the folds `places` of `table`, features chosen inside the folds.

    The first trial is UNTUNED, brought into the space. study: SQLite file, made if missing. It
    serves to resume a search: finished trials are reused if code, libraries, data, parameters,
    space and seed are the same, and one that was cut off is redone. Each trial's draws depend on
    the seed and the trials finished before it, so a killed and resumed search ends where an
    undisturbed one does; not so with several processes. Raises ModelError if the file is no study.
    """
    key = _key(table, places, params, seed)
    plan = _Search(task, table, places, params, seed, study, f"{task}-{key}")
    held = open_study(study, plan.name)
    drop_cut_off(held)
    folds = plan.folds()
    while (done := len(finished(held))) < params.trials:
        if params.processes > 1 and done:
            _share_out(plan, params.trials - done)
            continue
        if not done and not is_waiting(held):
            held.enqueue_trial(brought_within(params.space, plan.forms, values_of(UNTUNED)))
        _run_trial(plan, held, folds, sampler_seed=seed + 7919 * done)
    return _found(task, finished(held)[: params.trials], seed)


def _share_out(plan: _Search, trials: int) -> None:
    """Run the trials that remain in several processes on the one study."""
    workers = min(plan.params.processes, trials)
    shares = [trials // workers + (w < trials % workers) for w in range(workers)]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for running in [pool.submit(_work, plan, n, w + 1) for w, n in enumerate(shares)]:
            running.result()


def _work(plan: _Search, trials: int, worker: int) -> None:
    held, folds = open_study(plan.path, plan.name), plan.folds(plan.params.processes)
    for _ in range(trials):
        done = len(finished(held))
        _run_trial(plan, held, folds, sampler_seed=plan.seed + 7919 * done + 104_729 * worker)


def _run_trial(plan: _Search, study: optuna.Study, folds: Folds, sampler_seed: int) -> None:
    study.sampler = optuna.samplers.TPESampler(
        seed=sampler_seed, n_startup_trials=STARTUP_TRIALS, constant_liar=plan.params.processes > 1
    )
    start = time.perf_counter()
    trial = study.ask()
    try:
        loss, rounds = _loss(trial, drawn(trial, plan.params.space, plan.forms), folds)
    except optuna.TrialPruned:
        study.tell(trial, state=TrialState.PRUNED)
        outcome = "given up early"
    except lgb.basic.LightGBMError as error:
        raise ModelError(
            f"{plan.task}: LightGBM refused to train: {error}. Check the data."
        ) from error
    else:
        trial.set_user_attr("rounds", rounds)
        study.tell(trial, loss)
        outcome = f"log loss {loss:.5f} after {rounds} rounds"
    done, seconds = len(finished(study)), time.perf_counter() - start
    best = min(float(t.value or 0.0) for t in completed(finished(study)))
    say(
        "train",
        f"{plan.task}: trial {done}/{plan.params.trials}: {outcome}; best {best:.5f}; "
        f"{seconds:.1f} s",
    )


def _loss(trial: optuna.Trial, recipe: Recipe, folds: Folds) -> tuple[float, int]:
    """The mean held-out log loss and the rounds; given up on what the first fold shows."""

    def watch(rounds: int, loss: float) -> None:
        if rounds % REPORT_EVERY == 0:
            _give_up_if_poor(trial, loss, rounds)

    grown = []
    for number, fold in enumerate(folds.keeping(recipe.features)):
        grown.append(fold.fit(recipe, folds.machine, watch if number == 0 else None))
        if number == 0:
            _give_up_if_poor(trial, grown[0].loss, folds.machine.max_rounds + 1)
    return float(np.mean([g.loss for g in grown])), common_rounds([g.booster for g in grown])


def _give_up_if_poor(trial: optuna.Trial, loss: float, step: int) -> None:
    trial.report(loss, step=step)
    if trial.should_prune():
        raise optuna.TrialPruned


def _found(task: str, trials: list[FrozenTrial], seed: int) -> Found:
    complete = completed(trials)
    if not complete:
        raise ModelError(f"{task}: no trial of the search was completed. Raise train.trials.")
    ranked = sorted(complete, key=lambda t: (t.value, t.number))
    rows = [
        {
            "trial": place,
            "state": t.state.name.lower(),
            "log_loss": t.value if t in complete else None,  # else it is of one fold only
            **t.params,
            "rounds": t.user_attrs.get("rounds"),
        }
        for place, t in enumerate(trials)
    ]
    recipes: dict[Form, Recipe] = {}
    for trial in ranked:
        recipes.setdefault(trial.params["form"], recipe_of(trial.params))
    loss = float(ranked[0].value or 0.0)
    best = recipe_of(ranked[0].params)
    return Found(best, recipes, loss, pd.DataFrame(rows), importance(trials, seed))


def _key(table: Table, places: Indices, params: TrainParams, seed: int) -> str:
    """Digest of all that the course of the search depends on; not of the number of trials."""
    settings: dict[str, Any] = {
        "names": table.names,
        "classes": table.classes,
        "directions": table.directions,
        "params": params.model_dump(mode="json", exclude={"trials", "threads"}),
        "seed": seed,
        "untuned": values_of(UNTUNED),
        "fixed": FIXED,
        "pruning": [STARTUP_TRIALS, REPORT_EVERY],
        "code": code_digest(_CODE, _SOURCES),
        "versions": {name: version(name) for name in _LIBRARIES},
    }
    state = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for array in (table.X, table.y, places):
        state.update(np.ascontiguousarray(array).tobytes())
    return state.hexdigest()[:16]
