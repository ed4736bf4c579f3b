"""The simulated bank's customer records, and who they are, in a session."""

import tempfile
from pathlib import Path

import duckdb

from src.core.params import Params
from src.sources.linkage.extracts import read_identities
from src.sources.mapping.mapping import load_mapping
from src.sources.simulate.write import simulate
from tests.sources.conftest import CONFIGS
from tests.sources.integrating import PARAMS


def load_bank(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Make identity_versions, identity_accounts and truth(record, person) of the bank whose
    extracts stand in folder/raw and whose truth in folder/truth."""
    mapping = load_mapping(CONFIGS / "simulated.yaml")
    read_identities(connection, mapping, folder / "raw", PARAMS)
    connection.execute(f"CREATE TABLE truth AS FROM '{folder}/truth/records.parquet'")


def load_default_bank(connection: duckdb.DuckDBPyConnection, params: Params, seed: int) -> None:
    """The same of the bank that params.yaml describes, simulated with a seed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("raw", "truth"):
            (folder / part).mkdir()
        simulate(params.simulate, seed, folder / "raw", folder / "truth")
        load_bank(connection, folder)
