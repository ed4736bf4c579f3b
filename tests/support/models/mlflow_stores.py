"""MLflow stores in folders of their own."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from src.models.mlflow_store import STORE, open_registry


@cache
def empty_store() -> bytes:
    """MLflow takes seconds to make one, statement by statement."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DVC_ROOT", folder)
        with open_registry() as registry:
            registry.versions("any")
        return (Path(folder) / STORE).read_bytes()


def go_home(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make `folder` the current one, with an empty store of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / STORE).write_bytes(empty_store())
    for name in ("DVC_ROOT", "MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(folder)
    return folder
