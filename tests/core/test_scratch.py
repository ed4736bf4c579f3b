"""Temporary folders stand in the project, are their owner's alone, and outlive no process."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from src.core.scratch import SCRATCH, folders, in_use, lasting_scratch, scratch_folder, sweep

ROOT = Path(__file__).resolve().parents[2]
HOLDING = (
    "from src.core.scratch import scratch_folder\n"
    "with scratch_folder('names') as folder:\n"
    "    (folder / 'list.csv').write_text('a person')\n"
    "    print(folder, flush=True)\n"
    "    input()\n"
)


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def start(program):
    """Another process here that runs `program`; the first line that it prints."""
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    return process, Path(process.stdout.readline().strip())


def killed(process):
    process.send_signal(signal.SIGKILL)
    process.wait()


def test_a_folder_is_its_owners_alone_and_carries_purpose_and_process():
    with scratch_folder("read") as folder:
        assert folder.parent == SCRATCH.resolve()
        assert folder.name.startswith(f"read.{os.getpid()}.")
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE(SCRATCH.stat().st_mode) == 0o700
        assert in_use(folder) and folders() == [SCRATCH / folder.name]
    assert not folder.exists() and folders() == []


def test_it_goes_when_its_block_fails():
    with pytest.raises(OSError, match="disk"), scratch_folder("read") as folder:
        (folder / "half").write_text("x", encoding="utf-8")
        raise OSError("disk")
    assert not folder.exists()


def test_what_a_killed_process_left_goes_when_the_next_folder_is_opened_and_the_living_stay():
    dead, left = start(HOLDING)
    alive, kept = start(HOLDING)
    try:
        assert (left / "list.csv").read_text("utf-8") == "a person"
        killed(dead)
        with scratch_folder("other"):
            assert not left.exists()
            assert (kept / "list.csv").exists()
    finally:
        alive.communicate("\n")
    assert not kept.exists() and folders() == []


def test_what_an_earlier_process_of_this_number_left_goes_too():
    """In a container the processes count from 1 again."""
    left = SCRATCH / f"session.{os.getpid()}.abc"
    left.mkdir(parents=True)
    assert sweep() == [left]
    assert not left.exists()


def test_a_lasting_folder_goes_with_its_process():
    program = (
        "from src.core.scratch import lasting_scratch\nprint(lasting_scratch('x'), flush=True)"
    )
    process, folder = start(program)
    process.communicate()
    assert folder.parent == SCRATCH.resolve() and not folder.exists()


def test_a_folder_elsewhere_is_swept_of_its_own_purpose_alone(tmp_path):
    shared = tmp_path / "shared"
    (shared / "kehu-spark-here.999999999.a").mkdir(parents=True)
    (shared / "kehu-spark-there.999999999.a").mkdir()
    (shared / "numbers.999999999.parquet").mkdir()
    lasting_scratch("kehu-spark-here", shared)
    left = sorted(path.name.split(".")[0] for path in shared.iterdir())
    assert left == ["kehu-spark-here", "kehu-spark-there", "numbers"]
    assert not (shared / "kehu-spark-here.999999999.a").exists()
