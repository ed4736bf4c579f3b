"""An experiment, in the project, beside it or queued, changes nothing that is served."""

import contextlib
import time
from pathlib import Path

import pytest

from src.core.files import digest
from src.models.mlflow_store import open_registry
from src.models.registry import model_name
from tests.contracts.test_pipeline import TASKS
from tests.support.project.checkout import Checkout

QUEUE_SECONDS = 3_600


def decided(bank: Checkout) -> dict[str, str]:
    """What was decided on: every file of it by its digest, and the versions that MLflow's aliases
    point to."""
    names = ("releases", "reports", "served.json", "promotions.jsonl")
    paths = [path for name in names for path in (bank.data / name, *(bank.data / name).rglob("*"))]
    found = {str(path.relative_to(bank.data)): digest(path) for path in paths if path.is_file()}
    with contextlib.chdir(bank.folder), open_registry() as registry:
        for task in TASKS:
            champion = registry.champion(model_name("simulated", task))
            assert champion is not None
            found[f"alias of {task}"] = f"{champion.number} {champion.bundle}"
    return found


def candidate(bank: Checkout) -> str:
    """What the last run made, by the digest of its manifest."""
    return digest(bank.data / "candidate/release/manifest.json")


def test_an_experiment_in_the_project_makes_a_candidate_and_changes_nothing_that_is_served(
    copied_bank: Checkout,
) -> None:
    before, made = decided(copied_bank), candidate(copied_bank)
    copied_bank.run("dvc", "exp", "run", "-S", "explain.reasons=2", "--single-item", "candidate")
    assert candidate(copied_bank) != made
    assert decided(copied_bank) == before


@pytest.mark.slow
def test_an_experiment_beside_the_project_changes_neither_what_is_served_nor_the_candidate(
    copied_bank: Checkout,
) -> None:
    before, made = decided(copied_bank), candidate(copied_bank)
    copied_bank.run("dvc", "exp", "run", "--temp", "-S", "train.max_rounds=30", "-n", "beside")
    shown = copied_bank.run("dvc", "metrics", "diff", "HEAD", "beside", "--json").stdout
    assert "data/simulated/metrics/churn.json" in shown
    assert candidate(copied_bank) == made
    assert decided(copied_bank) == before


@pytest.mark.slow
def test_an_experiment_that_is_queued_in_a_clean_clone_runs_and_serves_nothing(
    small_bank: Checkout, tmp_path: Path
) -> None:
    small_bank.run("git", "clone", "-q", ".", str(tmp_path / "clone"))
    clone = Checkout(tmp_path / "clone")
    clone.run("dvc", "exp", "run", "--queue", "-S", "seed=1", "-S", "train.trials=1", "-n", "seed1")
    clone.run("dvc", "queue", "start")
    for _ in range(QUEUE_SECONDS):
        told = clone.run("dvc", "queue", "status").stdout
        if not any(state in told for state in ("Queued", "Running")):
            break
        time.sleep(1)
    log = clone.run("dvc", "queue", "logs", "seed1", check=False).stdout
    assert "Success" in told, told + log
    shown = clone.run("dvc", "params", "diff", "HEAD", "seed1", "--json").stdout
    assert '"seed"' in shown
    assert not (clone.data / "served.json").exists()
    assert not (clone.data / "releases").exists()
    assert not (clone.folder / "mlflow.db").exists()
