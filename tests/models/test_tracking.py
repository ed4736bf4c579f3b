"""What MLflow holds of a bundle: one run and one version, however often it is recorded."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from src.core.errors import ModelError
from src.models.bundle import load_bundle, save_bundle
from src.models.mlflow_store import open_registry
from src.models.tracking import Record, flat_figures, record_version
from tests.models.test_bundle import bundle_of
from tests.support.models.mlflow_stores import go_home

PROJECT = Path(__file__).parents[2]
MODEL = "kehu_churn"
KILLED = """
from pathlib import Path
from src.models.mlflow_store import open_registry
from src.models.tracking import record_version
from tests.models.test_tracking import recorded
with open_registry() as registry:
    record_version(registry, recorded(Path({folder!r}), files=[Path({pipe!r})]))
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    return go_home(tmp_path / "project", monkeypatch)


def recorded(folder: Path, kind: str = "rule", **more) -> Record:
    if not folder.is_dir():
        save_bundle(bundle_of(kind, 2), folder)
    plain = Record("simulated", "churn", folder, load_bundle(folder).version, kind, "it is best")
    return replace(plain, **more)


def runs(registry):
    (experiment,) = [e for e in registry.client.search_experiments() if e.name == "kehu"]
    return registry.client.search_runs([experiment.experiment_id], order_by=["start_time"])


def test_a_bundle_is_one_run_and_one_version_without_an_alias(project, tmp_path):
    plot = tmp_path / "lift.csv"
    plot.write_text("decile,lift\n1,2\n")
    record = recorded(
        tmp_path / "bundle",
        parameters={"trials": 20, "growth": {"num_leaves": 15}},
        figures={"lightgbm.auroc": 0.8},
        tags={"git_revision": "abc"},
        files=[plot],
    )
    with open_registry() as registry:
        made = record_version(registry, record)
        again = record_version(registry, record)
        (run,) = runs(registry)
        assert registry.champion(MODEL) is None
        assert [v.number for v in registry.versions(MODEL)] == ["1"]
    assert made == again
    assert (made.bundle, made.tags["winner"]) == (record.version, "rule")
    assert run.info.status == "FINISHED"
    assert run.data.metrics == {"lightgbm.auroc": 0.8}
    assert run.data.params["trials"] == "20"
    assert run.data.tags["git_revision"] == "abc"
    files = project / run.info.artifact_uri
    assert (files / "plots" / "lift.csv").is_file()
    assert (project / made.source / "MLmodel").is_file()
    assert load_bundle(project / made.source / "data" / "bundle").version == record.version


def test_the_alias_and_the_decision_are_written_if_they_differ_and_only_then(project, tmp_path):
    with open_registry() as registry:
        first = record_version(registry, recorded(tmp_path / "one"))
        second = record_version(registry, recorded(tmp_path / "two", "base_rate"))
        assert registry.set_champion(first)
        assert not registry.set_champion(first)
        registry.describe(first, "promoted", "no model was served before")
        assert registry.set_champion(second)
        champion = registry.champion(MODEL)
        described, other = registry.versions(MODEL)
        assert champion.number == second.number
        assert described.description == "Promoted: no model was served before"
        assert described.tags["decision"] == "promoted"
        assert other.description == "" and "decision" not in other.tags
        at = registry.client.get_model_version(MODEL, "1").last_updated_timestamp
        registry.describe(described, "promoted", "no model was served before")
        assert registry.client.get_model_version(MODEL, "1").last_updated_timestamp == at


def test_each_source_has_models_of_its_own(project, tmp_path):
    with open_registry() as registry:
        record_version(registry, recorded(tmp_path / "one"))
        other = record_version(registry, recorded(tmp_path / "one", source="berka"))
        assert other.model == "kehu_berka_churn"
        assert len(registry.versions(MODEL)) == len(registry.versions("kehu_berka_churn")) == 1


def test_the_run_of_a_killed_attempt_is_marked_failed_by_the_next(project, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)  # whoever reads it waits
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED.format(folder=str(tmp_path / "one"), pipe=str(pipe))],
        env=os.environ | {"PYTHONPATH": str(PROJECT)},
        cwd=project,
    )
    with open_registry() as registry:
        for _ in range(300):
            time.sleep(0.2)
            names = [e.name for e in registry.client.search_experiments()]
            if "kehu" in names and runs(registry):
                break
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert [run.info.status for run in runs(registry)] == ["RUNNING"]
        record_version(registry, recorded(tmp_path / "two", "base_rate"))
        assert [run.info.status for run in runs(registry)] == ["FAILED", "FINISHED"]
        assert len(registry.versions(MODEL)) == 1


def test_a_finished_run_that_was_not_registered_is_used(project, tmp_path, monkeypatch):
    record = recorded(tmp_path / "one")

    def killed(*_, **__):
        raise KeyboardInterrupt

    with open_registry() as registry:
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(type(registry), "register", killed)
            record_version(registry, record)
        version = record_version(registry, record)
        (run,) = runs(registry)
        assert version.run_id == run.info.run_id


def test_a_run_whose_files_cannot_be_read_is_failed_and_makes_no_version(project, tmp_path):
    record = recorded(tmp_path / "one", files=[tmp_path / "absent.csv"])
    with open_registry() as registry:
        with pytest.raises(FileNotFoundError):
            record_version(registry, record)
        assert [run.info.status for run in runs(registry)] == ["FAILED"]
        assert registry.versions(MODEL) == []


def test_a_version_that_lost_its_files_is_registered_anew(project, tmp_path):
    record = recorded(tmp_path / "one")
    with open_registry() as registry:
        first = record_version(registry, record)
        (project / first.source).rename(tmp_path / "lost")
        with pytest.raises(ModelError, match=r"kehu_churn, version 1: mlartifacts.* holds no data"):
            registry.fetch(MODEL, "1", tmp_path / "fetched")
        second = record_version(registry, record)
        assert second.number == "2"
        assert registry.of_bundle(MODEL, record.version) == second
        registry.fetch(MODEL, "2", tmp_path / "fetched")


def test_a_training_window_is_added_when_it_becomes_known(project, tmp_path):
    record = recorded(tmp_path / "one")
    window = tmp_path / "churn.json"
    window.write_text("{}")
    with open_registry() as registry:
        version = record_version(registry, record)
        assert registry.fetch_reference(version, tmp_path) is None
        record_version(registry, replace(record, reference=window))
        fetched = registry.fetch_reference(version, tmp_path / "fetched")
        assert fetched.read_text() == "{}"


def test_a_version_is_fetched_as_it_was_registered_or_refused(project, tmp_path):
    with open_registry() as registry:
        made = record_version(registry, recorded(tmp_path / "good", "base_rate"))
        _, bundle, folder = registry.fetch(MODEL, made.number, tmp_path / "fetched")
        assert bundle.version == bundle_of("base_rate", 2).version
        for path in folder.iterdir():
            assert path.read_bytes() == (tmp_path / "good" / path.name).read_bytes()
        with pytest.raises(ModelError, match=r"no version '999' in MLflow\. Known: 1[,;]"):
            registry.fetch(MODEL, "999", tmp_path)
        kept = project / made.source / "data" / "bundle" / "model.json"
        kept.write_bytes(kept.read_bytes() + b" ")
        with pytest.raises(ModelError, match="the file was changed or damaged"):
            registry.fetch(MODEL, made.number, tmp_path / "again")


def test_the_module_does_not_import_mlflow_until_it_is_used():
    code = "import sys, src.models.tracking; print('mlflow' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.stdout.strip() == "False"


def test_figures_are_flattened_without_undefined_ones():
    metrics = {
        "candidates": {"lightgbm": {"auroc": {"value": 0.8, "low": 0.7, "high": None}}},
        "paired": {"logistic": {"value": 0.1, "low": 0.05, "high": 0.2, "better": True}},
    }
    assert flat_figures(metrics) == {
        "lightgbm.auroc": 0.8,
        "lightgbm.auroc.low": 0.7,
        "ahead_of_logistic.value": 0.1,
        "ahead_of_logistic.low": 0.05,
        "ahead_of_logistic.high": 0.2,
    }
