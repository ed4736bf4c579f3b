"""`kehu rollback`: serve an earlier model of a task again.

Its files come from MLflow, checksum by checksum. The model that is taken back is remembered: the
next `kehu promote` will not serve it again, a better one it will.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from src.core.errors import ModelError
from src.core.files import exclusive, replacing_folder
from src.core.progress import say, step
from src.core.scratch import scratch_folder
from src.features.spec import load_spec
from src.models.bundle import Bundle
from src.models.comparison import why_unlike
from src.models.mlflow_store import open_registry
from src.models.promotion_log import Entry, replaced_by
from src.models.registry import Registry, Version, model_name
from src.models.releases.release import Release, publish, served_release
from src.pipeline.releases.agree import agree
from src.pipeline.releases.compose import Part, compose, entry_of
from src.pipeline.releases.contest import part_of
from src.pipeline.releases.promote import move_to
from src.pipeline.run import Run

STAGE = "rollback"


def rollback(run: Run, task: str, number: str = "", reason: str = "") -> dict[str, Any]:
    """Publish a release with another model of the task, move the pointer, make the rest agree.

    number: of a version in MLflow; empty: the model that the served one replaced. Returns the
    version that is served and the one that was taken back. Raises ModelError if nothing is served,
    if there is no such version, or if it can't answer what is asked today.
    """
    with exclusive(run.paths.releases / "lock"):
        return _rolled_back(run, task, number, reason or "no reason was given")


def _rolled_back(run: Run, task: str, number: str, reason: str) -> dict[str, Any]:
    agree(run)
    found = served_release(run.paths.pointer, run.paths.releases)
    if found is None or task not in found[0].tasks:
        raise ModelError(
            f"{run.paths.pointer}: {task} is not served; expected a model to take back. "
            "Run `kehu promote` first."
        )
    release, taken = found[0], found[0].tasks[task]
    with scratch_folder(STAGE) as folder:
        with open_registry() as registry:
            wanted = number or _replaced(run, registry, task, taken["version"])
            version, bundle, fetched = registry.fetch(model_name(run.source, task), wanted, folder)
            reference = registry.fetch_reference(version, folder)
        _require_answers(run, bundle, taken["version"], wanted)
        part = Part(fetched, reference, _entry_of(version, bundle))
        published = _published(run, release, task, part)
    move_to(run, published, [_entry(published, bundle, taken, reason)])
    agree(run)
    say(
        STAGE,
        f"{task}: {bundle.version} (version {wanted}) is served in place of "
        f"{taken['version']}, which `kehu promote` will not serve again",
    )
    return {
        "task": task,
        "version": bundle.version,
        "number": wanted,
        "taken_back": taken["version"],
        "reason": reason,
        "release": published.digest,
    }


def _replaced(run: Run, registry: Registry, task: str, served: str) -> str:
    """The number of the version that the served one replaced."""
    model = model_name(run.source, task)
    version = registry.of_bundle(model, replaced_by(run.paths.log, task, served))
    if version is None:
        known = ", ".join(v.number for v in registry.versions(model)) or "none"
        raise ModelError(
            f"{task}: what is served, {served}, replaced no model that is known. Say to which "
            f"version it is to go back; in MLflow are: {known}."
        )
    return version.number


def _require_answers(run: Run, bundle: Bundle, taken: str, number: str) -> None:
    """Raise ModelError if it is what is served, or can't answer what is asked today."""
    if bundle.version == taken:
        raise ModelError(
            f"{bundle.task}: version {number} is what is served; expected another one."
        )
    if unlike := why_unlike(bundle, run.taxonomy.classes(bundle.task), load_spec(run.paths.spec)):
        raise ModelError(
            f"{bundle.task}: model {bundle.version} can't be served: {unlike}. Choose another "
            "version, or take params.yaml, the taxonomy and the catalogue back to where they were."
        )


def _entry_of(version: Version, bundle: Bundle) -> dict[str, Any]:
    winner = version.tags.get("winner", bundle.predictor.kind)
    return entry_of(bundle, winner, version.tags.get("reason", version.description))


def _published(run: Run, release: Release, task: str, part: Part) -> Release:
    parts: Mapping[str, Part] = {name: part_of(release, name) for name in release.tasks}
    built = run.paths.releases / "new"
    with replacing_folder(built) as folder, step(STAGE, "the release"):
        compose(run, {**parts, task: part}, release.manifest["unsupported"], folder)
    return publish(built, run.paths.releases)


def _entry(release: Release, bundle: Bundle, taken: Mapping[str, Any], reason: str) -> Entry:
    return Entry(
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        task=bundle.task,
        event="rolled back",
        reason=reason,
        version=bundle.version,
        fingerprint=bundle.fingerprint,
        champion=taken["version"],
        champion_fingerprint=taken["fingerprint"],
        id=release.digest,
    )
