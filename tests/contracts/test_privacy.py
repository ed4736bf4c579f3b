"""No output but the vault names a person; an erased one is gone from everything."""

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from src.core.files import digest
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
    """A customer of several systems, erased by a command that was killed and given again."""
    bank = copied_bank
    customer = _customer_of_several_systems(bank)
    before = {
        "bank": bank,
        "customer": customer,
        "person": _identifiers_of(bank, customer),
        "customers": _customers(bank),
        "scores": bank.scores(),
    }
    (bank.folder / "data/.ledger.99999999.x.part").write_text(customer)
    artifacts = bank.folder / "mlartifacts"
    (artifacts / "old_list.csv").write_text(f"customer_id\n{customer}\n")
    home = str(bank.folder / ".bentoml")
    bank.run("bentoml", "build", BENTOML_HOME=home)
    before["in the bundle"] = person_in(bank.folder / ".bentoml", before["person"])
    bank.run("kehu", "privacy", "find", given=customer)
    _killed_midway(bank, customer)
    before["done"] = bank.run(*ERASE, given=customer, timeout=PATIENCE, BENTOML_HOME=home)
    return before


def person_in(folder: Path, person: Identifiers) -> list[str]:
    """The files below a folder that name the person."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return [path.name for path in files if person.within_file(path)]


def _killed_midway(bank: Checkout, customer: str) -> None:
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
    process.stdin.write(customer)
    process.stdin.close()
    for _ in range(3_000):
        if vault.is_dir() and vault.stat().st_ino != made:
            break
        assert process.poll() is None, "it ended before it was killed"
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert (bank.folder / ".kehu/erasing.json").exists()


def _customer_of_several_systems(bank: Checkout) -> str:
    rows = open_vault(bank.data / "vault").table("cross_reference").to_pandas()
    rows = rows[rows["known_until"].isna()]
    systems = rows["record"].str.split(":").str[0].groupby(rows["customer_id"]).nunique()
    scored = systems[systems.index.isin(bank.scores()["customer_id"])]
    return str(scored.sort_values(kind="stable").index[-1])


def _identifiers_of(bank: Checkout, customer: str) -> Identifiers:
    """Everything that names this person and nobody else."""
    vault = open_vault(bank.data / "vault")
    rows = vault.table("identities").to_pandas()
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
    assert f"Nothing found of {erased['customer']}." in done.stdout
    assert "Not reached" in done.stdout
    assert not (erased["bank"].folder / ".kehu/erasing.json").exists()


@pytest.mark.slow
def test_nothing_that_identifies_the_erased_is_left_in_any_file(erased: dict[str, Any]) -> None:
    bank, person = erased["bank"], erased["person"]
    assert len(person.numbers) >= 4
    assert person.han | person.latin
    assert "features.parquet" in erased["in the bundle"]
    found = {
        path.relative_to(bank.folder).as_posix(): sorted(identifiers)
        for path in files_of(bank)
        if (identifiers := person.within_file(path))
    }
    assert found == {}


@pytest.mark.slow
def test_who_looked_at_the_erased_and_who_erased_stays_known(erased: dict[str, Any]) -> None:
    bank, customer = erased["bank"], erased["customer"]
    looks = bank.run("kehu", "privacy", "accesses", "--customer", given=customer).stdout
    assert [look.split("  ")[2] for look in looks.splitlines()] == ["find", "erase"]


@pytest.mark.slow
def test_all_others_stay(erased: dict[str, Any]) -> None:
    bank, customer = erased["bank"], erased["customer"]
    assert _customers(bank) == erased["customers"] - {customer}
    assert set(bank.scores()["customer_id"]) == set(erased["scores"]["customer_id"]) - {customer}


@pytest.mark.slow
def test_every_row_is_accounted_for_without_the_erased(erased: dict[str, Any]) -> None:
    assert stages_that_ran(erased["bank"].run("dvc", "repro").stdout) == {"check"}


@pytest.mark.slow
def test_erasing_again_changes_nothing_and_says_so(erased: dict[str, Any]) -> None:
    bank, customer = erased["bank"], erased["customer"]
    listed = (bank.folder / "data/incoming/erased.json").read_bytes()
    again = bank.run(*ERASE, given=customer, timeout=PATIENCE)
    assert "on the list of erased customers already" in again.stdout
    assert (bank.folder / "data/incoming/erased.json").read_bytes() == listed


def test_without_an_answer_nothing_is_erased(small_bank: Checkout) -> None:
    customer = _customer_of_several_systems(small_bank)
    asked = small_bank.run("kehu", "erase", check=False, given=customer)
    assert asked.returncode == 1
    assert "nobody answered" in asked.stderr
    assert "rows of the raw files" in asked.stdout
    assert not (small_bank.folder / "data/incoming/erased.json").exists()


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
