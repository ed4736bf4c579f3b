"""The registered models kehu_<task>: versions, and which of them is the champion.

What is written here is taken back if the block in which it holds fails: a version that was made is
deleted, an alias returns to where it was. MLflow's client comes from src/models/tracking.py.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from src.core.errors import ModelError
from src.models.bundle import Bundle, load_bundle

CHAMPION = "champion"
BUNDLE_TAG = "bundle"
REFERENCE = "reference"
_ABSENT = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")


@dataclass(frozen=True)
class Version:
    """One version of kehu_<task>. bundle: the version that its bundle names itself by."""

    number: str
    run_id: str
    source: str
    bundle: str
    tags: Mapping[str, str]
    description: str


@dataclass
class Registry:
    """The registry behind an MLflow client, and what to do to take back what was written."""

    client: Any
    undo: list[Callable[[], object]] = field(default_factory=list)

    def take_back(self) -> None:
        """Undo, last first, all that was written; what fails on the way stays as it is."""
        while self.undo:
            with suppress(Exception):
                self.undo.pop()()

    def versions(self, task: str) -> list[Version]:
        """All versions of the task's model, oldest first."""
        found = self.client.search_model_versions(f"name = '{model_name(task)}'")
        return sorted(map(_version, found), key=lambda version: int(version.number))

    def of_bundle(self, task: str, bundle: str) -> Version | None:
        """The version whose bundle names itself so; None if there is none."""
        return next((v for v in self.versions(task) if v.bundle == bundle), None)

    def champion(self, task: str) -> Version | None:
        """The version under the alias champion; None if there is none."""
        try:
            return _version(self.client.get_model_version_by_alias(model_name(task), CHAMPION))
        except Exception as error:
            if getattr(error, "error_code", "") in _ABSENT:
                return None
            raise

    def register(self, task: str, run_id: str, artifact: str, tags: Mapping[str, str]) -> Version:
        """A new version from an artifact folder of a run."""
        name = model_name(task)
        if not self.client.search_registered_models(f"name = '{name}'"):
            self.client.create_registered_model(name, description=f"Models of the task {task}.")
            self.undo.append(lambda: self.client.delete_registered_model(name))
        source = f"{self.client.get_run(run_id).info.artifact_uri}/{artifact}"
        made = self.client.create_model_version(
            name, source, run_id, tags=dict(tags), await_creation_for=0
        )
        self.undo.append(lambda: self.client.delete_model_version(name, made.version))
        return _version(made)

    def describe(
        self, task: str, version: Version, description: str, tags: Mapping[str, str]
    ) -> None:
        """Write why into a version: its description and tags."""
        name, number = model_name(task), version.number
        self.undo.append(
            lambda: self.client.update_model_version(name, number, version.description)
        )
        self.client.update_model_version(name, number, description)
        for key, value in tags.items():
            self.client.set_model_version_tag(name, number, key, value)

    def crown(self, task: str, version: Version) -> None:
        """Move the alias champion to `version`."""
        name, before = model_name(task), self.champion(task)
        if before and before.number == version.number:
            return
        self.client.set_registered_model_alias(name, CHAMPION, version.number)
        if before is None:
            self.undo.append(lambda: self.client.delete_registered_model_alias(name, CHAMPION))
        else:
            number = before.number
            self.undo.append(lambda: self.client.set_registered_model_alias(name, CHAMPION, number))

    def fetch(self, task: str, number: str, folder: Path) -> tuple[Version, Bundle, Path]:
        """A version, its bundle and the bundle's folder, which is fetched into `folder`.

        Raises ModelError if there is no such version, or if its files are not those that were
        registered, checksum by checksum.
        """
        known = self.versions(task)
        version = next((v for v in known if v.number == number), None)
        if version is None:
            listed = ", ".join(v.number for v in known) or "none"
            raise ModelError(
                f"{model_name(task)}: no version {number!r} in MLflow. Known: {listed}; "
                "`mlflow ui` shows them with why each was promoted or refused."
            )
        path = version.source.rsplit("/", 1)[-1]
        fetched = Path(self.client.download_artifacts(version.run_id, path, str(folder)))
        bundle = load_bundle(fetched)
        if bundle.version != version.bundle:
            raise ModelError(
                f"{version.source}: found bundle {bundle.version}; expected {version.bundle}, "
                f"registered as version {number}. Restore the file from a backup, or choose "
                "another version."
            )
        return version, bundle, fetched

    def fetch_reference(self, version: Version, folder: Path) -> Path | None:
        """The file of the version's training window, fetched into `folder`; None if it has none."""
        held = [entry.path for entry in self.client.list_artifacts(version.run_id, REFERENCE)]
        if not held:
            return None
        fetched: str = self.client.download_artifacts(version.run_id, held[0], str(folder))
        return Path(fetched)


def model_name(task: str) -> str:
    """The registered model of a task."""
    return f"kehu_{task}"


@contextmanager
def taking_back(registry: Registry) -> Iterator[Registry]:
    """The registry; whatever is written to it in the block is undone if the block fails."""
    try:
        yield registry
    except BaseException:
        registry.take_back()
        raise
    registry.undo.clear()


def _version(found: Any) -> Version:
    tags = dict(found.tags)
    return Version(
        number=str(found.version),
        run_id=str(found.run_id),
        source=str(found.source),
        bundle=tags.get(BUNDLE_TAG, ""),
        tags=tags,
        description=str(found.description or ""),
    )
