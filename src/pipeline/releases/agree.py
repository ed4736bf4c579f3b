"""Make the promotion log, MLflow's aliases and the reports agree with the pointer.

Every command that decides on what is served calls this first and last: what a kill left undone is
done by the next one.
"""

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from src.core.files import replacing_file
from src.core.schemas import TASKS
from src.models.mlflow_store import open_registry
from src.models.promotion_log import Entry, append_once, read
from src.models.registry import model_name
from src.models.releases.pointer import Pointer
from src.models.releases.release import Release, served_release
from src.models.tracking import Record, record_version
from src.pipeline.paths import WORDINGS
from src.pipeline.provenance import run_facts
from src.pipeline.releases.versions import report_of
from src.pipeline.run import Run
from src.reports.model.status import Status, with_status
from src.reports.overview.served import served_index
from src.reports.texts import load_texts


def agree(run: Run) -> None:
    """Write the decisions of the pointer into the log, move the aliases, tell it in the reports."""
    found = served_release(run.paths.pointer, run.paths.releases)
    if found is None:
        return
    release, pointer = found
    decisions = [Entry(**decision) for decision in pointer.decisions]
    for decision in decisions:
        append_once(run.paths.log, decision)
    _move_aliases(run, release, decisions)
    _tell_in_reports(run, release)
    _remove_older(run, pointer)


def _remove_older(run: Run, pointer: Pointer) -> None:
    """Keep the folders of the served release and of the one before it; MLflow has all models."""
    for folder in run.paths.releases.iterdir():
        if folder.is_dir() and folder.name not in (pointer.release, pointer.previous):
            shutil.rmtree(folder)


def _move_aliases(run: Run, release: Release, decisions: Iterable[Entry]) -> None:
    """Give the alias champion to what is served; a version that MLflow has lost is made anew."""
    with open_registry() as registry:
        for task, entry in release.tasks.items():
            served = record_version(
                registry,
                Record(
                    source=run.source,
                    task=task,
                    winner=entry["winner"],
                    reason=entry["reason"],
                    bundle=release.bundle(task),
                    version=entry["version"],
                    reference=release.reference(task),
                ),
            )
            registry.set_champion(served)
        for decided in decisions:
            model = model_name(run.source, decided.task)
            if version := registry.of_bundle(model, decided.version):
                registry.describe(version, decided.event, decided.reason)
            if decided.event == "rolled back" and (
                taken := registry.of_bundle(model, decided.champion)
            ):
                registry.describe(taken, "taken back", decided.reason)
        for task in set(TASKS) - release.tasks.keys():
            registry.drop_champion(model_name(run.source, task))


def _tell_in_reports(run: Run, release: Release) -> None:
    """Bring the status in the report of every version up to date, and the index of the served."""
    statuses = statuses_of(read(run.paths.log))
    for (task, version), status in statuses.items():
        path = report_of(run, task, version)
        if not path.is_file():
            continue  # it was decided on before reports were kept by version
        before = path.read_text("utf-8")
        facts = run_facts(run.paths.runs, task, version)
        after = with_status(before, replace(status, made_by=facts))
        if after != before:
            _write(path, after)
    page = served_index(run.source, release, statuses, load_texts(WORDINGS))
    _write(run.paths.reports / "index.html", page)


def _write(path: Path, text: str) -> None:
    with replacing_file(path) as aside:
        aside.write_text(text, encoding="utf-8")


def statuses_of(entries: Iterable[Entry]) -> Mapping[tuple[str, str], Status]:
    """What became of each version of each task, by (task, version), from the log."""
    found: dict[tuple[str, str], Status] = {}
    for entry in entries:
        key = (entry.task, entry.version)
        if entry.event == "refused":
            # a version that was served once stays retired: a refusal is of its second try
            if found.get(key, Status()).state in ("candidate", "refused"):
                found[key] = Status("refused", entry.at, entry.reason)
            continue
        if entry.champion and entry.champion != entry.version:
            champion = (entry.task, entry.champion)
            found[champion] = Status("retired", entry.at, replaced_by=entry.version)
        found[key] = Status("served", entry.at)
    return found
