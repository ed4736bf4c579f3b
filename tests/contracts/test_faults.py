"""What happens when a delivery is damaged, a process is killed, a disk is full: a clear message,
the old outputs as they were, and a next run that recovers."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from src.core.files import digest
from tests.contracts.checkout import Checkout, environment

KEPT = ("raw", "ledger", "vault")
INTEGRATE = ("python", "-m", "src.pipeline.integrate")


@pytest.fixture(scope="module")
def bank(copied_bank: Checkout) -> Checkout:
    """The small bank with its original deliveries, ledger and vault kept aside."""
    for name in KEPT:
        shutil.copytree(copied_bank.folder / "data" / name, copied_bank.folder / "kept" / name)
    return copied_bank


@pytest.fixture
def raw(bank: Checkout) -> Iterator[Path]:
    """The deliveries, for a test to damage; afterwards all is as it was."""
    yield bank.folder / "data/raw"
    for name in KEPT:
        shutil.rmtree(bank.folder / "data" / name)
        shutil.copytree(bank.folder / "kept" / name, bank.folder / "data" / name)


def last(raw: Path, pattern: str) -> Path:
    """The newest delivery of a file."""
    return sorted(raw.glob(pattern))[-1]


def outputs(bank: Checkout, *names: str) -> dict[str, str]:
    """Digest of every file of some outputs, those written aside included."""
    data = bank.folder / "data"
    folders = [path for path in data.iterdir() if any(name in path.name for name in names)]
    files = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path.relative_to(data)): digest(path) for path in files}


def refused(bank: Checkout, *command: str) -> str:
    """Hold that a command fails with one line and leaves ledger and vault as they were."""
    before = outputs(bank, "ledger", "vault")
    done = bank.run(*(command or INTEGRATE), check=False)
    assert done.returncode != 0, done.stdout
    assert "Traceback" not in done.stderr, done.stderr
    assert outputs(bank, "ledger", "vault") == before
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    return line


def accepted(bank: Checkout) -> dict:
    """Integrate, and give the account of it."""
    bank.run(*INTEGRATE)
    return json.loads((bank.folder / "data/ledger/integration.json").read_text("utf-8"))


@pytest.mark.slow
def test_a_parquet_delivery_cut_short_is_refused_and_delivered_anew_it_is_read(bank, raw):
    before = outputs(bank, "ledger")
    path = last(raw, "core/transactions_*.parquet")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    line = refused(bank)
    assert path.name in line
    assert "fetch the file anew" in line
    path.write_bytes(whole)
    accepted(bank)
    assert outputs(bank, "ledger") == before


def test_a_text_delivery_cut_in_a_line_loses_only_that_line_and_falls_short_of_its_control(
    bank, raw
):
    path = last(raw, "brokerage/trades_*.csv")
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * 0.6)].rstrip(b"\n")[:-9])
    account = accepted(bank)
    name = path.relative_to(raw).as_posix()
    entries = [entry for entry in account["rows"] if entry["file"] == name]
    assert [e["rejected"] for e in entries if e["rejected"]] == [{"truncated_line": 1}]
    (file,) = [f for f in account["files"] if f["file"] == name]
    assert sum(e["rows_out"] for e in entries) + 1 == file["rows"] < file["expected_rows"]


def test_a_delivery_short_of_its_control_stops_the_pipeline_at_the_gate(bank, raw):
    kept = outputs(bank, "features", "bundle", "scores")
    path = last(raw, "core/transactions_*.parquet")
    table = pq.read_table(path)
    pq.write_table(table.slice(0, len(table) // 2), path)
    accepted(bank)
    bank.run("python", "-m", "src.pipeline.quality")
    done = bank.run("python", "-m", "src.pipeline.gate", check=False)
    assert done.returncode == 1
    assert path.name in done.stderr
    assert "max_missing_control_share" in done.stderr
    assert outputs(bank, "features", "bundle", "scores") == kept
    assert "max_missing_control_share" in (
        bank.folder / "data/reports/data_quality.html"
    ).read_text("utf-8")


def test_a_changed_header_is_refused_by_the_name_that_is_nearest(bank, raw):
    path = last(raw, "brokerage/trades_*.csv")
    path.write_bytes(path.read_bytes().replace(b"gross_amount", b"gross_amout", 1))
    line = refused(bank)
    assert path.name in line
    assert "'gross_amount' is missing" in line
    assert "'gross_amout'" in line


def test_a_column_of_another_type_is_refused_with_its_first_line(bank, raw):
    path = last(raw, "core/transactions_*.parquet")
    table = pq.read_table(path)
    place = table.schema.get_field_index("amount_fen")
    texts = pc.binary_join_element_wise(table["amount_fen"].cast(pa.string()), "yuan", " ")
    pq.write_table(table.set_column(place, "amount_fen", texts), path)
    line = refused(bank)
    assert path.name in line
    assert "'amount_fen'" in line


def test_text_in_a_column_of_dates_is_refused_with_its_first_line(bank, raw):
    path = last(raw, "brokerage/trades_*.csv")
    frame = pd.read_csv(path, sep=";", dtype=str)
    frame.assign(trade_date="soon").to_csv(path, sep=";", index=False)
    line = refused(bank)
    assert f"{path.name}:2" in line
    assert "'trade_date'" in line
    assert "soon" in line


def test_a_delivery_that_arrives_twice_changes_no_row_of_the_ledger(bank, raw):
    before = outputs(bank, "ledger")
    path = last(raw, "core/transactions_*.parquet")
    rows = pq.read_metadata(path).num_rows
    again = path.with_name(path.name.replace("20241001", "20241002"))
    assert again != path
    shutil.copy(path, again)
    account = accepted(bank)
    (entry,) = [e for e in account["rows"] if e["file"].endswith(again.name)]
    assert entry["rows_in"] == rows
    assert entry["rows_out"] == 0
    after = outputs(bank, "ledger")
    assert after["ledger/transactions.parquet"] == before["ledger/transactions.parquet"]


def test_a_delivery_with_a_header_alone_counts_no_rows(bank, raw):
    path = last(raw, "brokerage/trades_*.csv")
    path.write_bytes(path.read_bytes().split(b"\n")[0] + b"\n")
    account = accepted(bank)
    (file,) = [f for f in account["files"] if f["file"].endswith(path.name)]
    assert file["rows"] == 0
    assert file["expected_rows"] > 0


def test_a_delivery_of_no_bytes_is_refused(bank, raw):
    path = last(raw, "market/prices_*.csv")
    path.write_bytes(b"")
    line = refused(bank)
    assert path.name in line
    assert "empty" in line


def test_a_missing_system_is_refused_by_name(bank, raw):
    shutil.rmtree(raw / "brokerage")
    line = refused(bank)
    assert "brokerage/" in line


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param("reading", marks=pytest.mark.slow),
        "converting",
        pytest.param("written", marks=pytest.mark.slow),
    ],
)
def test_integration_killed_in_the_middle_leaves_the_old_ledger_and_the_next_run_recovers(
    bank, raw, seen
):
    before = outputs(bank, "ledger", "vault")
    process = subprocess.Popen(
        [sys.executable, *INTEGRATE[1:]],
        cwd=bank.folder,
        env=environment() | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    for line in process.stdout:
        if seen in line and "transactions" in line:
            break
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=30)
    kept = {name: d for name, d in outputs(bank, "ledger", "vault").items() if ".part" not in name}
    assert kept == before
    accepted(bank)
    assert outputs(bank, "ledger", "vault") == before


@pytest.mark.slow
def test_a_full_disk_stops_integration_with_one_line_and_room_lets_it_go_on(bank, raw, tmp_path):
    """On a real small disk: a tmpfs in a mount namespace of its own."""
    small_disk = ["unshare", "--mount", "--map-root-user", "bash", "-euc"]
    probe = subprocess.run(
        [*small_disk, f"mount -t tmpfs -o size=1m none {tmp_path}"],
        check=False,
        capture_output=True,
    )
    if probe.returncode:
        pytest.skip(f"no mount namespace here: {probe.stderr.decode().strip()}")
    script = f"""
        cp -a data {tmp_path}/kept
        size=$(du -sk data/raw data/ledger data/vault | awk '{{s += $1}} END {{print s + 300}}')
        mount -t tmpfs -o size=${{size}}k none data
        for part in raw ledger vault; do cp -a {tmp_path}/kept/$part data/$part; done
        cp {tmp_path}/kept/checked.json data/
        if {sys.executable} -m src.pipeline.integrate 2> {tmp_path}/error; then exit 7; fi
        diff -r data/ledger {tmp_path}/kept/ledger
        diff -r data/vault {tmp_path}/kept/vault
        mount -o remount,size=$((size * 3))k data
        {sys.executable} -m src.pipeline.integrate
        diff -r data/ledger {tmp_path}/kept/ledger
    """
    done = subprocess.run(
        [*small_disk, script],
        cwd=bank.folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    said = (tmp_path / "error").read_text("utf-8")
    assert done.returncode == 0, done.stdout + done.stderr + said
    assert "Traceback" not in said
    assert "error: " in said
    assert "no space left on the disk" in said


@pytest.mark.slow
def test_a_stage_killed_under_dvc_leaves_its_old_outputs_and_dvc_goes_on_from_there(bank, raw):
    bank.run("dvc", "repro")
    before = outputs(bank, "ledger", "vault", "features", "scores")
    bank.set_params(integrate__threads=1)
    process = subprocess.Popen(
        ["dvc", "repro"],
        cwd=bank.folder,
        env=environment() | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    for line in process.stdout:
        if "balances" in line:
            break
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=30)
    time.sleep(0.5)
    now = outputs(bank, "ledger", "vault", "features", "scores")
    assert {name: d for name, d in now.items() if ".part" not in name} == before
    bank.run("dvc", "repro")
    assert outputs(bank, "ledger", "vault", "features", "scores") == before
