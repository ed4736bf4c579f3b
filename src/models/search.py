"""Search of the tree growth by Optuna: seeded, pruned, resumable. The only module with Optuna."""

import hashlib
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import optuna
import pandas as pd
from optuna.trial import FrozenTrial, TrialState

from src.core.errors import ModelError
from src.core.params import TrainParams
from src.core.progress import say
from src.models.fit import FIXED, Fold, Growth, Indices, Machine, Table, binned_folds, fold_losses

# A sensible model to begin with: the search can only improve on it.
DEFAULT: dict[str, float | int] = {
    "learning_rate": 0.08,
    "num_leaves": 8,
    "min_data_in_leaf": 40,
    "feature_fraction": 0.6,
    "bagging_fraction": 0.8,
    "lambda_l2": 1.0,
}
# name: (lowest, highest, on a log scale)
SPACE: dict[str, tuple[float | int, float | int, bool]] = {
    "learning_rate": (0.04, 0.2, True),
    "num_leaves": (4, 31, True),
    "min_data_in_leaf": (10, 300, True),
    "feature_fraction": (0.2, 1.0, False),
    "bagging_fraction": (0.5, 1.0, False),
    "lambda_l2": (0.01, 30.0, True),
}
_STARTUP_TRIALS = 6
_REPORT_EVERY = 20
_DONE = (TrialState.COMPLETE, TrialState.PRUNED)


@dataclass(frozen=True)
class Found:
    """The best growth, its mean held-out log loss over the folds, and all finished trials."""

    growth: Growth
    loss: float
    trials: pd.DataFrame


def search(
    task: str, table: Table, places: Indices, params: TrainParams, seed: int, study: Path
) -> Found:
    """Try params.trials growths on the folds `places` of `table`; the first one is DEFAULT.

    study: SQLite file, made if missing. Finished trials of the same data, parameters and space
    are reused from it, and one that was cut off is redone: each trial's draws depend on the seed
    and the trials finished before it, so a killed and resumed search ends where an undisturbed
    one does. Raises ModelError if the file is no study.
    """
    key = _key(table, places, params, seed)
    held = _open(study, f"{task}-{key}")
    _drop_cut_off(held)
    machine = Machine(seed, params.threads, params.max_rounds, params.early_stopping_rounds)
    folds: list[Fold] = []
    while (done := len(_finished(held))) < params.trials:
        folds = folds or binned_folds(table, places, machine)
        _run_trial(task, held, done, params.trials, folds, table.classes, machine)
    return _found(task, _finished(held)[: params.trials])


def _run_trial(
    task: str,
    study: optuna.Study,
    position: int,
    trials: int,
    folds: list[Fold],
    classes: int,
    machine: Machine,
) -> None:
    study.sampler = optuna.samplers.TPESampler(
        seed=machine.seed + 7919 * position, n_startup_trials=_STARTUP_TRIALS
    )
    if position == 0 and not study.get_trials(deepcopy=False, states=(TrialState.WAITING,)):
        study.enqueue_trial(DEFAULT)
    start = time.perf_counter()
    trial = study.ask()
    growth = _suggest(trial)

    def watch(fold: int, rounds: int, loss: float) -> None:
        if rounds % _REPORT_EVERY == 0 and fold == 0:
            trial.report(loss, step=rounds)
            if trial.should_prune():
                raise optuna.TrialPruned

    try:
        _, loss, rounds = fold_losses(folds, classes, growth, machine, watch)
    except optuna.TrialPruned:
        study.tell(trial, state=TrialState.PRUNED)
        outcome = "given up early"
    except lgb.basic.LightGBMError as error:
        raise ModelError(f"{task}: LightGBM refused to train: {error}. Check the data.") from error
    else:
        trial.set_user_attr("rounds", rounds)
        study.tell(trial, loss)
        outcome = f"log loss {loss:.5f} after {rounds} rounds"
    best = f"best {study.best_value:.5f}"
    seconds = time.perf_counter() - start
    say("train", f"{task}: trial {position + 1}/{trials}: {outcome}; {best}; {seconds:.1f} s")


def _suggest(trial: optuna.Trial) -> Growth:
    growth: dict[str, float | int] = {}
    for name, (low, high, log) in SPACE.items():
        if isinstance(low, int) and isinstance(high, int):
            growth[name] = trial.suggest_int(name, low, high, log=log)
        else:
            growth[name] = trial.suggest_float(name, low, high, log=log)
    return growth


def _open(path: Path, name: str) -> optuna.Study:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    path.parent.mkdir(parents=True, exist_ok=True)
    damaged = ModelError(
        f"{path}: not a readable Optuna study; expected an SQLite file that this program wrote. "
        "Delete it: the search then starts afresh."
    )
    if path.is_file() and path.stat().st_size and path.read_bytes()[:15] != b"SQLite format 3":
        raise damaged
    try:
        storage = optuna.storages.RDBStorage(f"sqlite:///{path}")
        return optuna.create_study(
            storage=storage,
            study_name=name,
            direction="minimize",
            load_if_exists=True,
            pruner=optuna.pruners.MedianPruner(
                n_startup_trials=3, n_warmup_steps=2 * _REPORT_EVERY
            ),
        )
    except (optuna.exceptions.OptunaError, RuntimeError) as error:
        raise damaged from error


def _drop_cut_off(study: optuna.Study) -> None:
    """Mark the trials that a killed run left half done as failed, so that they are redone."""
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        study.tell(trial.number, state=TrialState.FAIL)


def _finished(study: optuna.Study) -> list[FrozenTrial]:
    return study.get_trials(deepcopy=False, states=_DONE)


def _found(task: str, trials: list[FrozenTrial]) -> Found:
    complete = [t for t in trials if t.state == TrialState.COMPLETE and t.value is not None]
    if not complete:
        raise ModelError(f"{task}: no trial of the search was completed. Raise train.trials.")
    best = min(complete, key=lambda t: (t.value, t.number))
    rows = [
        {"trial": place, "state": t.state.name.lower(), "log_loss": t.value, **t.params}
        | {"rounds": t.user_attrs.get("rounds")}
        for place, t in enumerate(trials)
    ]
    return Found(dict(best.params), float(best.value or 0.0), pd.DataFrame(rows))


def _key(table: Table, places: Indices, params: TrainParams, seed: int) -> str:
    """Digest of all that the course of the search depends on; not of the number of trials."""
    settings: dict[str, Any] = {
        "names": table.names,
        "classes": table.classes,
        "params": params.model_dump(exclude={"trials", "threads"}),
        "seed": seed,
        "space": SPACE,
        "default": DEFAULT,
        "fixed": FIXED,
        "pruning": [_STARTUP_TRIALS, _REPORT_EVERY],
        "versions": [lgb.__version__, optuna.__version__],
    }
    state = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for array in (table.X, table.y, places):
        state.update(np.ascontiguousarray(array).tobytes())
    return state.hexdigest()[:16]
