"""Which MLflow store is used, and where its artifacts stand.

MLFLOW_TRACKING_URI and MLFLOW_REGISTRY_URI name a store; without them it is mlflow.db in the
project's folder. The paths of that store's artifacts are relative to the project's folder: started
there, `mlflow ui` and `mlflow.pyfunc.load_model` find them, and a copied project uses its own. From
another folder, load a model by its folder's path, or give MLFLOW_TRACKING_URI a tracking server
before promoting: it chooses where its artifacts stand.
"""

import logging
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from src.core.errors import ModelError
from src.core.process import home
from src.models.registry import Registry

EXPERIMENT = "kehu"
STORE = "mlflow.db"
ARTIFACTS = "mlartifacts"
_SQLITE = "sqlite:///"
_SECRET = re.compile(r"//[^/@\s]*@")
_QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    # a server that can't be reached is told after seconds, not minutes
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
}


@contextmanager
def open_registry() -> Iterator[Registry]:
    """The registry of the store.

    Raises ModelError, also from within the block, if the store is locked, can't be reached or is no
    MLflow store; the message says what to do.
    """
    uri = os.environ.get("MLFLOW_TRACKING_URI") or f"{_SQLITE}{home() / STORE}"
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException
    from requests.exceptions import RequestException

    # what it logs with a traceback, it also raises
    logging.getLogger("mlflow.store.db.utils").setLevel(logging.CRITICAL)
    try:
        client = MlflowClient(uri, os.environ.get("MLFLOW_REGISTRY_URI") or uri)
    except Exception as error:  # the store may fail with any of its database's errors
        raise _unusable(uri, error) from error
    try:
        yield Registry(client, home() if _is_own(uri) else None)
    except (MlflowException, RequestException, sqlite3.OperationalError) as error:
        raise _unusable(uri, error) from error


def experiment_id(registry: Registry) -> str:
    """The experiment of Kehu's runs, made if there is none."""
    client = registry.client
    found = client.get_experiment_by_name(EXPERIMENT)
    number: str = found.experiment_id if found else client.create_experiment(EXPERIMENT)
    if found and found.lifecycle_stage == "deleted":
        client.restore_experiment(number)
    if registry.own:
        _keep_relative(registry.own)
    return number


def _keep_relative(folder: Path) -> None:
    """MLflow reads relative places of artifacts, and makes them absolute when it is told them: they
    are written into the store's own table."""
    ours = f"WHERE name IN ('{EXPERIMENT}', 'Default')"
    where = f"{ours} AND artifact_location NOT LIKE '{ARTIFACTS}/%'"
    with closing(sqlite3.connect(folder / STORE)) as store, store:
        if store.execute(f"SELECT 1 FROM experiments {where}").fetchone():
            place = f"'{ARTIFACTS}/' || experiment_id"
            store.execute(f"UPDATE experiments SET artifact_location = {place} {where}")


def _is_own(uri: str) -> bool:
    return uri.startswith(_SQLITE) and Path(uri.removeprefix(_SQLITE)).absolute() == home() / STORE


def _unusable(uri: str, error: Exception) -> ModelError:
    first = (str(error).strip().splitlines() or [type(error).__name__])[0]
    if uri.startswith(_SQLITE):
        remedy = "Close other programs that use it; if it is damaged, move the file away"
    else:
        remedy = "Check that its server runs and that MLFLOW_TRACKING_URI names it"
    said = _SECRET.sub("//", f"MLflow store {uri}: {first}")
    return ModelError(f"{said}. {remedy}. Then run the command again.")
