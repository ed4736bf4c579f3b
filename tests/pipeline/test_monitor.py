"""The commands on what is served: a month's report with its exit, and why classes changed."""

import json
import subprocess
import sys

import pytest

from src.core.errors import ModelError
from src.core.files import read_parquet
from src.pipeline import changes, monitor, paths
from tests.support.models.promotable_project import (
    PROJECT,
    TASK,
    make_project,
    promoted,
    run,
    set_params,
)

# every gate so wide that nothing breaks it
WIDE = {
    f"monitor__{gate}": 50
    for gate in ("max_population_change", "max_feature_psi", "max_score_psi", "max_outcome_psi")
} | {
    "monitor__max_score_ks": 1,
    "monitor__max_expected_loss_rise": 50,
    "monitor__max_calibration_error": 5,
}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A folder in which a weak model was replaced by a better one."""
    with pytest.MonkeyPatch.context() as patch:
        make_project(tmp_path_factory.mktemp("watched"), patch)
        promoted(patch, rounds=2, noise=0.9)
        promoted(patch, rounds=60)
        set_params(**WIDE)
        yield patch


def test_a_month_that_holds_its_gates_is_reported_for_people_and_machines(project):
    run(monitor, project)
    month = paths.MONITORING / "2024-09-01"
    told = json.loads((month / "monitor.json").read_text("utf-8"))[TASK]
    assert told["month"] == "2024-09-01"
    assert told["matured"]["rows"] == 300
    assert {gate["name"]: gate["held"] for gate in told["gates"]} == dict.fromkeys(
        (
            "population_change", "population_psi", "drifted_features", "score_psi", "score_ks",
            "expected_loss_rise", "outcome_psi", "calibration_error",
        ),
        True,
    )  # fmt: skip
    page = (month / "monitor.html").read_text("utf-8")
    assert "All gates hold" in page
    assert "://" not in page  # it is whole in itself


def test_a_broken_gate_ends_the_command_with_an_error_after_the_report_is_written(project):
    set_params(monitor__max_feature_psi=1e-9, monitor__max_drifted_features=0)
    done = subprocess.run(
        [sys.executable, "-m", "src.models.monitor", "2024-08-01"],
        env={"PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=False,
    )
    set_params(monitor__max_feature_psi=50, monitor__max_drifted_features=0.2)
    assert done.returncode == 1, done.stderr
    assert "churn: drifted_features" in done.stderr
    assert "set a later date in params.yaml (until) and run `dvc repro`" in done.stderr
    page = (paths.MONITORING / "2024-08-01" / "monitor.html").read_text("utf-8")
    assert "1 gates broken" in page


def test_a_month_without_a_snapshot_is_refused_with_the_nearest_one(project):
    with pytest.raises(ModelError, match=r"month '2024-08-02'.*Did you mean '2024-08-01'"):
        run(monitor, project, "2024-08-02")


def test_the_change_report_adds_up_for_every_customer(project):
    run(changes, project, TASK)
    folder = paths.CHANGES / TASK
    told = json.loads((folder / "changes.json").read_text("utf-8"))
    assert (told["up"]["customers"], told["down"]["customers"]) == (79, 16)
    assert told["changed"] == 79 + 16
    assert told["from"].split(", ")[1] != told["to"].split(", ")[1]
    table = read_parquet(folder / "changes.parquet")
    parts = table[["from_data", "from_model", "from_threshold"]].sum(axis=1)
    assert (abs(parts - table["change"]) < 1e-12).all()
    assert "a new model" in (folder / "changes.html").read_text("utf-8")
    with pytest.raises(ModelError, match=r"expected two snapshots.*Did you mean '2024-08-01'"):
        run(changes, project, TASK, "2024-08-03", "2024-09-01")
