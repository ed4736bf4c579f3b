"""Banks that the contracts share: the small one through the whole pipeline, a tiny one as far as
the ledger."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.project.checkout import Checkout, make_checkout
from tests.support.project.damaged_deliveries import INTEGRATE, TINY, Delivered
from tests.support.shared_builds import made_once


@pytest.fixture(scope="session")
def small_bank(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout in which `kehu run` has run. Tests must leave its outputs as they are."""

    def make(folder: Path) -> None:
        checkout = make_checkout(folder)
        checkout.run("kehu", "run")
        checkout.run("git", "add", "-A")
        checkout.run("git", "commit", "-q", "-m", "Run the pipeline")

    return Checkout(made_once(tmp_path_factory, "small_bank", make))


@pytest.fixture(scope="module")
def copied_bank(small_bank: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A copy of the small bank that a module's tests may change."""
    folder = Path(tmp_path_factory.mktemp("copied_bank"))
    shutil.copytree(small_bank.folder, folder, symlinks=True, dirs_exist_ok=True)
    return Checkout(folder)


@pytest.fixture(scope="session")
def tiny_bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout in which the stages collect and integrate have run at the smallest size."""

    def make(folder: Path) -> None:
        checkout = make_checkout(folder)
        checkout.set_params(**TINY)
        checkout.stage("collect")
        checkout.run(*INTEGRATE)

    return made_once(tmp_path_factory, "tiny_bank", make)


@pytest.fixture(scope="module")
def delivered(tiny_bank: Path, tmp_path_factory: pytest.TempPathFactory) -> Delivered:
    """A copy of the tiny bank whose deliveries a module's tests may damage."""
    folder = Path(tmp_path_factory.mktemp("delivered"))
    shutil.copytree(tiny_bank, folder, symlinks=True, dirs_exist_ok=True)
    return Delivered(folder, kept=tiny_bank)


@pytest.fixture
def raw(delivered: Delivered) -> Iterator[Path]:
    """The deliveries, for a test to damage; afterwards all is as it was."""
    yield delivered.data / "raw"
    delivered.restore()
