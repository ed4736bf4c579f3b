"""Customer records and who they are, in a session: of the simulated bank or made-up people."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from src.core.params import Params
from src.sources.linkage.extracts import read_identities
from src.sources.mapping.mapping import load_mapping
from tests.support.bank.small_banks import CONFIGS, deliver
from tests.support.linkage.population import SCHEMA, population
from tests.support.sources.integration import PARAMS

# what rows tell of records and of accounts, apart; `of` selects the rows that describe a record
SPLIT = """
CREATE OR REPLACE TABLE identity_versions AS SELECT * EXCLUDE account FROM {told} WHERE {of};
CREATE OR REPLACE TABLE identity_accounts AS
    SELECT record, account, min(known_at) AS known_at FROM {told}
    WHERE account IS NOT NULL GROUP BY record, account
"""


def load_bank(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Make identity_versions, identity_accounts, truth(record, person) and
    true_accounts(account, person, ...) of the bank whose extracts stand in folder/raw and whose
    truth in folder/truth."""
    mapping = load_mapping(CONFIGS / "simulated.yaml")
    read_identities(connection, mapping, folder / "raw", PARAMS)
    for table, file in (("truth", "records"), ("true_accounts", "accounts")):
        # a working session opens no files
        connection.register("sealed", pq.read_table(folder / f"truth/{file}.parquet"))
        connection.execute(f"CREATE TABLE {table} AS FROM sealed")
        connection.unregister("sealed")


def load_default_bank(connection: duckdb.DuckDBPyConnection, params: Params, seed: int) -> None:
    """The same of the bank that params.yaml describes, simulated with a seed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        deliver(params.simulate, seed, folder)
        load_bank(connection, folder)


def load_population(connection: duckdb.DuckDBPyConnection, persons: int, seed: int) -> None:
    """Make identity_versions and truth(record, person) in the session, in batches of rows."""
    reader = pa.RecordBatchReader.from_batches(SCHEMA, _batches(population(persons, seed)))
    connection.register("made_up", reader)
    connection.execute("CREATE OR REPLACE TABLE made_up_versions AS FROM made_up")
    connection.unregister("made_up")
    connection.execute(
        "CREATE OR REPLACE TABLE truth AS SELECT DISTINCT record, person FROM made_up_versions"
    )
    told = "(SELECT * EXCLUDE person FROM made_up_versions)"
    connection.execute(SPLIT.format(told=told, of="true"))
    connection.execute("DROP TABLE made_up_versions")


def _batches(rows: Iterator[dict[str, object]]) -> Iterator[pa.RecordBatch]:
    batch: list[dict[str, object]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == 50_000:
            yield pa.RecordBatch.from_pylist(batch, schema=SCHEMA)
            batch = []
    yield pa.RecordBatch.from_pylist(batch, schema=SCHEMA)
