"""No output but the vault names a person; an erased one is gone from everything."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from src.core.files import digest, read_json
from src.models.mlflow_store import open_registry
from src.models.registry import model_name
from src.models.splits import held_out
from src.privacy.vault import DETAILS, open_vault
from src.sources.mapping.mapping import load_mapping
from tests.contracts.test_pipeline import stages_that_ran
from tests.support.privacy.identifiers import Identifiers, identifiers_of
from tests.support.project.checkout import Checkout, environment

# what is closed to others: the extracts themselves, and who is who
CLOSED = ("data/simulated/raw", "data/simulated/vault")
# people who do not exist, for tests and benchmarks alone
SEALED = "data/simulated/truth"
# a whole run of the pipeline on a busy machine
PATIENCE = 3_600
ERASE = ("kehu", "erase", "--yes")
LIST = "data/incoming/simulated/erased.json"


def everyone(bank: Checkout) -> Identifiers:
    mapping = load_mapping(bank.folder / "configs/sources/simulated.yaml")
    return identifiers_of(mapping, bank.data / "raw")


def files_of(bank: Checkout, *left_out: str) -> list[Path]:
    """All files of a checkout but git's, the environment's and those of the project itself: data,
    caches, tracked runs, locks, reports, the log of looks and BentoML's store."""
    kept = ("data", ".dvc", "mlartifacts", "mlruns", "mlflow.db", "dvc.lock", "notebooks")
    kept += (".kehu", ".bentoml")
    inside = [Path(folder) for folder in left_out]
    return [
        path
        for name in kept
        for path in [bank.folder / name, *(bank.folder / name).rglob("*")]
        if path.is_file()
        and not any(path.relative_to(bank.folder).is_relative_to(folder) for folder in inside)
    ]


def test_no_direct_identifier_of_anybody_stands_outside_of_raw_files_and_vault(
    small_bank: Checkout,
) -> None:
    people = everyone(small_bank)
    assert len(people.numbers) > 1_000
    assert len(people.han) > 500
    assert people.within_file(small_bank.data / "vault/identities.parquet")
    # of files with the same bytes, as in the cache, one is read
    files = {digest(path): path for path in files_of(small_bank, *CLOSED, SEALED)}
    found = {
        path.relative_to(small_bank.folder).as_posix(): sorted(identifiers)[:3]
        for path in files.values()
        if (identifiers := people.within_file(path))
    }
    assert found == {}


def test_the_vault_is_closed_to_others_and_unknown_to_git_and_to_the_cache(
    small_bank: Checkout,
) -> None:
    vault = small_bank.data / "vault"
    assert vault.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in vault.iterdir()} == {0o600}
    for name in (*CLOSED, SEALED, ".kehu/key"):
        assert small_bank.run("git", "check-ignore", name).stdout.strip() == name
    contents = {path.read_bytes() for path in vault.iterdir()}
    cached = (small_bank.folder / ".dvc/cache").rglob("*")
    assert not any(path.read_bytes() in contents for path in cached if path.is_file())


def test_find_leads_from_a_record_to_its_pseudonym_and_back(small_bank: Checkout) -> None:
    row = open_vault(small_bank.data / "vault").table("cross_reference").slice(7, 1)
    record = row["record"][0].as_py()
    said = small_bank.run("kehu", "privacy", "find", given=record).stdout
    customer = said.splitlines()[0].removeprefix("customer ")
    back = small_bank.run("kehu", "privacy", "find", given=customer).stdout
    assert f"record {record}" in back.splitlines()


@pytest.fixture(scope="module")
def erased(copied_bank: Checkout) -> dict[str, Any]:
    """Two customers of several systems, from whom served models learned, erased together by a
    command that was killed and given again."""
    bank = copied_bank
    customers = _customers_of_several_systems(bank, learned_from=True)[:2]
    before = {
        "bank": bank,
        "erased": customers,
        "people": [_identifiers_of(bank, customers, customer) for customer in customers],
        "customers": _customers(bank),
        "scores": bank.scores(),
        "release": bank.release,
        "tasks": _manifest(bank)["tasks"],
        "log": (bank.data / "promotions.jsonl").read_bytes(),
        "since": _pointer(bank)["since"],
    }
    _history_of_the_user(bank)
    (bank.data / ".ledger.99999999.x.part").write_text(customers[0])
    (bank.folder / "mlartifacts/old_list.csv").write_text(f"customer_id\n{customers[1]}\n")
    home = str(bank.folder / ".bentoml")
    bundle = bank.folder / ".bentoml/bentos/kehu/old"  # what is deployed holds a release
    shutil.copytree(bank.release, bundle / "src/data/simulated/releases" / bank.release.name)
    before["in the bundle"] = person_in(bundle, before["people"][0])
    bank.run("kehu", "privacy", "find", given=customers[0])
    given = "\n".join(customers)
    _killed_midway(bank, given)
    before["done"] = bank.run(*ERASE, given=given, timeout=PATIENCE, BENTOML_HOME=home)
    return before


def _history_of_the_user(bank: Checkout) -> None:
    """A file of the user's own in DVC's cache that an earlier commit alone refers to."""
    for content in ("first", "second"):
        (bank.folder / "history.csv").write_text(f"{content}\n")
        bank.run("dvc", "add", "history.csv")
        bank.run("git", "add", "-A")
        bank.run("git", "commit", "-q", "-m", content)


def _manifest(bank: Checkout) -> dict[str, Any]:
    found: dict[str, Any] = read_json(bank.release / "manifest.json")
    return found


def _pointer(bank: Checkout) -> dict[str, Any]:
    found: dict[str, Any] = read_json(bank.data / "served.json")
    return found


def person_in(folder: Path, person: Identifiers) -> list[str]:
    """The files below a folder that name the person."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return [path.name for path in files if person.within_file(path)]


def _killed_midway(bank: Checkout, given: str) -> None:
    """Start the command, and kill it and all its children once the ledger is being made anew."""
    vault = bank.data / "vault"
    made = vault.stat().st_ino
    process = subprocess.Popen(
        ERASE,
        cwd=bank.folder,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        text=True,
    )
    assert process.stdin is not None
    process.stdin.write(given)
    process.stdin.close()
    for _ in range(3_000):
        if vault.is_dir() and vault.stat().st_ino != made:
            break
        assert process.poll() is None, "it ended before it was killed"
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert (bank.folder / ".kehu/erasing.json").exists()


def _customers_of_several_systems(bank: Checkout, learned_from: bool = False) -> list[str]:
    """Scored customers, those of most systems first. learned_from: by the served churn model."""
    rows = open_vault(bank.data / "vault").table("cross_reference").to_pandas()
    rows = rows[rows["known_until"].isna()]
    systems = rows["record"].str.split(":").str[0].groupby(rows["customer_id"]).nunique()
    scored = systems[systems.index.isin(bank.scores()["customer_id"])]
    if learned_from:
        scored = scored[scored.index.isin(_taught(bank))]
    return [str(name) for name in scored.sort_values(kind="stable").index[::-1]]


def _taught(bank: Checkout) -> set[str]:
    """The customers with a row in the development window of the served churn model who were not
    held out, told from its card."""
    split = read_json(bank.release / "churn/card.json")["training"]["split"]
    labels = pd.read_parquet(bank.data / "labels/churn.parquet")
    out = held_out(labels["arrival"], split["test_share"], split["seed"])
    early = labels["as_of"] <= pd.Timestamp(split["last_development"])
    return set(labels.loc[early & ~out, "customer_id"])


def _identifiers_of(bank: Checkout, erased: list[str], customer: str) -> Identifiers:
    """Everything that names this person and nobody who stays."""
    vault = open_vault(bank.data / "vault")
    rows = vault.table("identities").to_pandas()
    own = rows["customer_id"] == customer
    rows = rows[own | ~rows["customer_id"].isin(erased)]
    own = rows["customer_id"] == customer
    person = Identifiers(numbers={customer})
    for kind in DETAILS:
        for value in set(rows.loc[own, kind].dropna()) - set(rows.loc[~own, kind].dropna()):
            person.add(kind, value)
    records = vault.rows("cross_reference", "customer_id", [customer])["record"].to_pylist()
    for record in records:
        person.add("record", record.partition(":")[2])
    path = bank.data / "ledger/transactions.parquet"
    moves = pq.read_table(path, filters=[("customer_id", "=", customer)])
    accounts = vault.rows("accounts", "account_id", set(moves["account_id"].to_pylist()) - {None})
    for column in ("account", "account_id"):
        for value in accounts[column].to_pylist():
            person.add("account", value)
    # part of an address or of a name is another's as well
    others = Identifiers()
    for kind in ("name", "address"):
        for value in rows.loc[~own, kind].dropna():
            others.add(kind, value)
    person.han -= others.han
    person.latin -= others.latin
    return person


def _customers(bank: Checkout) -> set[str]:
    table = pd.read_parquet(bank.data / "ledger/customers.parquet", columns=["customer_id"])
    return set(table["customer_id"])


@pytest.mark.slow
def test_a_killed_erasure_is_finished_by_the_same_command(erased: dict[str, Any]) -> None:
    done = erased["done"]
    assert "finishing the erasure" in done.stderr
    assert "Nothing found of the 2 customers in " in done.stdout
    assert "Not reached by this command" in done.stdout
    assert not (erased["bank"].folder / ".kehu/erasing.json").exists()


@pytest.mark.slow
def test_nothing_that_identifies_the_erased_is_left_in_any_file(erased: dict[str, Any]) -> None:
    bank = erased["bank"]
    assert "features.parquet" in erased["in the bundle"]
    for person in erased["people"]:
        assert len(person.numbers) >= 4
        assert person.han | person.latin
        found = {
            path.relative_to(bank.folder).as_posix(): sorted(identifiers)
            for path in files_of(bank)
            if (identifiers := person.within_file(path))
        }
        assert found == {}


@pytest.mark.slow
def test_the_champions_serve_on_though_the_candidate_without_the_erased_differs(
    erased: dict[str, Any],
) -> None:
    bank = erased["bank"]
    assert bank.release.name != erased["release"].name
    assert not erased["release"].exists()
    releases = (path for path in (bank.data / "releases").iterdir() if path.is_dir())
    assert [path.name for path in releases] == [bank.release.name]
    assert _manifest(bank)["tasks"] == erased["tasks"]
    assert _pointer(bank)["since"] == erased["since"]
    assert (bank.data / "promotions.jsonl").read_bytes() == erased["log"]
    candidate = read_json(bank.data / "candidate/release/manifest.json")["tasks"]
    assert candidate.keys() == erased["tasks"].keys()
    for task, entry in erased["tasks"].items():
        assert candidate[task]["version"] != entry["version"]
        with contextlib.chdir(bank.folder), open_registry() as registry:
            champion = registry.champion(model_name("simulated", task))
        assert champion is not None
        assert champion.bundle == entry["version"]


@pytest.mark.slow
def test_the_models_that_learned_from_the_erased_are_named_with_the_date_of_retraining(
    erased: dict[str, Any],
) -> None:
    (path,) = (erased["bank"].data / "erasures").iterdir()
    proof = read_json(path)
    learned = {model["task"]: model for model in proof["models"] if model["served"]}
    churn = learned["churn"]
    assert churn["version"] == erased["tasks"]["churn"]["version"]
    assert (churn["customers"], churn["sure"]) == (2, True)
    days = date.fromisoformat(proof["retrain_by"]) - date.fromisoformat(proof["begun"][:10])
    assert days.days == 30
    assert f"- the model churn {churn['version']} (served" in erased["done"].stdout
    assert proof["release_before"] == erased["release"].name
    assert proof["release"] == erased["bank"].release.name
    listed = read_json(erased["bank"].folder / LIST)["customers"]
    assert len(proof["customers"]) == 2
    assert set(proof["customers"]) <= set(listed)


@pytest.mark.slow
def test_what_the_user_keeps_in_dvcs_cache_for_an_earlier_commit_stays(
    erased: dict[str, Any],
) -> None:
    bank = erased["bank"]
    bank.run("git", "checkout", "-q", "HEAD~1", "--", "history.csv.dvc")
    bank.run("dvc", "checkout", "history.csv.dvc")
    assert (bank.folder / "history.csv").read_text() == "first\n"


@pytest.mark.slow
def test_who_looked_at_the_erased_and_who_erased_stays_known(erased: dict[str, Any]) -> None:
    bank, customer = erased["bank"], erased["erased"][0]
    looks = bank.run("kehu", "privacy", "accesses", "--customer", given=customer).stdout
    assert [look.split("  ")[2] for look in looks.splitlines()] == ["find", "erase"]


@pytest.mark.slow
def test_all_others_stay(erased: dict[str, Any]) -> None:
    bank, gone = erased["bank"], set(erased["erased"])
    assert _customers(bank) == erased["customers"] - gone
    assert set(bank.scores()["customer_id"]) == set(erased["scores"]["customer_id"]) - gone


@pytest.mark.slow
def test_every_row_is_accounted_for_without_the_erased(erased: dict[str, Any]) -> None:
    assert stages_that_ran(erased["bank"].run("dvc", "repro").stdout) == set()


@pytest.mark.slow
def test_erasing_again_changes_nothing_and_says_so(erased: dict[str, Any]) -> None:
    bank, customer = erased["bank"], erased["erased"][1]
    listed = (bank.folder / LIST).read_bytes()
    again = bank.run(*ERASE, given=customer, timeout=PATIENCE)
    assert "on the list of erased customers already" in again.stderr
    assert (bank.folder / LIST).read_bytes() == listed
    assert bank.run("git", "status", "--porcelain", LIST).stdout == f"?? {LIST}\n"


def test_without_an_answer_nothing_is_erased(small_bank: Checkout) -> None:
    customers = _customers_of_several_systems(small_bank)[:2]
    asked = small_bank.run("kehu", "erase", check=False, given="\n".join(customers))
    assert asked.returncode == 1
    assert "nobody answered" in asked.stderr
    assert "rows of the raw files" in asked.stderr
    assert not (small_bank.folder / LIST).exists()
    assert not (small_bank.folder / ".kehu/erasing.json").exists()


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [("\n", 2, "found none; expected them"), ("crm:C9999999\n", 1, "found nobody; expected")],
)
def test_a_wrong_customer_is_one_plain_error(
    small_bank: Checkout, given: str, status: int, said: str
) -> None:
    done = small_bank.run(*ERASE, check=False, given=given)
    assert done.returncode == status
    assert said in done.stderr
    assert "Traceback" not in done.stderr
