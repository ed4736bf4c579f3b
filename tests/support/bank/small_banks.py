"""Small simulated banks for tests: their parameters, and the one that many tests read."""

from datetime import date
from pathlib import Path

import pytest

from src.bank.write import simulate
from src.core.params.simulation import MessParams, SimulationParams
from src.sources.collect import write_manifest
from tests.support.shared_builds import made_once

CONFIGS = Path("configs/sources")
SMALL = SimulationParams(customers=400, company_share=0.1, start=date(2023, 1, 1), months=18)
# no mistakes and no changes at all: what the systems write is true and in time
TIDY = MessParams(**{name: 0 for name in MessParams.model_fields if name != "late_days"})


def deliver(params: SimulationParams, seed: int, folder: Path) -> None:
    """Simulate a bank into folder/raw and folder/truth, as stage collect does."""
    raw, truth = folder / "raw", folder / "truth"
    raw.mkdir(parents=True)
    truth.mkdir()
    simulate(params, seed, raw, truth)
    write_manifest("simulated", raw, {})


def delivered_bank(factory: pytest.TempPathFactory) -> Path:
    """The folder with raw and truth of the small bank, made once a run. Leave it as it is."""
    return made_once(factory, "delivered_bank", lambda folder: deliver(SMALL, 7, folder))
