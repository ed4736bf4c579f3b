"""An erasure from beginning to end, by real stages as far as the ledger and a synthetic model that
is served: several customers at once, nothing decided, and finished by the same command."""

import subprocess
from pathlib import Path

import pandas as pd
import pytest
import yaml

from src.core.errors import KehuError
from src.core.files import read_json
from src.core.scratch import SCRATCH
from src.models.mlflow_store import open_registry
from src.models.promotion_log import read
from src.models.registry import model_name
from src.models.releases.pointer import read_pointer
from src.models.releases.release import served_release
from src.pipeline.deliveries.inputs import key_of
from src.pipeline.operations.erase import erase
from src.pipeline.operations.purge import dvc
from src.pipeline.operations.under_way import FILE
from src.privacy.accesses import accesses
from src.privacy.key import fingerprint, load_key
from src.privacy.pseudonym import CUSTOMER, pseudonym
from tests.pipeline.test_erase_without_identities import BODY
from tests.support.models.mlflow_stores import go_home
from tests.support.models.served_release import SINCE, TASK, put_into_service
from tests.support.sources.generated_sources import source
from tests.support.sources.pipeline_stages import integrated, run_of

PROJECT = Path(__file__).resolve().parents[2]
NUMBERS = [f"CUSTOMER-{number:02d}" for number in range(1, 31)]
PEOPLE = pd.DataFrame(
    {
        "no": NUMBERS,
        "since": "2023-01-01",
        "full": [f"Person Nr{number}" for number in range(1, 31)],
        "mobile": [f"139001390{number:02d}" for number in range(1, 31)],
    }
)
MOVES = pd.DataFrame(
    {
        "id": [f"m{number}" for number in range(1, 31)],
        "who": NUMBERS,
        "card": [f"62170000000000{number:02d}" for number in range(1, 31)],
        "payee": "elsewhere",
        "day": "2023-06-01",
        "cents": 100,
    }
)
TWO = ["CUSTOMER-04", "CUSTOMER-09"]
PHONE = "13900139004"  # of the first


# in the place of the stage labels: those of the customers that the ledger has
LABELS = """
import pandas as pd

labels = pd.read_parquet("data/shape/labels/churn.parquet")
known = pd.read_parquet("data/shape/ledger/customers.parquet")["customer_id"]
labels[labels["customer_id"].isin(known)].to_parquet("data/shape/labels/churn.parquet")
"""


def pipeline(key: bytes) -> dict:
    """The stages collect and integrate of the project's pipeline, and labels."""
    start = "python -m src.pipeline.stage"
    integrate = f"{start} integrate shape {fingerprint(key)}"
    stages = {
        "collect": (f"{start} collect shape", ["incoming/shape"], ["shape/raw", "shape/truth"]),
        "integrate": (integrate, ["shape/raw"], ["shape/ledger", "shape/vault"]),
        "labels": ("python labels.py", ["shape/ledger"], ["shape/labels"]),
    }
    made = {
        name: {
            "cmd": command,
            "deps": [f"data/{dep}" for dep in deps],
            "outs": [{f"data/{out}": {"cache": False, "persist": True}} for out in outs],
        }
        for name, (command, deps, outs) in stages.items()
    }
    return {"vars": [{"source": "shape"}], "stages": made}


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A bank of 30 customers with a vault, a ledger and a served model; BentoML's store in it."""
    folder = tmp_path / "project"
    go_home(folder, monkeypatch)
    source(folder, "churn", BODY, {"people.csv": PEOPLE, "moves.csv": MOVES})
    integrated(folder)
    monkeypatch.setenv("BENTOML_HOME", str(tmp_path / "bentoml"))
    monkeypatch.setenv("PYTHONPATH", str(PROJECT))
    subprocess.run(["git", "init", "-q"], check=True)
    dvc("init", "-q")
    Path("dvc.yaml").write_text(yaml.safe_dump(pipeline(load_key())), encoding="utf-8")
    Path("labels.py").write_text(LABELS, encoding="utf-8")
    run = run_of(folder)
    put_into_service(run, [pseudonym(key_of(run), CUSTOMER, number) for number in NUMBERS])
    return folder


@pytest.fixture
def run(project):
    return run_of(project)


def refuse(plan: str) -> bool:
    raise AssertionError("nobody is to be asked")


def customers_of(run, table: str) -> set[str]:
    return set(pd.read_parquet(run.paths.ledger / f"{table}.parquet")["customer_id"])


def test_two_customers_go_together_and_the_champion_stays(run):
    gone = {pseudonym(key_of(run), CUSTOMER, number) for number in TWO}
    before, served = served_release(run.paths.pointer, run.paths.releases)
    plans = []
    proof = erase(run, TWO, False, lambda plan: bool(plans.append(plan) or True))
    assert len(plans) == 1
    assert all(f"customer {customer}" in plans[0] for customer in gone)
    assert "what is served stays the same but for their rows" in plans[0]
    after, pointer = served_release(run.paths.pointer, run.paths.releases)
    rows = pd.read_parquet(after.folder / "serving/features.parquet")
    assert len(rows) == 28
    assert not gone & set(rows["customer_id"])
    assert not before.folder.exists()
    assert (after.tasks, pointer.since) == (before.tasks, SINCE)
    assert [entry.event for entry in read(run.paths.log)] == ["promoted"]
    with open_registry() as registry:
        champion = registry.champion(model_name("shape", TASK))
        assert champion.bundle == before.tasks[TASK]["version"]
        assert len(registry.versions(model_name("shape", TASK))) == 1
    assert not gone & customers_of(run, "customers")
    assert len(customers_of(run, "customers")) == 28
    assert (proof.release_before, proof.release) == (served.release, after.digest)
    assert len(proof.customers) == 2
    assert (proof.raw_rows, proof.raw_files, proof.ledger_rows) == (4, 2, 4)
    assert any(
        "the originals (4 rows in 2 files of data/incoming/shape)" in each
        for each in proof.not_reached
    )
    (path,) = run.paths.erasures.iterdir()
    assert read_json(path)["customers"] == list(proof.customers)
    assert not FILE.exists()
    assert [access.command for access in accesses(key_of(run))] == ["erase"]


def test_models_that_learned_are_in_the_plan_and_in_the_proof(run):
    plans = []
    proof = erase(run, NUMBERS[:6], False, lambda plan: bool(plans.append(plan) or True))
    (model,) = proof.models
    assert (model.task, model.served, model.sure) == (TASK, True, True)
    assert 0 < model.customers < 6  # some of them were held out
    assert f"the model {model}" in plans[0]
    assert f"are to be replaced by {proof.retrain_by}; `kehu promote` decides" in plans[0]
    assert f"the model {model}" in proof.not_reached
    assert any("running endpoint" in each for each in proof.not_reached)


def test_what_a_failed_run_left_undone_the_same_command_does(run):
    gone = {pseudonym(key_of(run), CUSTOMER, number) for number in TWO}
    before = read_pointer(run.paths.pointer).release
    sound = Path("dvc.yaml").read_text("utf-8")
    Path("dvc.yaml").write_text(sound.replace("stage integrate", "stage stopped"), "utf-8")
    with pytest.raises(KehuError, match="ended with status"):
        erase(run, TWO, True, refuse)
    # what is served lost them first, and what is to be found is kept for the owner alone
    assert FILE.stat().st_mode & 0o777 == 0o600
    release, _ = served_release(run.paths.pointer, run.paths.releases)
    assert release.digest != before
    rows = pd.read_parquet(release.folder / "serving/features.parquet")
    assert not gone & set(rows["customer_id"])
    with pytest.raises(KehuError, match="was begun and not finished"):
        erase(run, ["CUSTOMER-11"], True, refuse)
    Path("dvc.yaml").write_text(sound, "utf-8")
    proof = erase(run, TWO[::-1], False, refuse)
    assert proof.release_before == before
    assert proof.ledger_rows == 4
    assert not gone & customers_of(run, "customers")
    assert not FILE.exists()
    assert erase(run, TWO, True, refuse) is None  # they are gone


def test_a_trace_that_is_left_is_told_with_its_place_and_searched_again(run):
    note = Path("notebooks/first.ipynb")
    note.parent.mkdir()
    note.write_text(f'{{"cells": ["who is {PHONE}?"]}}', encoding="utf-8")
    killed = SCRATCH / "integrate.999999999.abc/names.csv"
    killed.parent.mkdir(parents=True)
    killed.write_text(f"Person Nr4,{PHONE}\n", encoding="utf-8")
    with pytest.raises(KehuError, match=r"NOT erased.*found 1:\n- notebooks/first\.ipynb: phone"):
        erase(run, TWO, True, refuse)
    assert not killed.exists()  # a killed run left it in clear
    note.unlink()
    assert erase(run, TWO, True, refuse) is not None


def test_the_temporary_folder_of_a_running_command_is_searched(run):
    held = SCRATCH / "integrate.1.abc/names.csv"  # the machine's first process lives
    held.parent.mkdir(parents=True)
    held.write_text(f"Person Nr4,{PHONE}\n", encoding="utf-8")
    with pytest.raises(KehuError, match=r"\.kehu/tmp/integrate\.1\.abc/names\.csv: phone"):
        erase(run, TWO, True, refuse)


def test_nothing_is_changed_where_one_is_unknown_or_nobody_agrees(run):
    pointer = read_pointer(run.paths.pointer)
    with pytest.raises(KehuError, match=r"^line 2: .*found nobody; .*Nothing was changed\.$"):
        erase(run, ["CUSTOMER-04", "CUSTOMER-99"], True, refuse)
    with pytest.raises(KehuError, match="found no customer; expected at least one"):
        erase(run, [], True, refuse)
    assert erase(run, TWO, False, lambda plan: False) is None
    assert read_pointer(run.paths.pointer) == pointer
    assert not run.paths.erased_list().exists()
    assert not FILE.exists()
