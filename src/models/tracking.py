"""Runs and figures in MLflow. The only module with MLflow, imported when used."""

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from src.core.errors import ModelError
from src.models.registry import BUNDLE_TAG, REFERENCE, Registry, model_name, taking_back

EXPERIMENT = "kehu"
STORE = Path("mlflow.db")
ARTIFACTS = Path("mlartifacts")
_LONGEST_VALUE = 500
_LONGEST_TAG = 4000
_PROMOTED, _REFUSED = "promoted", "refused"


@dataclass(frozen=True)
class Tracked:
    """Where a run and its model version stand in MLflow."""

    run_id: str
    model: str
    version: str


@dataclass(frozen=True)
class Kept:
    """The bundle that is served on where a challenger is refused: its folder and version."""

    folder: Path
    version: str


@dataclass(frozen=True)
class Record:
    """What one run holds.

    parameters and tags: short texts. figures: finite numbers; others are left out. files: plots
    and tables. bundle: the challenger's folder, registered as a version of kehu_<task>. version:
    the bundle's own. reason: why it won over the other candidates of its run. why: why it is
    promoted, or why not. champion: what is served on if it is not promoted; None if it is.
    reference: the file of the bundle's training window, where it was promoted.
    """

    task: str
    winner: str
    reason: str
    bundle: Path
    version: str
    why: str = ""
    champion: Kept | None = None
    reference: Path | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    figures: Mapping[str, float] = field(default_factory=dict)
    tags: Mapping[str, Any] = field(default_factory=dict)
    files: Sequence[Path] = ()


@contextmanager
def tracked(
    records: Sequence[Record], uri: str = "", artifacts: Path = ARTIFACTS
) -> Iterator[list[Tracked]]:
    """Log a run per record, register its bundle as a version of kehu_<task>, and alias champion
    what is served: the bundle or, if it is not promoted, the champion's, registered again if the
    registry has lost it. A bundle that stands in the registry already is not registered twice.

    All of it holds while the block runs and is kept if that succeeds. If anything fails, in MLflow
    or in the block, the aliases are where they were, the new versions are gone and the runs are
    marked FAILED. Aliases move last.

    uri: the tracking and registry store, by default mlflow.db, which `mlflow ui` finds in the
    project. artifacts: folder of the runs' files. Raises ModelError if the store can't be opened or
    written.
    """
    with open_registry(uri) as registry:
        made = [(record, *_entered(registry, record, artifacts)) for record in records]
        for record, run_id, version in made:
            kept = record.champion
            served = version
            if kept:
                again = registry.of_bundle(record.task, kept.version)
                served = again or _registered_again(registry, record, run_id, kept)
            registry.crown(record.task, served)
        yield [Tracked(run, model_name(r.task), version.number) for r, run, version in made]


@contextmanager
def open_registry(uri: str = "") -> Iterator[Registry]:
    """The registry of a store, in a block whose failure takes back what was written in it.

    Raises ModelError, which says what to do, if the store is locked, gone or no MLflow store.
    """
    where = uri or f"sqlite:///{STORE.absolute()}"
    client, mlflow_error = _client(where)
    try:
        with taking_back(Registry(client)) as registry:
            yield registry
    except mlflow_error as error:
        raise _unusable(where, error) from error


def flat_figures(metrics: Mapping[str, Any]) -> dict[str, float]:
    """What `evaluate` returned as names and numbers: candidate.yardstick, with .low and .high."""
    figures: dict[str, float] = {}
    for candidate, yardsticks in metrics["candidates"].items():
        for yardstick, found in yardsticks.items():
            for end, number in found.items():
                name = f"{candidate}.{yardstick}" + ("" if end == "value" else f".{end}")
                if number is not None:
                    figures[name] = float(number)
    for baseline, found in metrics["paired"].items():
        for end in ("value", "low", "high"):
            if found[end] is not None:
                figures[f"ahead_of_{baseline}.{end}"] = float(found[end])
    return figures


def _client(uri: str) -> tuple[Any, type[Exception]]:
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

    # what it logs with a traceback, it also raises
    logging.getLogger("mlflow.store.db.utils").setLevel(logging.CRITICAL)
    try:
        return MlflowClient(tracking_uri=uri, registry_uri=uri), MlflowException
    except Exception as error:  # the store may fail with any of its database's errors
        raise _unusable(uri, error) from error


def _entered(registry: Registry, record: Record, artifacts: Path) -> tuple[str, Any]:
    """The run's number and the version of its bundle, both written."""
    run_id = _log_run(registry, record, artifacts)
    version = registry.of_bundle(record.task, record.version)
    verdict = _REFUSED if record.champion else _PROMOTED
    if version is None:
        tags = {"winner": record.winner, "reason": record.reason, BUNDLE_TAG: record.version}
        version = registry.register(record.task, run_id, "bundle", _short(tags))
    said = {"decision": verdict, "why": record.why}
    described = f"{verdict.capitalize()}: {record.why or record.reason}"
    registry.describe(record.task, version, described, _short(said))
    return run_id, version


def _registered_again(registry: Registry, record: Record, run_id: str, kept: Kept) -> Any:
    """A champion that the registry has lost, from the bundle that is served."""
    registry.client.log_artifacts(run_id, str(kept.folder), "champion")
    version = registry.register(record.task, run_id, "champion", {BUNDLE_TAG: kept.version})
    why = "It was served when the registry had no version of it, and is registered again."
    registry.describe(record.task, version, why, {"decision": _PROMOTED, "why": why})
    return version


def _log_run(registry: Registry, record: Record, artifacts: Path) -> str:
    from mlflow.entities import Metric, Param, RunTag
    from mlflow.utils.time import get_current_time_millis

    client = registry.client
    found = client.get_experiment_by_name(EXPERIMENT)
    experiment = (
        found.experiment_id
        if found
        else client.create_experiment(EXPERIMENT, artifacts.absolute().as_uri())
    )
    run_id: str = client.create_run(experiment, run_name=record.task).info.run_id
    registry.undo.append(lambda: client.set_terminated(run_id, "FAILED"))
    now = int(get_current_time_millis())  # type: ignore[no-untyped-call]
    tags = {
        "task": record.task,
        "winner": record.winner,
        "reason": record.reason,
        "decision": _REFUSED if record.champion else _PROMOTED,
        "why": record.why,
        **record.tags,
    }
    client.log_batch(
        run_id,
        metrics=[Metric(name, value, now, 0) for name, value in record.figures.items()],
        params=[Param(k, str(v)[:_LONGEST_VALUE]) for k, v in record.parameters.items()],
        tags=[RunTag(name, value) for name, value in _short(tags).items()],
    )
    for path in record.files:
        client.log_artifact(run_id, str(path), "plots")
    client.log_artifacts(run_id, str(record.bundle), "bundle")
    if record.reference:
        client.log_artifact(run_id, str(record.reference), REFERENCE)
    client.set_terminated(run_id, "FINISHED")
    return run_id


def _short(tags: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value)[:_LONGEST_TAG] for name, value in tags.items()}


def _unusable(uri: str, error: Exception) -> ModelError:
    first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return ModelError(
        f"MLflow store {uri}: {first}. Close other programs that write to it and run again, or "
        "move the file away: a new store is made. What was served before is served on."
    )
