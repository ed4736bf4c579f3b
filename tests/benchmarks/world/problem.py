"""One question put to all contenders: the same rows, the same folds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedKFold

from src.core.files import read_parquet, write_parquet
from src.core.ledger import Ledger
from src.features.build import build_features
from src.features.spec import FeatureSpec

KEYS = ["customer_id", "as_of"]


@dataclass(frozen=True)
class Problem:
    """rows: customer_id, as_of, arrival, label (index into classes), and the columns of spec.

    raw: other columns of the same rows, on which the yardstick's model learns; answered: those of
    them that are told with the label itself, and no feature of Kehu's. folds: masks of the rows to
    learn from and to predict. by_time: the one fold is the product's own split out of time.
    published: the yardstick that was stated before, of `figure`. told: probabilities that nobody
    has to learn, such as what the simulator knows.
    """

    name: str
    task: str
    classes: tuple[str, ...]
    horizon_days: int
    rows: pd.DataFrame
    spec: FeatureSpec
    folds: Sequence[tuple[np.ndarray, np.ndarray]]
    figure: str
    published: float | None = None
    raw: pd.DataFrame | None = None
    answered: Sequence[str] = ()
    by_time: bool = False
    told: Mapping[str, np.ndarray] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """The features that anyone may learn from: sensitive attributes are none."""
        return [name for name in self.spec.names if not self.spec[name].sensitive]

    @property
    def judged(self) -> np.ndarray:
        """The rows that some fold predicts."""
        return np.logical_or.reduce([test for _, test in self.folds])


def stratified(rows: pd.DataFrame, folds: int, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Folds with the same shares of classes; rows: one per customer, in an order of their own."""
    assert rows["customer_id"].is_unique
    order = StratifiedKFold(folds, shuffle=True, random_state=seed)
    found = []
    for train, test in order.split(rows, rows["label"]):
        masks = np.zeros((2, len(rows)), dtype=bool)
        masks[0, train] = masks[1, test] = True
        found.append((masks[0], masks[1]))
    return found


def some_customers(rows: pd.DataFrame, customers: int, seed: int) -> pd.DataFrame:
    """At most so many customers, drawn by the order of their arrival, so that no key matters."""
    names = rows[["customer_id", "arrival"]].drop_duplicates().sort_values("arrival")
    drawn = np.random.default_rng(seed).permutation(len(names))[:customers]
    kept = rows["customer_id"].isin(names["customer_id"].iloc[drawn])
    return rows[kept].sort_values(["as_of", "arrival"], ignore_index=True)


def built(ledger: Ledger, rows: pd.DataFrame, spec: FeatureSpec, kept: Path) -> pd.DataFrame:
    """The rows with the columns of spec, computed once and kept in a file."""
    if not kept.is_file():
        kept.parent.mkdir(parents=True, exist_ok=True)
        keys = rows[KEYS].drop_duplicates().reset_index(drop=True)
        write_parquet(kept, build_features(ledger, keys, spec))
    return rows.merge(read_parquet(kept), on=KEYS, how="left", validate="1:1")
