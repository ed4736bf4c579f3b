"""Staged rows into the ledger's Parquet files: in the order in which they became known, checked at
the border, each with the files and lines that it came from."""

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from src.core.schemas import LEDGER
from src.sources.identity.private import PSEUDONYMS
from src.sources.identity.spans import known_columns, spans_from
from src.sources.ledger.border import check_batch
from src.sources.ledger.lookups import Lookup, distinct_lookup, pseudonym_lookup, spelled
from src.sources.ledger.single_versions import SingleVersions
from src.sources.staging.session import identifier, identifiers, joined_as_written
from src.sources.staging.work import Work

BATCH_ROWS = 250_000
_LINEAGE = pa.schema([("row", pa.int64()), ("file", pa.string()), ("line", pa.int64())])


def write_table(work: Work, table: str, folder: Path) -> int:
    """Write <table>.parquet and lineage/<table>.parquet into `folder`; returns the ledger's rows.

    Rows stand in the order of known_at, then entry and row, of customers those that first told of
    them: row groups are slices of time, and no order depends on the key of the pseudonyms.
    Raises LedgerError for a row that breaks the schema or a version that stands twice.
    """
    path, lineage = folder / f"{table}.parquet", folder / "lineage" / f"{table}.parquet"
    lineage.parent.mkdir(exist_ok=True)
    if table == "customers":
        rows = _write_golden(work, path, lineage)
    else:
        rows = _write_rows(work, table, path, lineage)
    return rows


def _write_rows(work: Work, table: str, path: Path, lineage: Path) -> int:
    """Batches are checked and written by a second thread while the session sorts the next."""
    rows, schema, lookups = 0, LEDGER[table].arrow, _lookups(work, table)
    versions = SingleVersions(table)
    with (
        pq.ParquetWriter(path, schema, compression="zstd") as out,
        pq.ParquetWriter(lineage, _LINEAGE, compression="zstd") as origins,
        ThreadPoolExecutor(max_workers=1) as writer,
    ):

        def write(batch: pa.Table, first: int) -> None:
            batch = spelled(batch, lookups)
            out.write_table(check_batch(table, batch.select(schema.names)))
            versions.watch(batch, batch["_hash"])
            numbers = pa.array(np.arange(first, first + len(batch), dtype=np.int64))
            origin = pa.table([numbers, batch["_file"], batch["_line"]], schema=_LINEAGE)
            origins.write_table(origin.filter(origin["file"].is_valid()))

        under_way: Future[None] | None = None
        for batch in _batches(work, _rows_sql(table, lookups)):
            if under_way:
                under_way.result()
            under_way = writer.submit(write, batch, rows)
            rows += len(batch)
        if under_way:
            under_way.result()
    return rows


def _lookups(work: Work, table: str) -> dict[str, Lookup]:
    """Of the columns that stand for something else, or repeat a few long texts."""
    found = {
        name: pseudonym_lookup(work, values)
        for name, (_, values) in PSEUDONYMS.items()
        if name in LEDGER[table].arrow.names
    }
    repeated = {n: distinct_lookup(work, f"stage_{table}", n) for n in ("source", "_file")}
    return found | repeated


def _rows_sql(table: str, lookups: Mapping[str, Lookup]) -> str:
    """SELECT of the ledger's columns, _file, _line and _hash (of the key) of all versions, in
    their order; of the columns of `lookups` the numbers."""
    known_at, known_until = known_columns(table)
    own = {"known_at": known_at, "known_until": known_until, "customer_id": "m.customer"}
    names = (*LEDGER[table].arrow.names, "_file", "_line")
    values = {name: own.get(name, f"s.{identifier(name)}") for name in names}
    key = ", ".join(values[name] for name in LEDGER[table].version_key)
    joins, columns = "", [f"hash({key}) AS _hash"]
    for name, value in values.items():
        if name in lookups:
            joins += lookups[name].join(value)
            value = lookups[name].number
        columns.append(f"{value} AS {identifier(name)}")
    start, where = spans_from(table).split(" WHERE ", 1)
    return (
        f"SELECT {', '.join(columns)} {start}{joins} WHERE {where} "
        f"ORDER BY {known_at}, s._entry, s._row"
    )


def _write_golden(work: Work, path: Path, lineage: Path) -> int:
    schema = LEDGER["customers"].arrow
    names, values = identifiers(schema.names), PSEUDONYMS["customer_id"][1]
    work.connection.execute(
        "CREATE TABLE golden_rows AS SELECT row_number() OVER (ORDER BY known_at, first, "
        f"customer_id) - 1 AS row, {values}.pseudonym, golden.* FROM golden "
        f"JOIN {values} ON golden.customer_id = {values}.value "
        "JOIN (SELECT _customer, min(_id) AS first FROM golden_parts GROUP BY _customer) "
        "ON golden.customer_id = _customer"
    )
    rows, versions = 0, SingleVersions("customers")
    with pq.ParquetWriter(path, schema, compression="zstd") as out:
        query = (
            f"SELECT {names}, hash(customer_id, known_at) AS _hash FROM "
            "(SELECT * REPLACE (pseudonym AS customer_id) FROM golden_rows) ORDER BY row"
        )
        for batch in _batches(work, query):
            out.write_table(check_batch("customers", batch.select(schema.names)))
            versions.watch(batch, batch["_hash"])
            rows += len(batch)
    with pq.ParquetWriter(lineage, _LINEAGE, compression="zstd") as origins:
        query = (
            "SELECT row, _file AS file, _line AS line FROM golden_rows AS g JOIN golden_parts AS p "
            "ON g.customer_id = p._customer AND (g.known_until IS NULL OR p._from < g.known_until) "
            "AND (p._until IS NULL OR p._until > g.known_at) ORDER BY row, file, line"
        )
        for batch in _batches(work, query):
            origins.write_table(batch.cast(_LINEAGE))
    return rows


def _batches(work: Work, query: str) -> Iterator[pa.Table]:
    with joined_as_written(work.connection):
        for batch in work.connection.sql(query).to_arrow_reader(BATCH_ROWS):
            yield pa.Table.from_batches([batch])
