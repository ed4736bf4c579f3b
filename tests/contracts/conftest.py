"""The small bank, run once through the whole pipeline and shared by the contracts."""

from pathlib import Path

import pytest

from tests.contracts.checkout import Checkout, make_checkout


@pytest.fixture(scope="session")
def small_bank(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout in which `dvc repro` has run. Tests must leave its outputs as they are."""
    checkout = make_checkout(Path(tmp_path_factory.mktemp("small_bank")))
    checkout.run("dvc", "repro")
    checkout.run("git", "add", "-A")
    checkout.run("git", "commit", "-q", "-m", "Run the pipeline")
    return checkout


@pytest.fixture(scope="session")
def second_bank(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """Another run from the same commit and seed. Tests may change its parameters."""
    checkout = make_checkout(Path(tmp_path_factory.mktemp("second_bank")))
    checkout.run("dvc", "repro")
    return checkout
