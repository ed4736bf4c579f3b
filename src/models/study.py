"""The file of a search: an Optuna study that outlives a kill."""

from pathlib import Path

import optuna
from optuna.trial import FrozenTrial, TrialState

from src.core.errors import ModelError

REPORT_EVERY = 20
STARTUP_TRIALS = 6
_PATIENCE_SECONDS = 60.0
_DONE = (TrialState.COMPLETE, TrialState.PRUNED)


def open_study(path: Path, name: str) -> optuna.Study:
    """The study `name` in the SQLite file `path`, each made if missing. Raises ModelError."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    path.parent.mkdir(parents=True, exist_ok=True)
    damaged = ModelError(
        f"{path}: not a readable Optuna study; expected an SQLite file that this program wrote. "
        "Delete it: the search then starts afresh."
    )
    if path.is_file() and path.stat().st_size and path.read_bytes()[:15] != b"SQLite format 3":
        raise damaged
    try:
        storage = optuna.storages.RDBStorage(
            f"sqlite:///{path}", engine_kwargs={"connect_args": {"timeout": _PATIENCE_SECONDS}}
        )
        return optuna.create_study(
            storage=storage,
            study_name=name,
            direction="minimize",
            load_if_exists=True,
            pruner=optuna.pruners.MedianPruner(n_startup_trials=3, n_warmup_steps=2 * REPORT_EVERY),
        )
    except (optuna.exceptions.OptunaError, RuntimeError) as error:
        raise damaged from error


def drop_cut_off(study: optuna.Study) -> None:
    """Mark the trials that a killed run left half done as failed, so that they are redone."""
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        study.tell(trial.number, state=TrialState.FAIL)


def finished(study: optuna.Study) -> list[FrozenTrial]:
    """The trials that were completed or given up, in their order."""
    return study.get_trials(deepcopy=False, states=_DONE)


def completed(trials: list[FrozenTrial]) -> list[FrozenTrial]:
    """Those with a loss."""
    return [t for t in trials if t.state == TrialState.COMPLETE and t.value is not None]


def is_waiting(study: optuna.Study) -> bool:
    """Whether a trial with given values is next."""
    return bool(study.get_trials(deepcopy=False, states=(TrialState.WAITING,)))


def importance(trials: list[FrozenTrial], seed: int) -> dict[str, float]:
    """Share of each searched value in how the loss varies between trials (Hutter et al., 2014),
    the largest first; empty with too few trials or without any variation."""
    if len({trial.value for trial in completed(trials)}) < 4:
        return {}
    study = optuna.create_study(direction="minimize")
    study.add_trials(trials)
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=seed)
    return optuna.importance.get_param_importances(study, evaluator=evaluator)
