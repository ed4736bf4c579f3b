"""The simulated bank that the tests of sources share, as delivered and as integrated."""

import shutil
from pathlib import Path

import pytest

from tests.support.bank.small_banks import CONFIGS, delivered_bank
from tests.support.shared_builds import made_once
from tests.support.sources.integration import integrate_into
from tests.support.sources.small_source import Bank


@pytest.fixture
def bank(tmp_path: Path) -> Bank:
    """A small source of the test's own."""
    return Bank(tmp_path)


@pytest.fixture(scope="session")
def small_bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with raw and truth of the small simulated bank, not integrated."""
    return delivered_bank(tmp_path_factory)


@pytest.fixture(scope="session")
def simulated(small_bank: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with raw, truth and ledger of the same bank."""

    def make(folder: Path) -> None:
        for name in ("raw", "truth"):
            shutil.copytree(small_bank / name, folder / name)
        integrate_into(CONFIGS / "simulated.yaml", folder / "raw", folder)

    return made_once(tmp_path_factory, "integrated_bank", make)
