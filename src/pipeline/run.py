"""One source in the pipeline: what its stages and commands need to know.

Each stage depends on this file, so it imports no room but core.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import pandas as pd

from src.core.engine import connect_engine
from src.core.errors import ConfigError, nearest
from src.core.files import read_json, read_parquet
from src.core.ledger import Ledger, known_before, open_ledger
from src.core.params import Params, load_params
from src.core.schemas import TASKS
from src.core.taxonomy import Taxonomy, load_taxonomy
from src.pipeline import paths
from src.pipeline.paths import SourcePaths


@dataclass(frozen=True)
class Run:
    """A source, the parameters, and the places of the source's outputs."""

    source: str
    params: Params

    @cached_property
    def paths(self) -> SourcePaths:
        """Where the source's outputs stand."""
        return SourcePaths(self.source)

    @cached_property
    def taxonomy(self) -> Taxonomy:
        """The bank's policy for this source."""
        return load_taxonomy(self.params.taxonomy, self.source)

    def ledger(self) -> Ledger:
        """The ledger on the engine of params.yaml, as it stood at `until` if that is given."""
        ledger = open_ledger(self.paths.ledger, connect_engine(self.params.engine))
        if self.params.until is None:
            return ledger
        return known_before(ledger, datetime.combine(self.params.until, datetime.min.time()))

    def features(self) -> pd.DataFrame:
        """The features of all customers at all snapshots."""
        return read_parquet(self.paths.features / "features.parquet")

    def why_unsupported(self, task: str) -> str:
        """Why the source's labels carry no model of the task; empty if they do."""
        entry = read_json(self.paths.labels / "labels.json")[task]
        return "" if entry["supported"] else str(entry["reason"])


def open_run(source: str) -> Run:
    """The run of a source. Raises ConfigError naming the nearest source if there is none."""
    known = [path.stem for path in paths.SOURCES.glob("*.yaml")]
    if source not in known:
        raise ConfigError(
            f"source {source!r} has no file in {paths.SOURCES}. {nearest(source, known)}"
        )
    return Run(source, load_params())


def require_task(task: str) -> str:
    """The task. Raises ConfigError naming the nearest one if there is none of that name."""
    if task not in TASKS:
        raise ConfigError(f"{task!r} is no task. {nearest(task, TASKS)}")
    return task
