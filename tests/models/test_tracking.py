"""What MLflow holds of a run; and that a failure leaves the old champion and no half version."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from src.core.errors import ModelError
from src.models.bundle import load_bundle, save_bundle
from src.models.tracking import Kept, Record, flat_figures, open_registry, tracked
from tests.models.test_bundle import bundle_of


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mlflow")
    return f"sqlite:///{folder / 'mlflow.db'}", folder / "mlartifacts"


def record(folder: Path, kind: str = "rule", champion: str = "") -> Record:
    """A run that `kind` won; with a champion, one in which it was refused."""
    save_bundle(bundle_of(kind, 2), folder / "bundle")
    plot = folder / "lift.csv"
    plot.write_text("decile,lift\n1,2\n")
    kept = None
    if champion:
        save_bundle(bundle_of(champion, 2), folder / "champion")
        kept = Kept(folder / "champion", bundle_of(champion, 2).version)
    return Record(
        task="churn",
        winner=kind,
        reason=f"{kind} is best",
        bundle=folder / "bundle",
        version=load_bundle(folder / "bundle").version,
        why="it is not better" if champion else "it is better",
        champion=kept,
        parameters={"trials": 20, "growth": {"num_leaves": 15}},
        figures={"lightgbm.auroc": 0.8},
        tags={"git_revision": "abc", "data.features": "0123"},
        files=[plot],
    )


def track(made: Record, store):
    with tracked([made], *store) as found:
        return found[0]


def held(store):
    """The champion's number, and each version's bundle and description."""
    with open_registry(store[0]) as registry:
        champion = registry.champion("churn")
        versions = [(v.number, v.bundle, v.description) for v in registry.versions("churn")]
    return champion and champion.number, versions


def test_a_promoted_model_is_a_version_and_champion_with_the_reason(store, tmp_path):
    first = track(record(tmp_path / "one"), store)
    second = track(record(tmp_path / "two", "base_rate"), store)
    assert int(second.version) == int(first.version) + 1

    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=store[0], registry_uri=store[0])
    run = client.get_run(second.run_id)
    assert run.info.status == "FINISHED"
    assert run.data.metrics == {"lightgbm.auroc": 0.8}
    assert run.data.params["trials"] == "20"
    assert run.data.tags["git_revision"] == "abc"
    version = client.get_model_version_by_alias("kehu_churn", "champion")
    assert str(version.version) == second.version
    assert version.tags["winner"] == "base_rate"
    assert version.tags["bundle"] == bundle_of("base_rate", 2).version
    assert version.tags["why"] == "it is better"
    assert version.description == "Promoted: it is better"
    kept = next(store[1].glob(f"{second.run_id}/artifacts/bundle"))
    assert load_bundle(kept).version == bundle_of("base_rate", 2).version
    assert (kept.parent / "plots" / "lift.csv").is_file()


def test_a_refused_model_is_a_version_that_says_why_not_and_the_champion_stays(store, tmp_path):
    track(record(tmp_path / "one", "rule"), store)
    before, _ = held(store)
    refused = track(record(tmp_path / "two", "logistic", champion="rule"), store)
    champion, versions = held(store)
    assert champion == before
    assert versions[-1] == (
        refused.version,
        bundle_of("logistic", 2).version,
        "Refused: it is not better",
    )


def test_a_bundle_that_is_registered_already_becomes_champion_again_without_a_new_version(
    store, tmp_path
):
    before = track(record(tmp_path / "one"), store)
    other = track(record(tmp_path / "two", "base_rate"), store)
    again = track(record(tmp_path / "one"), store)
    assert (again.version, again.run_id) != (other.version, before.run_id)
    assert again.version == before.version
    assert held(store)[0] == before.version


def test_a_champion_that_a_new_registry_does_not_know_is_registered_from_what_is_served(tmp_path):
    store = f"sqlite:///{tmp_path / 'mlflow.db'}", tmp_path / "artifacts"
    track(record(tmp_path, "logistic", champion="rule"), store)
    champion, versions = held(store)
    assert dict(v[:2] for v in versions)[champion] == bundle_of("rule", 2).version
    with open_registry(store[0]) as registry:
        _, bundle, _ = registry.fetch("churn", champion, tmp_path)
    assert bundle.version == bundle_of("rule", 2).version


def test_a_store_that_is_no_database_is_named_and_nothing_is_registered(tmp_path):
    (tmp_path / "mlflow.db").write_text("no database at all")
    with pytest.raises(ModelError, match=r"MLflow store sqlite:.*mlflow\.db: .*database"):
        track(record(tmp_path), (f"sqlite:///{tmp_path / 'mlflow.db'}", tmp_path / "artifacts"))
    assert not (tmp_path / "artifacts").exists()


def test_a_failure_of_whatever_follows_takes_back_versions_alias_and_descriptions(store, tmp_path):
    track(record(tmp_path / "good"), store)
    before = held(store)
    with (
        pytest.raises(OSError, match="no space"),
        tracked([record(tmp_path / "bad", "lightgbm")], *store),
    ):
        assert held(store) != before
        raise OSError("no space left")
    assert held(store) == before
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=store[0], registry_uri=store[0])
    runs = client.search_runs([client.get_experiment_by_name("kehu").experiment_id])
    assert runs[0].info.status == "FAILED"


def test_a_failure_while_logging_leaves_the_old_champion_and_no_new_version(store, tmp_path):
    track(record(tmp_path / "good"), store)
    before = held(store)
    broken = record(tmp_path / "bad", "lightgbm")
    (tmp_path / "bad" / "lift.csv").unlink()
    with pytest.raises((ModelError, OSError)), tracked([broken], *store):
        raise AssertionError("the block must not run")
    assert held(store) == before


@pytest.mark.slow  # SQLite and MLflow try again for some 20 s
def test_a_locked_registry_is_told_in_one_line_and_the_block_does_not_run(store, tmp_path):
    track(record(tmp_path / "good"), store)
    before = held(store)
    other = sqlite3.connect(store[0].removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with (
        pytest.raises(ModelError, match=r"database is locked\. Close other programs"),
        tracked([record(tmp_path / "two", "lightgbm")], *store),
    ):
        raise AssertionError("the block must not run")
    other.execute("ROLLBACK")
    other.close()
    assert held(store) == before


def test_a_version_is_fetched_as_it_was_registered_or_refused(store, tmp_path):
    made = track(record(tmp_path / "good", "base_rate"), store)
    with open_registry(store[0]) as registry:
        _, bundle, folder = registry.fetch("churn", made.version, tmp_path / "fetched")
        assert bundle.version == bundle_of("base_rate", 2).version
        (run,) = [v.run_id for v in registry.versions("churn") if v.number == made.version]
        for path in folder.iterdir():
            assert path.read_bytes() == (tmp_path / "good" / "bundle" / path.name).read_bytes()
    with (
        pytest.raises(ModelError, match=r"no version '999' in MLflow\. Known: 1[,;]"),
        open_registry(store[0]) as registry,
    ):
        registry.fetch("churn", "999", tmp_path)
    kept = store[1] / run / "artifacts" / "bundle" / "model.json"
    whole = kept.read_bytes()
    kept.write_bytes(whole + b" ")
    with (
        pytest.raises(ModelError, match="the file was changed or damaged"),
        open_registry(store[0]) as registry,
    ):
        registry.fetch("churn", made.version, tmp_path / "again")
    kept.write_bytes(whole)


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
