"""Older copies that hold the person go, all others stay, and what is out of reach is said."""

import shutil
import subprocess
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from src.core.scratch import SCRATCH
from src.pipeline.operations.purge import dvc, purge
from src.pipeline.run import Run
from src.privacy.traces import Search

PERSON = "KABCDEFGHIJKLMNOPQRST"
OTHER = "KZZZZZZZZZZZZZZZZZZZZ"
SEARCH = Search.of({"pseudonym": [PERSON]})
STAGE = "stages:\n  make:\n    cmd: python make.py\n    deps: [input]\n    outs: [data/bank/out]\n"
MAKE = """
from pathlib import Path
import pyarrow as pa
import pyarrow.parquet as pq

Path("data/bank/out").mkdir(parents=True)
customers = Path("input").read_text().split()
pq.write_table(pa.table({"customer_id": customers}), "data/bank/out/rows.parquet")
Path("data/bank/out/count.txt").write_text(str(len(customers)))
"""
CONTENTS = (f"{PERSON} {OTHER} a", f"{OTHER} a b c", f"{OTHER} a b c d")


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """A project of DVC whose one stage ran three times; the first output held the person."""
    folder = tmp_path_factory.mktemp("ran")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        subprocess.run(["git", "init", "-q"], check=True)
        dvc("init", "-q")
        Path("dvc.yaml").write_text(STAGE, encoding="utf-8")
        Path("make.py").write_text(MAKE, encoding="utf-8")
        for content in CONTENTS:
            give(content)
    return folder


@pytest.fixture
def project(ran, tmp_path, monkeypatch):
    """A copy of it that a test may change, with BentoML's store in it."""
    folder = shutil.copytree(ran, tmp_path / "project")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("BENTOML_HOME", str(tmp_path / "bentoml"))
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture
def bank(project):
    """The source whose outputs stand there; its mapping and parameters play no part."""
    return Run("bank", None)


def give(content: str) -> None:
    Path("input").write_text(content, encoding="utf-8")
    dvc("repro")


def table(path: Path, customer: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"customer_id": [customer]}), path)
    return path


def cached(folder: Path) -> dict[str, bytes]:
    """The objects of the cache by their path in it."""
    files = folder / ".dvc/cache/files"
    found = (path for path in files.rglob("*") if path.is_file())
    return {path.relative_to(files).as_posix(): path.read_bytes() for path in found}


def test_of_the_cache_only_objects_that_hold_the_person_go_and_the_users_history_stays(
    project, bank
):
    before = cached(project)
    held = {trace.file for trace in SEARCH.in_files([project / ".dvc/cache"])}
    assert len(held) == 1
    done = purge(bank, SEARCH).done
    after = cached(project)
    assert {f"{project}/.dvc/cache/files/{name}" for name in before.keys() - after.keys()} == held
    assert all(before[name] == content for name, content in after.items())
    assert "removed 1 files of DVC's cache" in done[0]
    assert "a checkout of an older commit lacks these files" in done[0]
    # what another commit refers to comes back without a run
    Path("input").write_text(CONTENTS[1], encoding="utf-8")
    assert "Stage 'make' is cached - skipping run" in dvc("repro")
    assert Path("data/bank/out/count.txt").read_text("utf-8") == "4"


def test_dvc_runs_a_stage_again_whose_cached_output_is_gone(project, bank):
    purge(bank, SEARCH)
    Path("input").write_text(CONTENTS[0], encoding="utf-8")  # as in the older commit
    assert "Running stage 'make'" in dvc("repro")
    assert Path("data/bank/out/count.txt").read_text("utf-8") == "3"
    assert dvc("status") == "Data and pipelines are up to date."


def test_a_second_purge_finds_nothing_to_do(project, bank):
    assert purge(bank, SEARCH).done
    assert purge(bank, SEARCH).done == []


@pytest.mark.slow
def test_a_cache_outside_of_the_project_and_remotes_are_not_touched_but_named(
    project, bank, tmp_path, monkeypatch
):
    shared = table(tmp_path / "shared/another_projects", PERSON)
    dvc("remote", "add", "backup", str(tmp_path / "backup"))
    assert purge(bank, SEARCH).not_reached == ["DVC's remotes backup: what was pushed there"]
    dvc("cache", "dir", "--local", str(tmp_path / "shared"))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    found = purge(bank, SEARCH)
    assert found.not_reached[0].startswith(f"DVC's cache {tmp_path}/shared, which lies outside")
    assert found.not_reached[-1] == "the MLflow store that MLFLOW_TRACKING_URI names"
    assert shared.exists()


def test_of_experiments_and_tracked_runs_only_files_that_name_the_person_go(project, bank):
    kept, gone = [], []
    for folder in (".dvc/tmp/exps/tmp1/data/bank", "mlartifacts/0/run", "mlruns/0/run"):
        gone.append(table(project / folder / "list.parquet", PERSON))
        kept.append(table(project / folder / "others.parquet", OTHER))
    done = purge(bank, SEARCH).done
    assert not any(path.exists() for path in gone)
    assert all(path.exists() for path in kept)
    assert {f"removed {path.relative_to(project)}" for path in gone} <= set(done)


def test_what_killed_runs_left_goes_and_a_running_commands_folder_is_named(project, bank):
    half = project / "data/bank/.ledger.1.x.part/half"
    half.parent.mkdir()
    half.write_text("x", encoding="utf-8")
    dead = SCRATCH / "integrate.999999999.abc"
    alive = SCRATCH / "integrate.1.abc"  # the machine's first process, which lives
    for folder in (dead, alive):
        folder.mkdir(parents=True)
    found = purge(bank, SEARCH)
    assert not half.parent.exists()
    assert not dead.exists()
    assert alive.exists()
    assert any(line.startswith(f"removed {dead}") for line in found.done)
    assert found.not_reached == [f"{alive}, the temporary folder of a command that runs now"]


def test_reports_on_class_changes_go_where_they_name_the_person(project, bank):
    table(project / "data/bank/changes/churn/changes.parquet", PERSON)
    table(project / "data/bank/changes/value_tier/changes.parquet", OTHER)
    assert "removed data/bank/changes/churn; `kehu changes` makes it anew" in (
        purge(bank, SEARCH).done
    )
    assert [path.name for path in Path("data/bank/changes").iterdir()] == ["value_tier"]


def test_built_bundles_that_hold_the_person_go_and_others_stay(project, bank, tmp_path):
    store = tmp_path / "bentoml/bentos"
    for name in ("kehu/old", "kehu/new", "another/old"):
        customer = PERSON if name.endswith("old") else OTHER
        table(store / name / "src/data/bank/releases/1/serving/features.parquet", customer)
    (store / "kehu/latest").write_text("old\n", encoding="utf-8")
    assert "removed BentoML's bundle kehu:old; build it anew" in purge(bank, SEARCH).done
    assert {path.name for path in (store / "kehu").iterdir()} == {"new"}
    assert (store / "another/old").is_dir()
