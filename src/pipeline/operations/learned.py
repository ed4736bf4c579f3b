"""Which models learned from customers who are going to be erased.

A model holds no row of anybody. But it is what it is also because of those it learned from, so
that whoever erases one of them has to know, and decide (params.yaml, erase).
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from src.core.errors import ModelError
from src.core.files import digest
from src.core.process import home
from src.core.schemas import TASKS
from src.core.scratch import scratch_folder
from src.models.bundle import Bundle, load_bundle
from src.models.comparison import seen_by
from src.models.mlflow_store import STORE, open_registry
from src.models.registry import Version, model_name
from src.models.releases.release import served_release
from src.pipeline.deliveries.inputs import erased_of
from src.pipeline.run import Run

STAGE = "erase"


@dataclass(frozen=True)
class Learned:
    """A model that learned from customers, or of which nobody can say that it did not.

    version: of its bundle. number: of its version in MLflow, empty if there is none. rows: labelled
    rows of theirs in its development window; customers: of how many of them. sure: False where the
    rows may have been held out.
    """

    task: str
    version: str
    number: str
    served: bool
    customers: int
    rows: int
    sure: bool

    def __str__(self) -> str:
        where = f", version {self.number} in MLflow" if self.number else ""
        state = "served" if self.served else "not served"
        name = f"{self.task} {self.version} ({state}{where})"
        if not self.rows:
            return f"{name} may have learned from them; which rows it learned from is not known"
        verb = "learned" if self.sure else "may have learned"
        return f"{name} {verb} from {self.rows:,} rows of {self.customers:,} of them"

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def learned_models(run: Run, customers: Sequence[str]) -> list[Learned]:
    """The served models and the versions in MLflow that learned from a customer, served ones first.

    customers: pseudonyms. Ask before the labels are made anew. Raises KehuError if what is served
    is damaged, ModelError if MLflow's store can't be read.
    """
    found = []
    for task in TASKS:
        rows = _rows(run, task, customers)
        if rows is not None and rows.empty:
            continue  # a customer without a label taught nobody
        same_arrivals = _arrival_test(run, task)
        for model in _models(run, task):
            learned = _learned(task, model, rows, same_arrivals)
            found += [learned] if learned else []
    return sorted(found, key=lambda one: (not one.served, one.task, one.number))


@dataclass(frozen=True)
class _Model:
    """bundle: None where it can't be read."""

    version: str
    number: str
    served: bool
    bundle: Bundle | None


def _rows(run: Run, task: str, customers: Sequence[str]) -> pd.DataFrame | None:
    """The customers' labelled rows (customer_id, as_of, arrival); None if there are no labels."""
    path = run.paths.labels / f"{task}.parquet"
    if not path.exists():
        return None
    theirs = pc.field("customer_id").isin(pa.array(customers, pa.string()))
    columns = ["customer_id", "as_of", "arrival"]
    rows: pd.DataFrame = pq.read_table(
        path, columns=columns, filters=theirs, partitioning=None
    ).to_pandas()
    return rows


def _models(run: Run, task: str) -> Iterator[_Model]:
    """The served model of the task and every version in MLflow."""
    found = served_release(run.paths.pointer, run.paths.releases)
    served = found[0].tasks[task]["version"] if found and task in found[0].tasks else ""
    number = ""
    for version, bundle in _versions(model_name(run.source, task), besides=served):
        if version.bundle == served:
            number = version.number
        else:
            yield _Model(version.bundle, version.number, False, bundle)
    if found and served:
        yield _Model(served, number, True, load_bundle(found[0].bundle(task)))


def _versions(model: str, besides: str) -> Iterator[tuple[Version, Bundle | None]]:
    """The versions of a model and their bundles, None for one that can't be read and for `besides`,
    which is known. To look makes no store where there is none."""
    if not (os.environ.get("MLFLOW_TRACKING_URI") or (home() / STORE).is_file()):
        return
    with open_registry() as registry, scratch_folder(STAGE) as folder:
        for version in registry.versions(model):
            bundle = None
            if version.bundle != besides:
                with suppress(ModelError):
                    bundle = registry.fetch(model, version.number, folder / version.number)[1]
            yield version, bundle


def _learned(
    task: str,
    model: _Model,
    rows: pd.DataFrame | None,
    same_arrivals: Callable[[Bundle], bool],
) -> Learned | None:
    """What the model learned from these rows; None if it surely learned nothing."""

    def told(of: pd.DataFrame, sure: bool) -> Learned:
        customers = int(of["customer_id"].nunique())
        return Learned(task, model.version, model.number, model.served, customers, len(of), sure)

    if rows is None:
        return Learned(task, model.version, model.number, model.served, 0, 0, sure=False)
    last = model.bundle.card.get("split", {}).get("last_development") if model.bundle else None
    if model.bundle is None or last is None:
        return told(rows, sure=False)
    early = rows[rows["as_of"] <= pd.Timestamp(last)]
    if early.empty:
        return None
    try:
        learned, _ = seen_by(model.bundle, early)
    except ModelError:
        return told(early, sure=False)
    if not same_arrivals(model.bundle):
        return told(early, sure=False)
    return told(early[learned], sure=True) if learned.any() else None


def _arrival_test(run: Run, task: str) -> Callable[[Bundle], bool]:
    """A test of whether a model's customers had the same `arrival` as today, by which they were
    held out: who is erased leaves a gap that moves up those who came at the same instant."""
    nobody_erased = not erased_of(run)
    path = run.paths.labels / f"{task}.parquet"
    labels = digest(path, "md5") if path.exists() else ""

    def stands(bundle: Bundle) -> bool:
        trained_on = bundle.card.get("provenance", {}).get("data", {})
        return nobody_erased or labels in trained_on.values()

    return stands
