"""The small bank, run once through the whole pipeline and shared by the contracts."""

import shutil
from pathlib import Path

import pytest
from filelock import FileLock

from tests.contracts.checkout import Checkout, make_checkout


@pytest.fixture(scope="session")
def small_bank(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Checkout:
    """A checkout in which `dvc repro` has run. Tests must leave its outputs as they are.

    The workers of one test run share it: the first one makes it, the others wait.
    """
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "small_bank"
    with FileLock(f"{folder}.lock"):
        if not (folder.parent / "small_bank.done").exists():
            folder.mkdir()
            checkout = make_checkout(folder)
            checkout.run("dvc", "repro")
            checkout.run("git", "add", "-A")
            checkout.run("git", "commit", "-q", "-m", "Run the pipeline")
            (folder.parent / "small_bank.done").touch()
    return Checkout(folder)


@pytest.fixture(scope="module")
def copied_bank(small_bank: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A copy of the small bank that a module's tests may change."""
    folder = Path(tmp_path_factory.mktemp("copied_bank"))
    shutil.copytree(small_bank.folder, folder, symlinks=True, dirs_exist_ok=True)
    return Checkout(folder)


@pytest.fixture(scope="module")
def second_bank(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """Another run from the same commit and seed. A module's tests may change its parameters."""
    checkout = make_checkout(Path(tmp_path_factory.mktemp("second_bank")))
    checkout.run("dvc", "repro")
    return checkout
