"""The registered models: versions, and which of them is the champion.

MLflow's client comes from src/models/mlflow_store.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from src.core.errors import ModelError
from src.models.bundle import Bundle, load_bundle

CHAMPION = "champion"
BUNDLE_TAG = "bundle"
REFERENCE = "reference"
# Where a version's bundle and its training window stand below the version's source.
BUNDLE_FOLDER = "data/bundle"
# Its models are registered under the task's name alone: kehu_churn.
DEFAULT_SOURCE = "simulated"
_ABSENT = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")


@dataclass(frozen=True)
class Version:
    """One version of a registered model. bundle: the version that its bundle names itself by."""

    model: str
    number: str
    run_id: str
    source: str
    bundle: str
    tags: Mapping[str, str]
    description: str


@dataclass(frozen=True)
class Registry:
    """The registry behind an MLflow client.

    own: the folder of the project, if the store is the project's own: its artifacts are told
    relative to it. None for a store that somebody else runs.
    """

    client: Any
    own: Path | None

    def versions(self, model: str) -> list[Version]:
        """All versions of a registered model, oldest first; none if there is no such model."""
        found, token = [], None
        while token is None or token:
            page = self.client.search_model_versions(f"name = '{model}'", page_token=token)
            found += [_version(each) for each in page]
            token = page.token or ""
        return sorted(found, key=lambda version: int(version.number))

    def of_bundle(self, model: str, bundle: str) -> Version | None:
        """The newest version whose bundle names itself so; None if there is none."""
        return next((v for v in reversed(self.versions(model)) if v.bundle == bundle), None)

    def champion(self, model: str) -> Version | None:
        """The version under the alias champion; None if there is none."""
        try:
            return _version(self.client.get_model_version_by_alias(model, CHAMPION))
        except Exception as error:
            if getattr(error, "error_code", "") in _ABSENT:
                return None
            raise

    def set_champion(self, version: Version) -> bool:
        """Move the alias champion to `version`; whether it stood elsewhere."""
        before = self.champion(version.model)
        if before and before.number == version.number:
            return False
        self.client.set_registered_model_alias(version.model, CHAMPION, version.number)
        return True

    def drop_champion(self, model: str) -> None:
        """Take the alias champion away, where nothing is served any more."""
        if self.champion(model):
            self.client.delete_registered_model_alias(model, CHAMPION)

    def describe(self, version: Version, decision: str, why: str) -> None:
        """Write what was decided of a version, and why, into its description and its tags.

        decision: a word, such as "promoted". What stands there already is not written again.
        """
        said = f"{decision.capitalize()}: {why}"
        if version.description != said:
            self.client.update_model_version(version.model, version.number, said)
        for key, value in short_tags({"decision": decision, "why": why}).items():
            if version.tags.get(key) != value:
                self.client.set_model_version_tag(version.model, version.number, key, value)

    def register(self, model: str, run_id: str, source: str, tags: Mapping[str, Any]) -> Version:
        """A new version of a registered model, which is made if there is none."""
        if not self.client.search_registered_models(f"name = '{model}'"):
            self.client.create_registered_model(model)
        made = self.client.create_model_version(
            model, source, run_id, tags=short_tags(tags), await_creation_for=0
        )
        return _version(made)

    def fetch(self, model: str, number: str, folder: Path) -> tuple[Version, Bundle, Path]:
        """A version, its bundle and the bundle's folder, which is fetched into `folder`.

        Raises ModelError if there is no such version, or if its files are not those that were
        registered, checksum by checksum.
        """
        known = self.versions(model)
        version = next((v for v in known if v.number == number), None)
        if version is None:
            listed = ", ".join(v.number for v in known) or "none"
            raise ModelError(
                f"{model}: no version {number!r} in MLflow. Known: {listed}; "
                "`mlflow ui` shows them with why each was promoted or refused."
            )
        fetched = self._fetched(version, BUNDLE_FOLDER, folder)
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
        held = self.artifacts(version.source).list_artifacts(REFERENCE)
        return self._fetched(version, held[0].path, folder) if held else None

    def artifacts(self, uri: str) -> Any:
        """MLflow's repository of the files at `uri`."""
        from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

        if self.own and "://" not in uri and not uri.startswith("file:"):
            uri = (self.own / uri).as_uri()
        return get_artifact_repository(uri, self.client.tracking_uri)

    def _fetched(self, version: Version, path: str, folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            return Path(self.artifacts(version.source).download_artifacts(path, str(folder)))
        except Exception as error:
            if getattr(error, "error_code", "") not in _ABSENT:
                raise
            raise ModelError(
                f"{version.model}, version {version.number}: {version.source} holds no {path}. "
                "Restore the folder from a backup, or choose another version."
            ) from error


def model_name(source: str, task: str) -> str:
    """The registered model of a source's task.

    >>> model_name("simulated", "churn"), model_name("berka", "churn")
    ('kehu_churn', 'kehu_berka_churn')
    """
    return f"kehu_{task}" if source == DEFAULT_SOURCE else f"kehu_{source}_{task}"


def short_tags(tags: Mapping[str, Any]) -> dict[str, str]:
    """As texts of the length that MLflow takes."""
    return {name: str(value)[:4000] for name, value in tags.items()}


def _version(found: Any) -> Version:
    tags = dict(found.tags)
    return Version(
        model=str(found.name),
        number=str(found.version),
        run_id=str(found.run_id),
        source=str(found.source),
        bundle=tags.get(BUNDLE_TAG, ""),
        tags=tags,
        description=str(found.description or ""),
    )
