"""The small simulated bank that the tests of its deliveries share."""

from pathlib import Path

import pytest

from tests.support.bank.small_banks import delivered_bank


@pytest.fixture(scope="session")
def small_bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with raw and truth of the small simulated bank, not integrated."""
    return delivered_bank(tmp_path_factory)
