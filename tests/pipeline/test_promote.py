"""Champion and challenger through the real stages and a real registry: what is served, and why."""

import sqlite3

import pytest

from src.core.errors import ModelError
from src.core.files import read_json
from src.models.bundle import load_bundle
from src.models.mlflow_store import open_registry
from src.models.promotion_log import read
from src.pipeline import paths, promote, report, rollback
from src.serving.scorer import open_scorer
from tests.support.models.promotable_project import (
    TASK,
    bytes_of,
    declare_unsupported,
    entry,
    make_project,
    promoted,
    run,
    support,
)

MODEL = "kehu_churn"


@pytest.fixture
def project(tmp_path, monkeypatch):
    make_project(tmp_path, monkeypatch)
    return monkeypatch


def champion() -> str:
    with open_registry() as registry:
        found = registry.champion(MODEL)
    return found.bundle if found else ""


def test_a_worse_challenger_is_refused_with_the_reason_and_the_champion_kept_byte_for_byte(project):
    first = promoted(project, rounds=15)
    assert first["decision"]["reason"] == "It is served because no model was served before."
    before = bytes_of(paths.BUNDLE / TASK)
    second = promoted(project, rounds=5, noise=0.9)
    assert not second["decision"]["promoted"]
    assert "it is ahead of the champion by -" in second["decision"]["reason"]
    assert second["version"] == first["version"] == champion()
    assert bytes_of(paths.BUNDLE / TASK) == before
    assert open_scorer(paths.BUNDLE).bundles[TASK].version == first["version"]
    assert [e.event for e in read(paths.PROMOTIONS)] == ["promoted", "refused"]
    compared = second["decision"]["comparison"]
    assert compared["rows"] == compared["of_rows"]


def test_a_better_one_is_promoted_a_rollback_undoes_it_and_the_next_run_leaves_it_so(project):
    first = promoted(project, rounds=2, noise=0.9)
    second = promoted(project, rounds=60)
    assert second["decision"]["promoted"], second
    assert second["version"] == champion() != first["version"]
    done = rollback("simulated", TASK, None, "to try it")
    assert (done["served"], done["before"]) == (first["version"], second["version"])
    assert entry()["version"] == first["version"] == champion()
    assert load_bundle(paths.BUNDLE / TASK).version == first["version"]
    assert (paths.BUNDLE / "reference" / f"{TASK}.json").is_file()
    assert read_json(paths.BUNDLE / "reference" / f"{TASK}.json")["version"] == first["version"]
    run(promote, project)
    assert entry()["version"] == first["version"] == champion()
    assert entry()["decision"]["rule"] == "taken back"
    with open_registry() as registry:
        number = registry.of_bundle(MODEL, second["version"]).number
    run(rollback, project, TASK, number, "it was right after all")
    run(promote, project)
    assert entry()["version"] == second["version"] == champion()


@pytest.mark.slow  # SQLite and MLflow try again for some 20 s
def test_a_locked_registry_leaves_the_old_champion_served_and_registered(project):
    first = promoted(project, rounds=2, noise=0.9)
    before = bytes_of(paths.BUNDLE)
    other = sqlite3.connect("mlflow.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(ModelError, match=r"database is locked\. Close other programs"):
        promoted(project, rounds=60)
    other.execute("ROLLBACK")
    other.close()
    assert bytes_of(paths.BUNDLE) == before
    assert champion() == first["version"]
    with open_registry() as registry:
        assert len(registry.versions(MODEL)) == 1
    run(promote, project)
    assert entry()["decision"]["promoted"]


def test_a_registry_that_is_gone_is_made_anew_with_the_champion_in_it(project):
    first = promoted(project, rounds=15)
    # a process keeps the file of a store that it has opened: what is gone is a store not yet opened
    project.setenv("MLFLOW_TRACKING_URI", "sqlite:///new.db")
    promoted(project, rounds=5, noise=0.9)
    assert champion() == first["version"]


def test_a_fault_while_writing_what_is_served_leaves_the_champion_as_it_was(project):
    first = promoted(project, rounds=2, noise=0.9)
    before = bytes_of(paths.BUNDLE)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with project.context() as broken:
        broken.setattr("src.pipeline.served.write_store", full)
        with pytest.raises(OSError, match="No space left"):
            promoted(project, rounds=60)
    assert bytes_of(paths.BUNDLE) == before
    assert champion() == first["version"]


def test_a_rollback_to_nothing_is_refused_by_name(project):
    promoted(project, rounds=2)
    with pytest.raises(ModelError, match="replaced no model that is known"):
        rollback("simulated", TASK, None, "no reason")
    with pytest.raises(ModelError, match="no version '7' in MLflow"):
        rollback("simulated", TASK, "7", "no reason")


def test_where_no_model_can_be_trained_the_champion_is_served_on_unless_the_mapping_ends_the_task(
    project,
):
    first = promoted(project, rounds=15)
    before = bytes_of(paths.BUNDLE / TASK)
    support(set())
    run(promote, project)
    assert entry()["version"] == first["version"] == champion()
    assert entry()["decision"]["rule"] == "not trained"
    assert entry()["decision"]["reason"] == "No model could be trained: too few classes"
    assert bytes_of(paths.BUNDLE / TASK) == before
    assert TASK in open_scorer(paths.BUNDLE).bundles
    run(report, project)
    page = (paths.REPORTS / "index.html").read_text("utf-8")
    assert "the champion of an earlier run is served on. No model could be trained" in page
    declare_unsupported({TASK: "no dates"})
    run(promote, project)
    manifest = read_json(paths.BUNDLE / "manifest.json")
    assert manifest["tasks"] == {}
    assert manifest["unsupported"][TASK] == "too few classes"
