"""Which store is used, and that its models load from it, from a copy and from anywhere."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import numpy as np
import pandas as pd
import pytest

from src.core.errors import ModelError
from src.models.mlflow_store import STORE, open_registry
from src.models.tracking import record_version
from tests.models.test_bundle import bundle_of, frame
from tests.models.test_tracking import MODEL, recorded
from tests.support.models.mlflow_stores import go_home
from tests.support.serving.bento_server import free_port

ASK = """
import sys, mlflow.pyfunc, pandas as pd
model = mlflow.pyfunc.load_model(sys.argv[1])
model.predict(pd.read_parquet(sys.argv[2])).to_parquet(sys.argv[3])
import src
print(src.__path__[0])
"""


@pytest.fixture(scope="module")
def promoted(tmp_path_factory):
    """A project whose champion is a LightGBM bundle; the model's place in it."""
    folder = tmp_path_factory.mktemp("promoted")
    with pytest.MonkeyPatch.context() as patch:
        home = go_home(folder / "project", patch)
        with open_registry() as registry:
            version = record_version(registry, recorded(folder / "bundle", "lightgbm"))
            registry.set_champion(version)
    return home, version.source


def answered(where: Path, model: str, folder: Path, **environment: str) -> tuple[pd.DataFrame, str]:
    """What a fresh process, that knows nothing of this project, is answered, and whose code ran."""
    frame(2).assign(customer_id="C1").to_parquet(folder / "asked.parquet")
    names = ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI", "PYTHONPATH", "DVC_ROOT")
    done = subprocess.run(
        [sys.executable, "-c", ASK, model, folder / "asked.parquet", folder / "told.parquet"],
        cwd=where,
        env={k: v for k, v in os.environ.items() if k not in names} | environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return pd.read_parquet(folder / "told.parquet"), done.stdout.strip().splitlines()[-1]


def assert_served(told: pd.DataFrame) -> None:
    bundle = bundle_of("lightgbm", 2)
    assert tuple(told.columns) == bundle.classes
    assert np.array_equal(told.to_numpy(), bundle.probabilities(frame(2)))


def test_the_champion_answers_with_the_probabilities_of_the_bundle(promoted, tmp_path):
    home, place = promoted
    told, code = answered(home, f"models:/{MODEL}@champion", tmp_path)
    assert_served(told)
    assert Path(code).resolve() == (home / place / "code" / "src").resolve()
    assert not list((home / place).rglob("*.pkl"))


def test_from_another_folder_it_loads_by_its_path(promoted, tmp_path):
    home, place = promoted
    told, _ = answered(tmp_path, str(home / place), tmp_path)
    assert_served(told)


def test_a_copied_project_stands_alone_and_writes_nothing_into_the_original(
    promoted, tmp_path, monkeypatch
):
    home, _ = promoted
    away = tmp_path / "original"
    shutil.copytree(home, away)
    copy = tmp_path / "copy"
    shutil.copytree(away, copy)
    before = sorted(path for path in away.rglob("*"))
    monkeypatch.chdir(copy)
    with open_registry() as registry:
        made = record_version(registry, recorded(tmp_path / "more", "logistic"))
    assert (copy / made.source / "MLmodel").is_file()
    assert sorted(path for path in away.rglob("*")) == before
    shutil.rmtree(away)
    assert_served(answered(copy, f"models:/{MODEL}@champion", tmp_path)[0])


def test_no_path_of_the_project_is_written(promoted):
    home, _ = promoted
    with sqlite3.connect(home / STORE) as store:
        told = "".join(store.iterdump())
    assert str(home) not in told
    for path in (home / "mlartifacts").rglob("*"):
        assert path.is_dir() or str(home).encode() not in path.read_bytes(), path


def test_dvc_root_is_the_projects_folder(promoted, tmp_path, monkeypatch):
    home, place = promoted
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DVC_ROOT", str(home))
    with open_registry() as registry:
        assert registry.champion(MODEL).source == place
        registry.fetch(MODEL, "1", tmp_path)
    assert not (tmp_path / STORE).exists()


def test_mlflow_tracking_uri_is_honoured(tmp_path, monkeypatch):
    project = go_home(tmp_path / "project", monkeypatch)
    other = go_home(tmp_path / "other", monkeypatch)
    monkeypatch.chdir(project)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{other / STORE}")
    with open_registry() as registry:
        made = record_version(registry, recorded(tmp_path / "one"))
        registry.fetch(MODEL, made.number, tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    with open_registry() as registry:
        assert registry.versions(MODEL) == []


def record_in_a_store(folder: Path) -> None:
    with open_registry() as registry:
        record_version(registry, recorded(folder))


def test_a_server_that_cannot_be_reached_is_told_in_one_line_without_its_password(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://me:secret@127.0.0.1:{free_port()}")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(ModelError, match="Check that its server runs") as told:
        record_in_a_store(tmp_path / "one")
    assert "secret" not in str(told.value)
    assert "\n" not in str(told.value)


def test_a_file_that_is_no_store_is_told_in_one_line(tmp_path, monkeypatch):
    project = go_home(tmp_path / "project", monkeypatch)
    (project / STORE).write_text("no database at all")
    said = r"MLflow store sqlite:.*mlflow\.db: .*move the file away"
    with pytest.raises(ModelError, match=said):
        record_in_a_store(tmp_path / "one")


@pytest.mark.slow  # SQLite and MLflow try again for some 20 s
def test_a_locked_store_is_told_in_one_line(tmp_path, monkeypatch):
    project = go_home(tmp_path / "project", monkeypatch)
    other = sqlite3.connect(project / STORE, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(ModelError, match=r"database is locked\. Close other programs"):
        record_in_a_store(tmp_path / "one")
    other.execute("ROLLBACK")
    other.close()


@pytest.mark.slow  # a server starts
def test_mlflow_ui_started_in_the_project_shows_the_files_of_a_run(promoted, tmp_path):
    home, place = promoted
    asked = {"run_id": Path(place).parts[2], "path": "model/data/bundle"}
    with mlflow_ui(home, tmp_path) as uri:
        told = get(f"{uri}/ajax-api/2.0/mlflow/artifacts/list?{urlencode(asked)}")
    listed = [each["path"] for each in json.loads(told)["files"]]
    assert "model/data/bundle/model.txt" in listed


@pytest.mark.slow  # a server starts
def test_a_server_chooses_where_its_files_stand_and_gives_the_model_to_any_folder(
    tmp_path, monkeypatch
):
    far = go_home(tmp_path / "far", monkeypatch)
    near = go_home(tmp_path / "near", monkeypatch)
    with mlflow_ui(far, tmp_path) as uri:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
        with open_registry() as registry:
            made = record_version(registry, recorded(tmp_path / "one", "lightgbm"))
            assert record_version(registry, recorded(tmp_path / "one")) == made
            registry.set_champion(made)
            registry.fetch(MODEL, made.number, tmp_path / "fetched")
        told, _ = answered(tmp_path, f"models:/{MODEL}@champion", tmp_path, MLFLOW_TRACKING_URI=uri)
    assert_served(told)
    assert made.source.startswith("mlflow-artifacts:")
    assert [path.name for path in near.iterdir()] == [STORE]


@contextmanager
def mlflow_ui(folder: Path, logs: Path) -> Iterator[str]:
    """The address of `mlflow ui`, started in `folder`."""
    port = free_port()
    command = [str(Path(sys.executable).with_name("mlflow")), "ui", "--port", str(port)]
    alone = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_WORKERS": "1"}
    uri, log = f"http://127.0.0.1:{port}", (logs / "log").open("w")
    server = subprocess.Popen(command, cwd=folder, env=os.environ | alone, stdout=log, stderr=log)
    try:
        for _ in range(300):
            assert server.poll() is None, (logs / "log").read_text()
            try:
                get(f"{uri}/health")
                break
            except OSError:
                time.sleep(0.2)
        yield uri
    finally:
        server.terminate()
        server.wait(30)
        log.close()


def get(url: str) -> str:
    with urlopen(url, timeout=30) as answer:
        return answer.read().decode()
