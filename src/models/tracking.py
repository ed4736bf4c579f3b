"""Runs, figures and model versions in MLflow. With src/models/registry.py and
src/models/mlflow_store.py, the only modules with MLflow, which is imported when it is used.

The release that is served decides; MLflow is made to agree with it by steps that can be repeated:
`record_version`, then `Registry.set_champion` and `Registry.describe`.
"""

import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.metadata import version as installed
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from src.models.mlflow_store import experiment_id
from src.models.registry import (
    BUNDLE_FOLDER,
    BUNDLE_TAG,
    REFERENCE,
    Registry,
    Version,
    model_name,
    short_tags,
)

MODEL_TAG = "model"
MODEL_FOLDER = "model"
_LONGEST_VALUE = 500
_SOURCES = Path(__file__).parents[1]
# The rooms and the libraries that a bundle needs to be loaded and to answer.
_ROOMS = ("core", "features", "models")
_LIBRARIES = ("lightgbm", "numpy", "pandas", "pyarrow", "pydantic", "pyyaml")


@dataclass(frozen=True)
class Record:
    """What a run says of a bundle.

    bundle: its folder. version: the bundle's own. winner, reason: which candidate of its training
    it is, and why that one. reference: the file of its training window, if it is known. parameters
    and tags: short texts. figures: finite numbers. files: plots and tables.
    """

    source: str
    task: str
    bundle: Path
    version: str
    winner: str
    reason: str
    reference: Path | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    figures: Mapping[str, float] = field(default_factory=dict)
    tags: Mapping[str, Any] = field(default_factory=dict)
    files: Sequence[Path] = ()

    @property
    def model(self) -> str:
        """The registered model."""
        return model_name(self.source, self.task)


def record_version(registry: Registry, record: Record) -> Version:
    """The version of the record's bundle; if the registry has none, one run and one version more.

    It gets no alias. A version that has lost its files is registered anew. A run that an earlier,
    killed attempt finished is used; one that it did not finish is marked FAILED, and so is the run
    of this attempt if it fails. One process at a time may record versions of a model.
    """
    version = registry.of_bundle(record.model, record.version)
    if version is None or not _holds_bundle(registry, version.source):
        tags = {BUNDLE_TAG: record.version, "winner": record.winner, "reason": record.reason}
        run = _finished_run(registry, record) or _log_run(registry, record)
        source = f"{run.info.artifact_uri}/{MODEL_FOLDER}"
        version = registry.register(record.model, run.info.run_id, source, tags)
    files = registry.artifacts(version.source)
    if record.reference and not files.list_artifacts(REFERENCE):
        files.log_artifact(str(record.reference), REFERENCE)
    return version


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


def _holds_bundle(registry: Registry, source: str) -> bool:
    return bool(registry.artifacts(source).list_artifacts(BUNDLE_FOLDER))


def _finished_run(registry: Registry, record: Record) -> Any | None:
    """A run of the bundle that was not registered; runs without an end are marked FAILED."""
    client, experiment = registry.client, experiment_id(registry)
    of_model = f"tags.{MODEL_TAG} = '{record.model}'"
    for run in client.search_runs([experiment], f"{of_model} and attributes.status = 'RUNNING'"):
        client.set_terminated(run.info.run_id, "FAILED")
    of_bundle = f"{of_model} and tags.{BUNDLE_TAG} = '{record.version}'"
    runs = client.search_runs([experiment], f"{of_bundle} and attributes.status = 'FINISHED'")
    source = "{}/" + MODEL_FOLDER
    whole = (r for r in runs if _holds_bundle(registry, source.format(r.info.artifact_uri)))
    return next(whole, None)


def _log_run(registry: Registry, record: Record) -> Any:
    client = registry.client
    tags = {
        MODEL_TAG: record.model,
        BUNDLE_TAG: record.version,
        "source": record.source,
        "task": record.task,
        "winner": record.winner,
        "reason": record.reason,
        **record.tags,
    }
    run = client.create_run(experiment_id(registry), tags=short_tags(tags), run_name=record.model)
    try:
        _fill_run(registry, run, record)
    except BaseException:
        with suppress(Exception):
            client.set_terminated(run.info.run_id, "FAILED")
        raise
    client.set_terminated(run.info.run_id, "FINISHED")
    return run


def _fill_run(registry: Registry, run: Any, record: Record) -> None:
    from mlflow.entities import Metric, Param

    now, files = run.info.start_time, registry.artifacts(run.info.artifact_uri)
    registry.client.log_batch(
        run.info.run_id,
        metrics=[Metric(name, value, now, 0) for name, value in record.figures.items()],
        params=[Param(k, str(v)[:_LONGEST_VALUE]) for k, v in record.parameters.items()],
    )
    for path in record.files:
        files.log_artifact(str(path), "plots")
    with TemporaryDirectory() as folder:
        _write_model(record.bundle, Path(folder))
        files.log_artifacts(str(Path(folder) / MODEL_FOLDER), MODEL_FOLDER)


def _write_model(bundle: Path, folder: Path) -> None:
    """Below `folder`, an MLflow model: the bundle as it is, and the code that loads it."""
    from mlflow import pyfunc

    data, code = folder / "bundle", folder / "src"
    shutil.copytree(bundle, data)
    for room in _ROOMS:
        shutil.copytree(_SOURCES / room, code / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(_SOURCES / "__init__.py", code / "__init__.py")
    pyfunc.save_model(
        str(folder / MODEL_FOLDER),
        loader_module="src.models.pyfunc",
        data_path=str(data),
        code_paths=[str(code)],
        pip_requirements=[f"{name}=={installed(name)}" for name in _LIBRARIES],
    )
