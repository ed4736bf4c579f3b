from datetime import date
from pathlib import Path

import duckdb
import pytest

from src.core.simulation_params import SimulationParams
from src.sources.collect import collect
from src.sources.simulate.write import simulate
from tests.sources.integrating import integrate_into

CONFIGS = Path("configs/sources")
SMALL = SimulationParams(customers=400, company_share=0.1, start=date(2023, 1, 1), months=18)


@pytest.fixture(scope="session")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with raw, truth and ledger of a small simulated bank."""
    folder = tmp_path_factory.mktemp("simulated")
    collect("simulated", SMALL, 7, CONFIGS, folder / "in", folder / "raw", folder / "truth")
    integrate_into(CONFIGS / "simulated.yaml", folder / "raw", folder)
    return folder


@pytest.fixture
def query(simulated: Path):
    """Run SQL over the ledger's tables and truth_customers, truth_months."""
    connection = duckdb.connect()
    for path in (simulated / "ledger").glob("*.parquet"):
        connection.execute(f"CREATE VIEW {path.stem} AS FROM '{path}'")
    for path in (simulated / "truth").glob("*.parquet"):
        connection.execute(f"CREATE VIEW truth_{path.stem} AS FROM '{path}'")
    yield lambda sql: connection.execute(sql).fetchall()
    connection.close()


@pytest.fixture(scope="session")
def small_bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with raw and truth of the small simulated bank, not integrated."""
    folder = tmp_path_factory.mktemp("small_bank")
    for name in ("raw", "truth"):
        (folder / name).mkdir()
    simulate(SMALL, 7, folder / "raw", folder / "truth")
    return folder
