"""A folder of all that is served, with a manifest of every file; named by the manifest's digest."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from src.core.errors import KehuError
from src.core.files import digest, read_json, write_json
from src.models.releases.pointer import Pointer, read_pointer

MANIFEST = "manifest.json"
FORMAT = 1
DIGITS = 16
_KEYS = ("format", "source", "base_currency", "tasks", "unsupported", "files")


@dataclass(frozen=True)
class Release:
    """A verified folder. manifest: source, base_currency, taxonomy (digest), tasks (of each the
    model's version, fingerprint, kind and why it won its run), unsupported (why), files (SHA-256
    by path)."""

    folder: Path
    manifest: Mapping[str, Any]

    @property
    def digest(self) -> str:
        """The release's name: 16 hex digits of its manifest's SHA-256."""
        return digest(self.folder / MANIFEST)[:DIGITS]

    @property
    def tasks(self) -> Mapping[str, Mapping[str, Any]]:
        """What the manifest says of each served task."""
        tasks: Mapping[str, Mapping[str, Any]] = self.manifest["tasks"]
        return tasks

    def bundle(self, task: str) -> Path:
        """The folder of the task's model."""
        return self.folder / task

    def reference(self, task: str) -> Path:
        """The file of what the training window of the task's model looked like."""
        return reference_file(self.folder, task)


def reference_file(folder: Path, task: str) -> Path:
    """Where the training window of a model stands in a release's folder."""
    return folder / "reference" / f"{task}.json"


def seal(folder: Path, facts: Mapping[str, Any]) -> None:
    """Write the manifest of all files in `folder`. facts: its other keys, without clock times."""
    files = {
        path.relative_to(folder).as_posix(): digest(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != MANIFEST
    }
    write_json(folder / MANIFEST, {"format": FORMAT, **facts, "files": files})


_REMEDY = "Run `kehu promote` to write it anew from the candidate, or restore it from a backup."


def open_release(folder: Path, remedy: str = _REMEDY) -> Release:
    """The release in a folder, every file of it verified. remedy: for an error, what to do.

    Raises KehuError naming the file if one is missing, added or changed, and the key if the
    manifest lacks one.
    """
    manifest = _manifest(folder, remedy)
    missing = [key for key in _KEYS if key not in manifest]
    if missing or manifest["format"] != FORMAT:
        what = f"no key {missing[0]!r}" if missing else f"format {manifest['format']!r}"
        raise KehuError(f"{folder / MANIFEST}: {what}. {remedy}")
    listed = manifest["files"]
    found = {
        path.relative_to(folder).as_posix(): path
        for path in folder.rglob("*")
        if path.is_file() and path.name != MANIFEST
    }
    for name in sorted(listed.keys() ^ found.keys()):
        fault = "no such file, though the manifest lists it" if name in listed else "not listed"
        raise KehuError(f"{folder / name}: {fault}. {remedy}")
    for name, path in sorted(found.items()):
        if (actual := digest(path)) != listed[name]:
            raise KehuError(
                f"{path}: its SHA-256 is {actual[:12]}…, the manifest says {listed[name][:12]}…: "
                f"the file was changed or damaged. {remedy}"
            )
    for task in manifest["tasks"]:
        if not (folder / task).is_dir():
            raise KehuError(f"{folder / task}: no such folder, though {task} is served. {remedy}")
    return Release(folder, manifest)


def _manifest(folder: Path, remedy: str) -> dict[str, Any]:
    path = folder / MANIFEST
    if not path.is_file():
        raise KehuError(f"{path}: no such file; expected a release. {remedy}")
    manifest = read_json(path)
    if not isinstance(manifest, dict):
        raise KehuError(f"{path}: expected a JSON object. {remedy}")
    return manifest


def publish(built: Path, releases: Path) -> Release:
    """Move a sealed folder to releases/<digest>; nothing is served by that yet.

    A folder of that name with the same content stays as it is; a damaged one is replaced.
    """
    name = digest(built / MANIFEST)[:DIGITS]
    target = releases / name
    if target.exists():
        try:
            release = open_release(target)
        except KehuError:
            shutil.rmtree(target)
        else:
            shutil.rmtree(built)
            return release
    built.replace(target)
    return open_release(target)


def served_release(pointer: Path, releases: Path) -> tuple[Release, Pointer] | None:
    """The release that is served and the pointer to it; None where nothing is served yet.

    Raises KehuError if the release is missing or damaged, or was sealed under another name.
    """
    at = read_pointer(pointer)
    if at is None:
        return None
    release = open_release(releases / at.release)
    if release.digest != at.release:
        raise KehuError(
            f"{release.folder}: its manifest has the digest {release.digest}; expected "
            f"{at.release}, its name. {_REMEDY}"
        )
    return release, at
