"""Who is compared: Kehu's own training, and what others would reach for first, as it comes.

None of the others is tuned, and none has seen the rows it predicts. Kehu's search looks at its
training rows alone.
"""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pandas as pd
import xgboost as xgb
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer

from src.core.params.train import TrainParams
from src.core.taxonomy import Wording
from src.models.evaluate import MODEL
from src.models.train import TaskRows, train_task
from src.models.training import TaskPolicy
from tests.benchmarks.world.problem import KEYS, Problem

KEHU = "Kehu"
# What is held back in a fold by the product's own split, which the fold itself has made already.
_LEAST_SHARE = 0.02
_INSTANT = pd.Timestamp("2000-01-01").as_unit("us")


@dataclass(frozen=True)
class Settings:
    """train: of params.yaml, with the budget of the search. threads: of whoever takes them."""

    train: TrainParams
    seed: int
    threads: int


Contender = Callable[[Problem, np.ndarray, np.ndarray, Settings], np.ndarray]


def kehu(problem: Problem, train: np.ndarray, test: np.ndarray, settings: Settings) -> np.ndarray:
    """(n, k) probabilities of the test rows by search, folds, calibration and final fit."""
    rows = problem.rows
    params = settings.train
    if not problem.by_time:
        rows = rows.assign(as_of=_INSTANT)
        params = params.model_copy(update={"test_share": _LEAST_SHARE})
    seen = rows if problem.by_time else rows[train]
    with tempfile.TemporaryDirectory() as folder:
        trained = train_task(
            TaskRows(
                seen[[*KEYS, *problem.spec.names]],
                seen[[*KEYS, "arrival", "label"]],
                problem.spec,
            ),
            TaskPolicy(
                problem.task,
                problem.classes,
                {name: Wording(zh=name, en=name) for name in problem.classes},
                problem.horizon_days,
            ),
            params,
            settings.seed,
            Path(folder) / "optuna.db",
        )
    if problem.by_time:
        assert _same_rows(trained.split.development, train) and _same_rows(trained.split.test, test)
    return trained.candidates[MODEL].probabilities(rows[test])


def default_lightgbm(
    problem: Problem, train: np.ndarray, test: np.ndarray, settings: Settings
) -> np.ndarray:
    """LightGBM as it comes."""
    return _lightgbm(problem.rows[problem.names], problem, train, test, settings)


def yardstick(
    problem: Problem, train: np.ndarray, test: np.ndarray, settings: Settings
) -> np.ndarray:
    """LightGBM as it comes, on the columns of the files themselves."""
    assert problem.raw is not None
    return _lightgbm(problem.raw, problem, train, test, settings)


def yardstick_before_the_answer(
    problem: Problem, train: np.ndarray, test: np.ndarray, settings: Settings
) -> np.ndarray:
    """The same without the columns that are told with the label, which Kehu does not see either."""
    assert problem.raw is not None
    columns = problem.raw.drop(columns=list(problem.answered))
    return _lightgbm(columns, problem, train, test, settings)


def default_xgboost(
    problem: Problem, train: np.ndarray, test: np.ndarray, settings: Settings
) -> np.ndarray:
    """XGBoost as it comes."""
    model = xgb.XGBClassifier(random_state=settings.seed, n_jobs=settings.threads)
    X, y = _numbers(problem), problem.rows["label"].to_numpy()
    return _all_classes(model.fit(X[train], y[train]), X[test], problem)


def random_forest(
    problem: Problem, train: np.ndarray, test: np.ndarray, settings: Settings
) -> np.ndarray:
    """300 trees, medians for what is unknown."""
    forest = RandomForestClassifier(
        300, min_samples_leaf=5, random_state=settings.seed, n_jobs=settings.threads
    )
    model = make_pipeline(SimpleImputer(strategy="median"), forest)
    X, y = _numbers(problem), problem.rows["label"].to_numpy()
    return _all_classes(model.fit(X[train], y[train]), X[test], problem)


def logistic_regression(
    problem: Problem, train: np.ndarray, test: np.ndarray, settings: Settings
) -> np.ndarray:
    """On ranks made normal, medians for what is unknown: amounts of money span decades."""
    model = make_pipeline(
        SimpleImputer(strategy="median"),
        QuantileTransformer(
            n_quantiles=100, output_distribution="normal", random_state=settings.seed
        ),
        LogisticRegression(C=0.1, max_iter=300),
    )
    X, y = _numbers(problem), problem.rows["label"].to_numpy()
    return _all_classes(model.fit(X[train], y[train]), X[test], problem)


CONTENDERS: Mapping[str, Contender] = {
    KEHU: kehu,
    "LightGBM, default": default_lightgbm,
    "XGBoost, default": default_xgboost,
    "random forest": random_forest,
    "logistic regression": logistic_regression,
    "LightGBM, default, on the files' columns": yardstick,
    "the same but what the answer tells": yardstick_before_the_answer,
}


def _lightgbm(
    columns: pd.DataFrame,
    problem: Problem,
    train: np.ndarray,
    test: np.ndarray,
    settings: Settings,
) -> np.ndarray:
    model = lgb.LGBMClassifier(random_state=settings.seed, n_jobs=settings.threads, verbose=-1)
    X, y = columns.to_numpy(np.float64, na_value=np.nan), problem.rows["label"].to_numpy()
    return _all_classes(model.fit(X[train], y[train]), X[test], problem)


def _numbers(problem: Problem) -> np.ndarray:
    """(n, f) of the features that differ at all."""
    X = problem.rows[problem.names].to_numpy(np.float64, na_value=np.nan)
    X = X.astype(np.float32)
    known = ~np.isnan(X).all(axis=0)
    return X[:, known]


def _all_classes(model, X: np.ndarray, problem: Problem) -> np.ndarray:
    """(n, k) probabilities, 0 for a class that was not there to learn from."""
    found = np.zeros((len(X), len(problem.classes)))
    found[:, np.asarray(model.classes_, dtype=int)] = model.predict_proba(X)
    return found


def _same_rows(mask: np.ndarray, other: np.ndarray) -> bool:
    return bool(np.array_equal(mask, other))
