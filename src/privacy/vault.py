"""The vault: who stands behind a pseudonym. The only output with direct identifiers.

Folder 0700, files 0600 from their first byte on. Every table is complete, in a fixed order.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from src.core.errors import KehuError
from src.core.files import replacing_folder

FOLDER_MODE, FILE_MODE = 0o700, 0o600
_TIME, _TEXT = pa.timestamp("us"), pa.string()
TABLES: Mapping[str, pa.Schema] = {
    # one row per customer record and version of it, as its system wrote it; system is empty where
    # the source resolves no systems
    "identities": pa.schema(
        [
            ("customer_id", _TEXT),
            ("record", _TEXT),
            ("system", _TEXT),
            ("known_at", _TIME),
            ("name", _TEXT),
            ("phone", _TEXT),
            ("address", _TEXT),
            ("id_number", _TEXT),
            ("email", _TEXT),
        ]
    ),
    # record reference ("crm:C1") -> pseudonym, and when it stood so
    "cross_reference": pa.schema(
        [("record", _TEXT), ("customer_id", _TEXT), ("known_at", _TIME), ("known_until", _TIME)]
    ),
    # why two records are one customer
    "links": pa.schema(
        [
            ("left_record", _TEXT),
            ("right_record", _TEXT),
            ("probability", pa.float64()),
            ("weight", pa.float64()),
            ("evidence", _TEXT),
            ("known_at", _TIME),
        ]
    ),
    # account number -> pseudonym
    "accounts": pa.schema([("account", _TEXT), ("account_id", _TEXT)]),
}
DETAILS = ("name", "phone", "address", "id_number", "email")
_BATCH = 128_000


def write_vault(
    folder: Path, connection: duckdb.DuckDBPyConnection, queries: Mapping[str, str]
) -> None:
    """Write all tables of the vault into `folder`, aside and then renamed.

    queries: table of the vault -> SQL over the session that gives its columns by name; a table
    without a query is empty. Rows are ordered by all columns, so that the same rows give the same
    bytes; memory stays within a batch. Raises KehuError for an unknown table, ValueError if a
    query lacks a column.
    """
    unknown = [name for name in queries if name not in TABLES]
    if unknown:
        raise KehuError(f"{unknown[0]!r} is no table of the vault: {', '.join(TABLES)}.")
    with replacing_folder(folder, FOLDER_MODE) as aside:
        for name, schema in TABLES.items():
            _write(aside / f"{name}.parquet", schema, connection, queries.get(name))


def _write(
    path: Path, schema: pa.Schema, connection: duckdb.DuckDBPyConnection, query: str | None
) -> None:
    path.touch(FILE_MODE)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        if query is None:
            return
        columns = ", ".join(schema.names)
        ordered = connection.sql(f"SELECT {columns} FROM ({query}) ORDER BY {columns}")
        for batch in ordered.to_arrow_reader(_BATCH):
            writer.write_batch(batch.cast(schema))


@dataclass(frozen=True)
class Vault:
    """A vault on disk. `open_vault` checks that it is there and that nobody else can read it."""

    folder: Path

    def table(self, name: str) -> pa.Table:
        """One of TABLES in full."""
        return pq.read_table(self.folder / f"{name}.parquet", schema=TABLES[name])

    def rows(self, name: str, column: str, values: Iterable[str]) -> pa.Table:
        """The rows of a table whose `column` is one of `values`; the others are not kept."""
        return self.where(name, pc.field(column).isin(pa.array(sorted(set(values)), pa.string())))

    def where(self, name: str, condition: pc.Expression) -> pa.Table:
        """The rows of a table for which a condition of Arrow holds."""
        path = self.folder / f"{name}.parquet"
        return pq.read_table(path, schema=TABLES[name], filters=condition)


def open_vault(folder: Path) -> Vault:
    """The vault in `folder`. Raises KehuError if a table is missing or others have access."""
    missing = [name for name in TABLES if not (folder / f"{name}.parquet").is_file()]
    if missing:
        raise KehuError(
            f"{folder}: no table {', '.join(missing)}; expected the vault that integration writes. "
            "Run `dvc repro integrate`."
        )
    mode = folder.stat().st_mode & 0o777
    if mode & 0o077:
        raise KehuError(
            f"{folder}: others than its owner have access (mode {mode:03o}); expected 700. "
            f"Run `chmod -R go= {folder}`, and think of the people in it as known to the others."
        )
    return Vault(folder)
