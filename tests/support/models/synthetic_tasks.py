"""Small synthetic tasks with a known relation between features and classes."""

import numpy as np
import pandas as pd

from src.core.params.train import FloatRange, IntRange, SearchSpace, TrainParams
from src.core.taxonomy import Wording
from src.features.feature import Feature
from src.features.spec import FeatureSpec
from src.models.calibration import softmax
from src.models.fit import Table
from src.models.training import TaskPolicy

CLASSES = {2: ("stays", "churns"), 3: ("low", "middle", "high"), 4: ("a", "b", "c", "d")}
PARAMS = TrainParams(
    test_share=0.3,
    test_snapshots=2,
    folds=2,
    trials=2,
    processes=1,
    max_rounds=15,
    early_stopping_rounds=5,
    max_rows=2000,
    threads=1,
    coverage=0.8,
    space=SearchSpace(
        learning_rate=FloatRange(low=0.04, high=0.2, log=True),
        num_leaves=IntRange(low=4, high=31, log=True),
        min_data_in_leaf=IntRange(low=10, high=300, log=True),
        feature_fraction=FloatRange(low=0.2, high=1.0),
        bagging_fraction=FloatRange(low=0.5, high=1.0),
        lambda_l2=FloatRange(low=0.01, high=30.0, log=True),
        features=(3, 8),
        forms=("multiclass", "cumulative", "latent"),
    ),
)


def spec_of(features: int) -> FeatureSpec:
    """A catalogue of that many windows over one measure."""
    return FeatureSpec(
        Feature.model_validate(
            {
                "definition": {
                    "kind": "windowed",
                    "measure": "inflow",
                    "how": "sum",
                    "days": 30 + index,
                },
                "group": "money_in",
                "unit": "money",
                "wording": {"zh": f"流入 {index}", "en": f"Inflow {index}"},
            }
        )
        for index in range(features)
    )


def wordings_of(classes: int) -> dict[str, Wording]:
    return {name: Wording(zh=name, en=name) for name in CLASSES[classes]}


def policy_of(classes: int) -> TaskPolicy:
    """Churn for two classes, else the value tier, 60 days ahead."""
    task = "churn" if classes == 2 else "value_tier"
    return TaskPolicy(task, CLASSES[classes], wordings_of(classes), 60)


def matrix(rows: int, features: int, seed: int) -> np.ndarray:
    """Mixed features: money-like, count-like and plain ones, one in ten values unknown."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, features))
    X[:, ::3] = np.sign(X[:, ::3]) * np.expm1(3 * np.abs(X[:, ::3]))
    X[:, 1::3] = rng.poisson(2, size=X[:, 1::3].shape)
    X[rng.random(X.shape) < 0.1] = np.nan
    return X


def classes_of(X: np.ndarray, classes: int, seed: int) -> np.ndarray:
    """Labels whose odds depend on the first features, with an interaction."""
    rng = np.random.default_rng(seed + 1)
    Z = np.nan_to_num(X)
    signal = np.tanh(Z[:, 0] / 5) + 0.5 * (Z[:, 1] > 2) * np.sign(Z[:, 2]) + Z[:, 2]
    margins = np.outer(signal, np.arange(classes)) * 1.5 - np.arange(classes)
    p = softmax(margins)
    return (rng.random(len(X))[:, None] > np.cumsum(p, axis=1)).sum(axis=1).clip(max=classes - 1)


def table(rows: int = 600, features: int = 8, classes: int = 2, seed: int = 0) -> Table:
    X = matrix(rows, features, seed)
    return Table(X, classes_of(X, classes, seed), spec_of(features).names, classes)


def panel(
    customers: int = 120, snapshots: int = 9, features: int = 6, classes: int = 2, seed: int = 0
) -> tuple[pd.DataFrame, pd.DataFrame, FeatureSpec]:
    """Features and labels of customers at monthly snapshots from 2024-01-01; customers became known
    in the order of their names."""
    spec = spec_of(features)
    instants = pd.date_range("2024-01-01", periods=snapshots, freq="MS").as_unit("us")
    keys = pd.DataFrame(
        [(f"C{c:05d}", instant) for instant in instants for c in range(customers)],
        columns=["customer_id", "as_of"],
    )
    X = matrix(len(keys), features, seed)
    frame = pd.concat([keys, pd.DataFrame(X, columns=list(spec.names))], axis=1)
    return (
        frame,
        keys.assign(
            arrival=keys["customer_id"], label=classes_of(X, classes, seed).astype(np.int64)
        ),
        spec,
    )
