"""The candidates of one task as training leaves them, and their files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from src.core.errors import ModelError
from src.core.files import read_parquet, replacing_folder, write_parquet
from src.models.bundle import Bundle, load_bundle, save_bundle
from src.models.calibration import Floats
from src.models.evaluate import MODEL
from src.models.rows import KEYS
from src.models.splits import Split

_UNTUNED_FILE = "untuned_predictions.parquet"
_AMOUNTS_FILE = "test_amounts.parquet"


@dataclass(frozen=True)
class Trained:
    """The candidates of one task, "lightgbm" first, and how they came about.

    test: the test rows (customer_id, as_of, label). probabilities: (n, k) of each candidate on
    them; untuned: the same of the model before the search. trials: one row per trial of it.
    amounts: of the test rows (see src/models/amounts.py); None where no amount is expected.
    """

    task: str
    candidates: Mapping[str, Bundle]
    split: Split
    test: pd.DataFrame
    probabilities: Mapping[str, Floats]
    untuned: Floats
    trials: pd.DataFrame
    amounts: pd.DataFrame | None = None


def save_candidates(trained: Trained, folder: Path) -> None:
    """Write model/, baselines/<name>/, the predictions on the test rows and trials.csv, all or
    nothing."""
    with replacing_folder(folder) as aside:
        for name, bundle in trained.candidates.items():
            save_bundle(bundle, candidate_folder(aside, name))
        write_parquet(aside / "test_predictions.parquet", predictions(trained))
        write_parquet(aside / _UNTUNED_FILE, pd.DataFrame(trained.untuned).add_prefix("p_"))
        if trained.amounts is not None:
            write_parquet(aside / _AMOUNTS_FILE, trained.amounts)
        trained.trials.to_csv(aside / "trials.csv", index=False)


def load_candidates(folder: Path) -> dict[str, Bundle]:
    """The bundles that `save_candidates` wrote, "lightgbm" first. Raises ModelError."""
    baselines = folder / "baselines"
    if not baselines.is_dir():
        raise ModelError(f"{baselines}: no such folder. Run `dvc repro train` to make it.")
    names = [MODEL, *sorted(path.name for path in baselines.iterdir())]
    return {name: load_bundle(candidate_folder(folder, name)) for name in names}


def predictions(trained: Trained) -> pd.DataFrame:
    """One row per candidate and test row: customer_id, as_of, label, candidate, then p_<class>."""
    parts = []
    for name, probability in trained.probabilities.items():
        columns = {
            f"p_{label}": probability[:, index]
            for index, label in enumerate(trained.candidates[name].classes)
        }
        parts.append(trained.test.assign(candidate=name, **columns))
    return pd.concat(parts, ignore_index=True)


def read_predictions(
    folder: Path, classes: Sequence[str]
) -> tuple[pd.DataFrame, dict[str, Floats]]:
    """The test rows and each candidate's (n, k) probabilities that `save_candidates` wrote."""
    table = read_parquet(folder / "test_predictions.parquet")
    columns = [f"p_{name}" for name in classes]
    parts = {str(name): part for name, part in table.groupby("candidate", sort=False)}
    rows = parts[MODEL][[*KEYS, "label"]].reset_index(drop=True)
    return rows, {name: part[columns].to_numpy() for name, part in parts.items()}


def read_untuned(folder: Path) -> Floats:
    """The (n, k) probabilities of the untuned model on the test rows, as `save_candidates` wrote
    them."""
    untuned: Floats = read_parquet(folder / _UNTUNED_FILE).to_numpy(dtype=np.float64)
    return untuned


def read_amounts(folder: Path) -> pd.DataFrame | None:
    """The amounts of the test rows that `save_candidates` wrote, None where there are none."""
    path = folder / _AMOUNTS_FILE
    return read_parquet(path) if path.is_file() else None


def candidate_folder(folder: Path, name: str) -> Path:
    """Where `save_candidates` puts the bundle of one candidate."""
    return folder / "model" if name == MODEL else folder / "baselines" / name
