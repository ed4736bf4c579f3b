"""Serve an earlier model again.

A version is a version of kehu_<task> in MLflow; without it, the model that the served one replaced.
Its files come from the registry, checksum by checksum; the alias champion moves with them. The
model that is taken back is remembered: `dvc repro` will not promote it again, a better one it will.
"""

from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from src.core.errors import ModelError
from src.core.files import read_json, write_json
from src.core.params import Params
from src.core.progress import say
from src.core.taxonomy import load_taxonomy
from src.features.spec import FeatureSpec
from src.models.bundle import Bundle, load_bundle
from src.models.comparison import why_unlike
from src.models.promotion_log import Entry, append, replaced_by
from src.models.registry import Registry, Version
from src.models.tracking import open_registry
from src.pipeline import paths
from src.pipeline.references import reference_of
from src.pipeline.select import selected
from src.pipeline.served import Served, open_served, reference_file, write_served

STAGE = "rollback"


def rollback(source: str, task: str, number: str | None, reason: str) -> dict[str, Any]:
    """Fetch and check the version, then move the alias and what is served together.

    Returns the task with the versions that are served now and were before.
    """
    params = selected(source)
    before = open_served(paths.BUNDLE)
    if isinstance(before, str) or task not in before.manifest["tasks"]:
        raise ModelError(f"{paths.BUNDLE}: {task} is not served; expected a model to take back.")
    with open_registry() as registry, TemporaryDirectory() as folder:
        served = before.manifest["tasks"][task]["version"]
        wanted = number or _replaced(registry, task, served)
        version, bundle, fetched = registry.fetch(task, wanted, Path(folder))
        _require_answers(bundle, task, before, params)
        taken = before.manifest["tasks"][task]
        if bundle.version == taken["version"]:
            raise ModelError(f"{task}: version {wanted} is what is served; expected another one.")
        entry = _entry(task, bundle, before, reason)
        registry.crown(task, version)
        registry.describe(task, version, f"Rolled back to: {reason}", {"why": reason})
        if out := registry.of_bundle(task, taken["version"]):
            registry.describe(task, out, f"Taken back: {reason}", {"decision": "taken back"})
        reference = registry.fetch_reference(version, Path(folder))
        if reference is None:
            reference = Path(folder) / "reference.json"
            write_json(reference, reference_of(bundle, {}, params).to_json())
        said = _manifest_entry(version, bundle, taken, reason)
        _serve(before, task, (fetched, reference), said, params)
    append(paths.PROMOTIONS, entry)
    say(
        STAGE, f"{task}: {bundle.version} (version {wanted}) is served in place of {entry.champion}"
    )
    return {"task": task, "served": entry.version, "before": entry.champion, "reason": reason}


def _replaced(registry: Registry, task: str, served: str) -> str:
    """The number of the version that the served one replaced."""
    version = registry.of_bundle(task, replaced_by(paths.PROMOTIONS, task, served))
    if version is None:
        known = ", ".join(v.number for v in registry.versions(task)) or "none"
        raise ModelError(
            f"{task}: what is served, {served}, replaced no model that is known. Say to which "
            f"version it is to go back; in MLflow are: {known}."
        )
    return version.number


def _require_answers(bundle: Bundle, task: str, before: Served, params: Params) -> None:
    """Raise ModelError if the model is not one that `dvc repro` would go on serving."""
    classes = load_taxonomy(params.taxonomy, params.source).classes(task)
    catalogue = FeatureSpec.from_json(read_json(paths.FEATURES / "spec.json"))
    unlike = why_unlike(bundle, classes, catalogue)
    if before.manifest["source"] != params.source:
        unlike = f"{paths.BUNDLE} is of the source {before.manifest['source']}"
    if unlike:
        raise ModelError(
            f"{task}: model {bundle.version} can't be served: {unlike}. Choose another version, or "
            "take params.yaml, the taxonomy and the catalogue back to where they were with it."
        )


def _entry(task: str, bundle: Bundle, before: Served, reason: str) -> Entry:
    taken = load_bundle(before.folder / task)
    return Entry(
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        task=task,
        event="rolled back",
        reason=reason,
        version=bundle.version,
        fingerprint=bundle.fingerprint,
        champion=taken.version,
        champion_fingerprint=taken.fingerprint,
    )


def _manifest_entry(
    version: Version, bundle: Bundle, taken: dict[str, Any], reason: str
) -> dict[str, Any]:
    return {
        "version": bundle.version,
        "winner": version.tags.get("winner", bundle.predictor.kind),
        "reason": version.tags.get("reason", version.description),
        "decision": {
            "promoted": False,
            "rule": "rolled back",
            "reason": reason,
            "challenger": taken["version"],
            "comparison": None,
        },
    }


def _serve(
    before: Served, task: str, fetched: tuple[Path, Path], entry: dict[str, Any], params: Params
) -> None:
    bundle, reference = fetched
    entries = {**before.manifest["tasks"], task: entry}
    folders = {name: before.folder / name for name in entries} | {task: bundle}
    references = {name: reference_file(before.folder, name) for name in entries}
    references[task] = reference
    write_served(entries, folders, references, before.manifest["unsupported"], params)
