"""What happens when a process is killed or the disk is full: the old outputs as they were, and a
next run that recovers."""

import subprocess
import sys

import pytest

from tests.support.project.checkout import environment
from tests.support.project.damaged_deliveries import INTEGRATE, outputs, whole


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param("reading", marks=pytest.mark.slow),
        "converting",
        pytest.param("written", marks=pytest.mark.slow),
    ],
)
def test_integration_killed_in_the_middle_leaves_the_old_ledger_and_the_next_run_recovers(
    delivered, raw, seen
):
    before = outputs(delivered, "ledger", "vault")
    delivered.killed(*INTEGRATE, when=lambda line: seen in line and "transactions" in line)
    assert whole(outputs(delivered, "ledger", "vault")) == before
    delivered.accepted()
    assert outputs(delivered, "ledger", "vault") == before


@pytest.mark.slow
def test_a_full_disk_stops_integration_with_one_line_and_room_lets_it_go_on(
    delivered, raw, tmp_path
):
    """On a real small disk: a tmpfs in a mount namespace of its own."""
    small_disk = ["unshare", "--mount", "--map-root-user", "bash", "-euc"]
    probe = subprocess.run(
        [*small_disk, f"mount -t tmpfs -o size=1m none {tmp_path}"],
        check=False,
        capture_output=True,
    )
    if probe.returncode:
        pytest.skip(f"no mount namespace here: {probe.stderr.decode().strip()}")
    integrate = " ".join((sys.executable, *INTEGRATE[1:]))
    script = f"""
        cp -a data/simulated {tmp_path}/kept
        cd data/simulated
        size=$(du -sk raw ledger vault | awk '{{s += $1}} END {{print s + 300}}')
        cd ../..
        mount -t tmpfs -o size=${{size}}k none data/simulated
        for part in raw ledger vault; do cp -a {tmp_path}/kept/$part data/simulated/$part; done
        if {integrate} 2> {tmp_path}/error; then exit 7; fi
        diff -r data/simulated/ledger {tmp_path}/kept/ledger
        diff -r data/simulated/vault {tmp_path}/kept/vault
        mount -o remount,size=$((size * 3))k data/simulated
        {integrate}
        diff -r data/simulated/ledger {tmp_path}/kept/ledger
    """
    done = subprocess.run(
        [*small_disk, script],
        cwd=delivered.folder,
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
def test_a_stage_killed_under_dvc_leaves_its_old_outputs_and_dvc_goes_on_from_there(copied_bank):
    made = ("ledger", "vault", "features", "candidate", "releases", "served.json")
    before = outputs(copied_bank, *made)
    copied_bank.set_params(integrate__threads=2)
    copied_bank.killed("dvc", "repro", when=lambda line: "balances" in line)
    assert whole(outputs(copied_bank, *made)) == before
    copied_bank.run("dvc", "repro")
    assert outputs(copied_bank, *made) == before
