"""Older copies go, present ones stay, and what is out of reach is said."""

import shutil
import subprocess
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from src.pipeline.purge import dvc, purge

from src.core.scratch import scratch_folder
from src.privacy.traces import Search

SEARCH = Search.of({"pseudonym": ["KABCDEFGHIJKLMNOPQRST"]})
STAGE = "stages:\n  make:\n    cmd: cp input data/out\n    deps: [input]\n    outs: [data/out]\n"


@pytest.fixture(scope="module")
def ran_twice(tmp_path_factory):
    """A project of DVC with one stage that ran twice, so that an older output is cached."""
    folder = tmp_path_factory.mktemp("ran_twice")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        subprocess.run(["git", "init", "-q"], check=True)
        dvc("init", "-q")
        Path("data").mkdir()
        Path("dvc.yaml").write_text(STAGE, encoding="utf-8")
        for content in ("old KABCDEFGHIJKLMNOPQRST", "new"):
            Path("input").write_text(content, encoding="utf-8")
            dvc("repro")
    return folder


@pytest.fixture
def project(ran_twice, tmp_path, monkeypatch):
    """A copy of it that a test may change."""
    folder = shutil.copytree(ran_twice, tmp_path / "project")
    monkeypatch.chdir(folder)
    return folder


def cached(folder):
    files = (path for path in (folder / ".dvc/cache/files").rglob("*") if path.is_file())
    return {path.read_text("utf-8") for path in files}


def test_older_outputs_leave_the_cache_with_what_could_bring_them_back(project):
    assert len(cached(project)) == 2
    assert (project / ".dvc/cache/runs").exists()
    done = purge(SEARCH)
    assert cached(project) == {"new"}
    assert not (project / ".dvc/cache/runs").exists()
    assert any("purged DVC's cache" in line for line in done)
    assert Path("data/out").read_text("utf-8") == "new"


@pytest.mark.slow
def test_a_cache_outside_of_the_project_and_remotes_are_not_touched_but_named(project, tmp_path):
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared/another_projects").write_text("x", encoding="utf-8")
    dvc("remote", "add", "backup", str(tmp_path / "backup"))
    assert any("NOT purged: DVC's remotes backup" in line for line in purge(SEARCH))
    dvc("cache", "dir", "--local", str(tmp_path / "shared"))
    assert any(f"NOT purged: DVC's cache {tmp_path}/shared" in line for line in purge(SEARCH))
    assert (tmp_path / "shared/another_projects").exists()


def test_what_killed_runs_left_goes_and_tracked_files_that_name_the_person(project):
    (project / "data/.ledger.1.x.part").mkdir()
    (project / "data/.ledger.1.x.part/half").write_text("x", encoding="utf-8")
    runs = project / "mlartifacts/0/run/artifacts"
    runs.mkdir(parents=True)
    (runs / "list.csv").write_text("KABCDEFGHIJKLMNOPQRST,1", encoding="utf-8")
    (runs / "figures.csv").write_text("lift,1", encoding="utf-8")
    dead = project / ".kehu/tmp/spine.999999999.x"
    dead.mkdir(parents=True)
    done = purge(SEARCH)
    assert not (project / "data/.ledger.1.x.part").exists()
    assert f"removed .kehu/tmp/{dead.name}" in done
    assert not dead.exists()
    assert "removed mlartifacts/0/run/artifacts/list.csv" in done
    assert [path.name for path in runs.iterdir()] == ["figures.csv"]


def test_a_temporary_folder_of_a_command_that_runs_now_stays_and_is_named(project):
    with scratch_folder("session") as alive:
        done = purge(SEARCH)
        assert alive.exists()
    assert f"NOT removed: .kehu/tmp/{alive.name}, of a command that runs now" in done


def test_built_bundles_that_hold_the_person_go_and_others_stay(project, tmp_path, monkeypatch):
    monkeypatch.setenv("BENTOML_HOME", str(tmp_path / "bentoml"))
    store = tmp_path / "bentoml/bentos"
    for name in ("kehu/old", "kehu/new", "another/old"):
        held = store / name / "src/data/bundle/serving/features.parquet"
        held.parent.mkdir(parents=True)
        customer = "KABCDEFGHIJKLMNOPQRST" if name.endswith("old") else "KZZZZZZZZZZZZZZZZZZZZ"
        pq.write_table(pa.table({"customer_id": [customer]}), held)
    (store / "kehu/latest").write_text("old\n", encoding="utf-8")
    assert "removed BentoML's bundle kehu:old; build it anew" in purge(SEARCH)
    assert {path.name for path in (store / "kehu").iterdir()} == {"new"}
    assert (store / "another/old").is_dir()
