"""The commands on what is served: a month's report with its exit, and why classes changed."""

import json
from pathlib import Path

import pytest

from src.core.errors import ModelError
from src.core.files import read_parquet
from src.pipeline.operations.changes import explain_changes
from src.pipeline.operations.monitor import monitor
from tests.support.cli.command import kehu
from tests.support.models.promotable_project import (
    PATHS,
    PROJECT,
    TASK,
    make_project,
    promoted,
    set_params,
    the_run,
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
        folder = tmp_path_factory.mktemp("watched")
        make_project(folder, patch)
        for name in ("src", "dvc.yaml"):
            (folder / name).symlink_to(PROJECT / name)
        promoted(rounds=2, noise=0.9)
        promoted(rounds=60)
        set_params(**WIDE)
        yield patch


def test_a_month_that_holds_its_gates_is_reported_for_people_and_machines(project):
    assert monitor(the_run()).broken == []
    month = PATHS.monitoring / "2024-09-01"
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


def test_a_broken_gate_is_named_once_the_report_is_written(project):
    set_params(monitor__max_feature_psi=1e-9, monitor__max_drifted_features=0)
    found = monitor(the_run(), "2024-08-01")
    set_params(monitor__max_feature_psi=50, monitor__max_drifted_features=0.2)
    assert [line.split(" above")[0][:23] for line in found.broken] == ["churn: drifted_features"]
    page = (PATHS.monitoring / "2024-08-01" / "monitor.html").read_text("utf-8")
    assert "1 gates broken" in page


def test_a_month_without_a_snapshot_is_refused_with_the_nearest_one(project):
    with pytest.raises(ModelError, match=r"month '2024-08-02'.*Did you mean '2024-08-01'"):
        monitor(the_run(), "2024-08-02")


def test_the_change_report_adds_up_for_every_customer(project):
    totals = explain_changes(the_run(), TASK)
    folder = PATHS.changes / TASK
    told = json.loads((folder / "changes.json").read_text("utf-8"))
    assert totals == told
    assert (told["up"]["customers"], told["down"]["customers"]) == (79, 16)
    assert told["changed"] == 79 + 16
    assert told["from"].split(", ")[1] != told["to"].split(", ")[1]
    table = read_parquet(folder / "changes.parquet")
    parts = table[["from_data", "from_model", "from_threshold"]].sum(axis=1)
    assert (abs(parts - table["change"]) < 1e-12).all()
    assert "a new model" in (folder / "changes.html").read_text("utf-8")
    with pytest.raises(ModelError, match=r"expected two snapshots.*Did you mean '2024-08-01'"):
        explain_changes(the_run(), TASK, ("2024-08-03", "2024-09-01"))


def test_the_commands_tell_machines_what_they_did_and_refuse_versions_that_do_not_exist(project):
    told = kehu("changes", TASK, "--json", folder=Path.cwd())
    assert told.returncode == 0, told.stderr
    written = (PATHS.changes / TASK / "changes.json").read_text("utf-8")
    assert json.loads(told.stdout) == json.loads(written)
    promoted_again = kehu("promote", "--json", folder=Path.cwd())
    assert promoted_again.returncode == 0, promoted_again.stderr
    outcome = json.loads(promoted_again.stdout)
    assert outcome["tasks"][TASK]["rule"] == "same model"
    assert not outcome["changed"]
    months = ("2024-08-01", "2024-09-01")
    for refused in (
        kehu("rollback", TASK, "9", folder=Path.cwd()),
        kehu(
            *("changes", TASK, *months, "--from-version", "1", "--to-version", "9"),
            folder=Path.cwd(),
        ),
    ):
        assert refused.returncode == 1
        line = refused.stderr.splitlines()[-1]
        assert line.startswith("error: kehu_churn: no version '9' in MLflow. Known: 1, 2;")
    back = kehu("rollback", TASK, "--reason", "to try it", "--json", folder=Path.cwd())
    assert back.returncode == 0, back.stderr
    assert json.loads(back.stdout)["reason"] == "to try it"
