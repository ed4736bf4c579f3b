import subprocess
import sys
from pathlib import Path

import pytest

from src.core.errors import ModelError
from src.models.bundle import load_bundle, save_bundle
from src.models.tracking import Record, champion, flat_figures, track
from tests.models.test_bundle import bundle_of


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mlflow")
    return f"sqlite:///{folder / 'mlflow.db'}", folder / "mlartifacts"


def record(folder: Path, kind: str = "rule") -> Record:
    save_bundle(bundle_of(kind, 2), folder / "bundle")
    plot = folder / "lift.csv"
    plot.write_text("decile,lift\n1,2\n")
    return Record(
        task="churn",
        winner=kind,
        reason=f"{kind} is best",
        bundle=folder / "bundle",
        version=load_bundle(folder / "bundle").version,
        parameters={"trials": 20, "growth": {"num_leaves": 15}},
        figures={"lightgbm.auroc": 0.8},
        tags={"git_revision": "abc", "data.features": "0123"},
        files=[plot],
    )


def test_each_run_is_a_version_and_the_last_is_champion(store, tmp_path):
    uri, artifacts = store
    first = track(record(tmp_path / "one"), uri, artifacts)
    second = track(record(tmp_path / "two", "base_rate"), uri, artifacts)
    assert int(second.version) == int(first.version) + 1
    assert champion("churn", uri) == second

    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    run = client.get_run(second.run_id)
    assert run.info.status == "FINISHED"
    assert run.data.metrics == {"lightgbm.auroc": 0.8}
    assert run.data.params["trials"] == "20"
    assert run.data.tags["git_revision"] == "abc"
    version = client.get_model_version_by_alias("kehu_churn", "champion")
    assert version.tags["winner"] == "base_rate"
    assert version.tags["bundle"] == bundle_of("base_rate", 2).version
    kept = next(artifacts.glob(f"{second.run_id}/artifacts/bundle"))
    assert load_bundle(kept).version == bundle_of("base_rate", 2).version
    assert (kept.parent / "plots" / "lift.csv").is_file()


def test_a_bundle_that_is_registered_already_becomes_champion_again_without_a_new_version(
    store, tmp_path
):
    uri, artifacts = store
    before = track(record(tmp_path / "one"), uri, artifacts)
    other = track(record(tmp_path / "two", "base_rate"), uri, artifacts)
    again = track(record(tmp_path / "one"), uri, artifacts)
    assert (again.version, again.run_id) != (other.version, before.run_id)
    assert again.version == before.version
    assert champion("churn", uri).version == before.version


def test_a_task_never_registered_has_no_champion(store):
    assert champion("value_tier", store[0]) is None


def test_a_store_that_is_no_database_is_named_and_nothing_is_registered(tmp_path):
    (tmp_path / "mlflow.db").write_text("no database at all")
    with pytest.raises(ModelError, match=r"MLflow store sqlite:.*mlflow\.db: .*database"):
        track(record(tmp_path), f"sqlite:///{tmp_path / 'mlflow.db'}", tmp_path / "artifacts")
    assert not (tmp_path / "artifacts").exists()


def test_a_failure_on_the_way_leaves_the_old_champion(store, tmp_path):
    uri, artifacts = store
    track(record(tmp_path / "good"), uri, artifacts)
    before = champion("churn", uri)
    broken = record(tmp_path / "bad")
    (tmp_path / "bad" / "lift.csv").unlink()
    with pytest.raises((ModelError, OSError)):
        track(broken, uri, artifacts)
    assert champion("churn", uri) == before


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
