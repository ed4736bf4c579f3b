"""Runs, figures and model versions in MLflow. The only module with MLflow, imported when used."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from src.core.errors import ModelError

EXPERIMENT = "kehu"
CHAMPION = "champion"
BUNDLE_TAG = "bundle"
STORE = "sqlite:///mlflow.db"
ARTIFACTS = Path("mlartifacts")
_LONGEST_VALUE = 500


@dataclass(frozen=True)
class Tracked:
    """Where a run and its model version stand in MLflow."""

    run_id: str
    model: str
    version: str


@dataclass(frozen=True)
class Record:
    """What one run holds.

    parameters and tags: short texts. figures: finite numbers; others are left out. files: plots
    and tables. bundle: the winner's folder, registered as a version of kehu_<task>. version: the
    bundle's own. reason: why it won.
    """

    task: str
    winner: str
    reason: str
    bundle: Path
    version: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    figures: Mapping[str, float] = field(default_factory=dict)
    tags: Mapping[str, Any] = field(default_factory=dict)
    files: Sequence[Path] = ()


def track(record: Record, uri: str = STORE, artifacts: Path = ARTIFACTS) -> Tracked:
    """Log one run, register its bundle as a version of kehu_<task> and alias it champion.

    A bundle that stands in the registry already is aliased, not registered again.

    uri: the tracking and registry store; a plain `mlflow ui` in the project finds the default.
    artifacts: folder of the runs' files. The alias moves last, so that a failure on the way leaves
    the old champion. Raises ModelError if the store can't be opened or written.
    """
    client, mlflow_error = _client(uri)
    try:
        run_id = _log_run(client, record, artifacts)
        return _register(client, record, run_id)
    except mlflow_error as error:
        raise _unusable(uri, error) from error


def champion(task: str, uri: str = STORE) -> Tracked | None:
    """The version of kehu_<task> under the alias champion; None if there is none."""
    client, mlflow_error = _client(uri)
    name = model_name(task)
    try:
        found = client.get_model_version_by_alias(name, CHAMPION)
    except mlflow_error as error:
        if getattr(error, "error_code", "") in (
            "RESOURCE_DOES_NOT_EXIST",
            "INVALID_PARAMETER_VALUE",
        ):
            return None
        raise _unusable(uri, error) from error
    return Tracked(found.run_id, name, str(found.version))


def model_name(task: str) -> str:
    """The registered model of a task."""
    return f"kehu_{task}"


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
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

    try:
        return MlflowClient(tracking_uri=uri, registry_uri=uri), MlflowException
    except Exception as error:  # the store may fail with any of its database's errors
        raise _unusable(uri, error) from error


def _log_run(client: Any, record: Record, artifacts: Path) -> str:
    from mlflow.entities import Metric, Param, RunTag
    from mlflow.utils.time import get_current_time_millis

    found = client.get_experiment_by_name(EXPERIMENT)
    experiment = (
        found.experiment_id
        if found
        else client.create_experiment(EXPERIMENT, artifacts.absolute().as_uri())
    )
    run_id: str = client.create_run(experiment, run_name=record.task).info.run_id
    now = int(get_current_time_millis())  # type: ignore[no-untyped-call]
    tags = {"task": record.task, "winner": record.winner, "reason": record.reason, **record.tags}
    try:
        client.log_batch(
            run_id,
            metrics=[Metric(name, value, now, 0) for name, value in record.figures.items()],
            params=[Param(k, str(v)[:_LONGEST_VALUE]) for k, v in record.parameters.items()],
            tags=[RunTag(name, str(value)) for name, value in tags.items()],
        )
        for path in record.files:
            client.log_artifact(run_id, str(path), "plots")
        client.log_artifacts(run_id, str(record.bundle), "bundle")
    except BaseException:
        client.set_terminated(run_id, "FAILED")
        raise
    client.set_terminated(run_id, "FINISHED")
    return run_id


def _register(client: Any, record: Record, run_id: str) -> Tracked:
    from mlflow.exceptions import MlflowException

    name = model_name(record.task)
    try:
        client.get_registered_model(name)
    except MlflowException:
        client.create_registered_model(name, description=f"Champions of the task {record.task}.")
    known = client.search_model_versions(f"name = '{name}'")
    version = next((v for v in known if v.tags.get(BUNDLE_TAG) == record.version), None)
    if version is None:
        version = client.create_model_version(
            name,
            f"{client.get_run(run_id).info.artifact_uri}/bundle",
            run_id,
            tags={"winner": record.winner, "reason": record.reason, BUNDLE_TAG: record.version},
            description=record.reason,
            await_creation_for=0,
        )
    client.set_registered_model_alias(name, CHAMPION, version.version)
    return Tracked(run_id, name, str(version.version))


def _unusable(uri: str, error: Exception) -> ModelError:
    first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return ModelError(
        f"MLflow store {uri}: {first}. Close other programs that write to it and run again, or "
        "move the file away: a new store is made, the served models are not touched."
    )
