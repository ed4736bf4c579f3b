"""Champion and challenger through the real stages and a real registry: what is served, and why."""

import os
import signal
import sqlite3
import subprocess
import sys

import pytest

from src.core.errors import KehuError, ModelError
from src.core.files import digest, read_json
from src.models.mlflow_store import open_registry
from src.models.promotion_log import read
from src.models.releases.pointer import read_pointer
from src.models.releases.release import open_release
from src.pipeline.releases.agree import agree
from src.pipeline.releases.promote import promote
from src.pipeline.releases.rollback import rollback
from src.pipeline.releases.summary import conclude
from src.serving.scorer import open_scorer
from tests.support.models.promotable_project import (
    PATHS,
    PROJECT,
    TASK,
    bytes_of,
    decided,
    declare_unsupported,
    made,
    make_project,
    promoted,
    release,
    served_version,
    set_params,
    support,
    the_run,
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


def served_bytes() -> dict[str, bytes]:
    """All that is served or tells what is."""
    kept = ("releases", "served.json", "promotions.jsonl", "reports")
    return {k: v for k, v in bytes_of(PATHS.folder).items() if k.split("/")[0] in kept}


def report(version: str) -> str:
    return (PATHS.reports / "versions" / f"{TASK}-{version}.html").read_text("utf-8")


def test_the_first_run_is_served_and_a_second_candidate_waits_without_changing_a_byte(project):
    made(rounds=15)
    first = conclude(the_run())
    assert first.state == "served first"
    assert first.served == first.candidate == release().digest
    before, alias = served_bytes(), champion()
    made(rounds=5, noise=0.9)
    second = conclude(the_run())
    assert second.state == "waiting"
    assert second.served == first.served != second.candidate
    assert "is not promoted, the champion stays" in second.said[TASK]
    assert served_bytes() == before
    assert champion() == alias
    made(rounds=15)
    assert conclude(the_run()).state == "same"


def test_a_worse_challenger_is_refused_with_the_reason_and_the_champion_kept_byte_for_byte(project):
    first = promoted(rounds=15)
    assert first.decision.reason == "It is served because no model was served before."
    before, version = bytes_of(release().bundle(TASK)), served_version()
    second = promoted(rounds=5, noise=0.9)
    assert not second.decision.promoted
    assert "it is ahead of the champion by -" in second.decision.reason
    assert served_version() == version == champion()
    assert bytes_of(release().bundle(TASK)) == before
    assert open_scorer(release()).bundles[TASK].version == version
    assert [e.event for e in read(PATHS.log)] == ["promoted", "refused"]
    assert second.decision.comparison.rows == second.decision.comparison.of_rows
    assert "Served since" in report(version)
    assert "Refused because: In log_loss it is ahead of the champion by -" in report(
        second.challenger.version
    )


def test_promoting_twice_changes_nothing_and_logs_nothing_twice(project):
    promoted(rounds=15)
    promoted(rounds=5, noise=0.9)
    before = served_bytes()
    with open_registry() as registry:
        runs = len(registry.client.search_runs(["1"]))
    assert not promote(the_run()).changed
    assert served_bytes() == before
    with open_registry() as registry:
        assert len(registry.client.search_runs(["1"])) == runs == 2
        assert len(registry.versions(MODEL)) == 2


def test_a_better_one_is_promoted_a_rollback_undoes_it_and_the_next_promotion_leaves_it_so(project):
    promoted(rounds=2, noise=0.9)
    first = served_version()
    second = promoted(rounds=60)
    assert second.decision.promoted, second.decision
    better = served_version()
    assert better == champion() != first
    assert f"replaced by {better}" in report(first)
    done = rollback(the_run(), TASK, reason="to try it")
    assert (done["version"], done["taken_back"]) == (first, better)
    assert served_version() == first == champion()
    assert read_json(release().reference(TASK))["version"] == first
    assert "Served since" in report(first)
    assert f"replaced by {first}" in report(better)
    assert decided().decision.rule == "taken back"
    assert served_version() == first == champion()
    with open_registry() as registry:
        number = registry.of_bundle(MODEL, better).number
    rollback(the_run(), TASK, number, "it was right after all")
    assert decided().decision.rule == "same model"
    assert served_version() == better == champion()
    events = [(entry.event, entry.version) for entry in read(PATHS.log)]
    assert events == [
        ("promoted", first),
        ("promoted", better),
        ("rolled back", first),
        ("refused", better),
        ("rolled back", better),
    ]


@pytest.mark.slow  # SQLite and MLflow try again for some 20 s
def test_a_locked_registry_leaves_the_old_champion_served_and_registered(project):
    promoted(rounds=2, noise=0.9)
    first, before = served_version(), served_bytes()
    made(rounds=60)
    other = sqlite3.connect("mlflow.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(ModelError, match=r"database is locked\. Close other programs"):
        promote(the_run())
    other.execute("ROLLBACK")
    other.close()
    assert served_bytes() == before
    assert champion() == first
    assert decided().decision.promoted


def test_a_registry_that_is_gone_is_made_anew_with_the_champion_in_it(project):
    promoted(rounds=15)
    first = served_version()
    # a process keeps the file of a store that it has opened: what is gone is a store not yet opened
    project.setenv("MLFLOW_TRACKING_URI", "sqlite:///new.db")
    promoted(rounds=5, noise=0.9)
    assert champion() == first


def test_a_fault_while_the_release_is_written_leaves_what_is_served(project):
    promoted(rounds=2, noise=0.9)
    first, before = served_version(), served_bytes()
    made(rounds=60)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with project.context() as broken:
        broken.setattr("src.pipeline.releases.promote.link_release", full)
        with pytest.raises(OSError, match="No space left"):
            promote(the_run())
    kept = {k: v for k, v in served_bytes().items() if not k.startswith("reports/versions")}
    assert kept == {k: v for k, v in before.items() if not k.startswith("reports/versions")}
    assert champion() == first
    assert decided().decision.promoted


STEPS = (
    "src.pipeline.releases.promote.register",
    "src.pipeline.releases.promote.publish",
    "src.pipeline.releases.promote.move_pointer",
    "src.pipeline.releases.agree.append_once",
    "src.models.registry.Registry.set_champion",
    "src.models.registry.Registry.describe",
    "src.pipeline.releases.agree.with_status",
)
KILLED_AT = """
import os, signal, sys
from pkgutil import resolve_name
from unittest.mock import patch
from src.pipeline.releases import agree, promote
from src.pipeline.run import open_run

step, before_the_pointer = sys.argv[1], sys.argv[2] == "True"
run = open_run("simulated")
module, _, name = step.rpartition(".")
holder = resolve_name(module)
original, pointed = getattr(holder, name), run.paths.pointer.read_bytes()

def dying(*given, **named):
    if before_the_pointer or run.paths.pointer.read_bytes() != pointed:
        os.kill(os.getpid(), signal.SIGKILL)
    return original(*given, **named)

with patch.object(holder, name, dying):
    promote.promote(run)
"""


@pytest.mark.parametrize("step", STEPS)
def test_killed_anywhere_the_old_or_the_new_is_served_and_the_next_command_makes_all_agree(
    project, step
):
    promoted(rounds=2, noise=0.9)
    old = served_version()
    made(rounds=60)
    new = open_release(PATHS.candidate).tasks[TASK]["version"]
    before_the_pointer = STEPS.index(step) <= STEPS.index(
        "src.pipeline.releases.promote.move_pointer"
    )
    done = subprocess.run(
        [sys.executable, "-c", KILLED_AT, step, str(before_the_pointer)],
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    served = served_version()
    assert served == (old if before_the_pointer else new)
    assert open_scorer(release()).bundles[TASK].version == served

    agree(the_run())
    assert champion() == served == served_version()
    assert [entry.version for entry in read(PATHS.log)][-1] == served
    if not before_the_pointer:
        assert "Served since" in report(new)
        assert f"replaced by {new}" in report(old)
    assert decided().decision.rule == ("superiority" if before_the_pointer else "same model")
    assert served_version() == champion() == new
    assert [entry.event for entry in read(PATHS.log)] == ["promoted", "promoted"]


def test_a_rollback_to_nothing_is_refused_by_name(project):
    promoted(rounds=2)
    with pytest.raises(ModelError, match="replaced no model that is known"):
        rollback(the_run(), TASK)
    with pytest.raises(ModelError, match="no version '7' in MLflow"):
        rollback(the_run(), TASK, "7")
    with pytest.raises(ModelError, match="value_tier is not served; expected a model"):
        rollback(the_run(), "value_tier")


def test_where_no_model_can_be_trained_the_champion_is_served_on_unless_the_mapping_ends_the_task(
    project,
):
    from src.pipeline.modelling import candidate

    promoted(rounds=15)
    version, before = served_version(), bytes_of(release().bundle(TASK))
    support(set())
    candidate.main(the_run())
    contest = decided()
    assert contest.decision.rule == "not trained"
    assert contest.decision.reason == "No model could be trained: too few classes"
    assert served_version() == version == champion()
    assert bytes_of(release().bundle(TASK)) == before
    assert TASK in open_scorer(release()).bundles
    declare_unsupported({TASK: "no dates"})
    promote(the_run())
    assert dict(release().tasks) == {}
    assert release().manifest["unsupported"][TASK] == "too few classes"
    assert champion() == ""
    assert "too few classes" in (PATHS.reports / "index.html").read_text("utf-8")


@pytest.mark.parametrize(
    "file", ["serving/features.parquet", "serving/prices.parquet", "churn/model.txt"]
)
def test_a_changed_byte_of_anything_served_is_refused_by_name(project, file):
    promoted(rounds=15)
    path = release().folder / file
    if not path.exists():  # of a baseline
        path = next(iter(sorted(release().bundle(TASK).iterdir())))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.unlink()  # it may be linked to the candidate's
    path.write_bytes(content)
    with pytest.raises(KehuError, match=f"{path.name}: its SHA-256 is .* changed or damaged"):
        release()


def test_a_file_too_many_and_a_file_missing_are_refused_by_name(project):
    promoted(rounds=15)
    extra = release().folder / "serving/more.parquet"
    extra.write_bytes(b"x")
    with pytest.raises(KehuError, match=r"more\.parquet: not listed"):
        release()
    extra.unlink()
    (PATHS.releases / read_pointer(PATHS.pointer).release / "serving/products.parquet").unlink()
    with pytest.raises(KehuError, match=r"products\.parquet: no such file"):
        release()


def test_without_a_candidate_the_error_says_how_to_make_one(project):
    with pytest.raises(KehuError, match=r"candidate/release.*Run `kehu run --source simulated`"):
        promote(the_run())


def test_a_release_is_named_by_what_is_in_it(project):
    promoted(rounds=15)
    folder = release().folder
    assert folder.name == digest(folder / "manifest.json")[:16]
    listed = read_json(folder / "manifest.json")["files"]
    assert {
        "serving/features.parquet",
        "serving/prices.parquet",
        "scores/scores.parquet",
        "reference/churn.json",
        "churn/card.json",
    } <= listed.keys()


def test_another_threshold_alone_changes_what_is_decided_and_not_what_was_made(project):
    promoted(rounds=2, noise=0.9)
    made(rounds=60)
    set_params(promote__min_gain=0.9)
    assert not decided().decision.promoted
    set_params(promote__min_gain=0.0)
    assert decided().decision.promoted
