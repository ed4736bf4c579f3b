"""From the raw extracts of one source to the ledger, with every row accounted for."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from src.core.errors import SourceError
from src.core.files import replacing_folder, write_json, write_parquet
from src.core.progress import say, step
from src.core.schemas import LEDGER
from src.sources.base_rate import account_of_base_rate, add_base_rate
from src.sources.border import check_batch
from src.sources.mapping import Entry, SourceMapping
from src.sources.read import read_file
from src.sources.session import first_row, identifier, literal, work_session
from src.sources.stage import Work, stage_table

STAGE = "integrate"
BATCH_ROWS = 250_000
_QUARANTINE = pa.schema(
    [("file", pa.string()), ("line", pa.int64()), ("rule", pa.string()), ("row", pa.string())]
)


def integrate(mapping: SourceMapping, raw: Path, ledger: Path) -> None:
    """Read the extracts in `raw` as `mapping` declares and write the ledger folder as a whole:
    all nine tables, quarantine.parquet and integration.json. fx_rates gets one row of no file: the
    base currency at the rate 1, listed under `added`.

    Raises SourceError (a file, column or value is not as declared) or LedgerError; the old folder
    stays as it was.
    """
    with work_session() as connection, replacing_folder(ledger) as aside:
        work = Work(connection, mapping, raw)
        rows = {}
        for name, file in mapping.files.items():
            with step(STAGE, f"{file.path}: reading and checking"):
                rows[name] = read_file(connection, mapping, name, raw)
        for table in LEDGER:
            with step(STAGE, f"{table}: converting"):
                stage_table(work, table)
            if table == "fx_rates":
                add_base_rate(work)
        for table in LEDGER:
            _write_table(work, table, aside / f"{table}.parquet")
        write_parquet(aside / "quarantine.parquet", _quarantine(work))
        write_json(aside / "integration.json", _account(work, rows))


def _write_table(work: Work, table: str, path: Path) -> None:
    """Write the kept rows in the order of their files, each batch checked at the border."""
    schema = LEDGER[table]
    columns = ", ".join(identifier(c.name) for c in schema.columns)
    kept = work.connection.sql(
        f"SELECT {columns} FROM stage_{table} WHERE _rule IS NULL ORDER BY _entry, _line"
    )
    rows = 0
    with pq.ParquetWriter(path, schema.arrow, compression="zstd") as writer:
        for batch in kept.to_arrow_reader(BATCH_ROWS):
            checked = check_batch(table, pa.Table.from_batches([batch]))
            writer.write_table(checked)
            rows += len(checked)
    say(STAGE, f"{table}: {rows:,} rows written")


def _quarantine(work: Work) -> pa.Table:
    """Rejected rows: file, line, rule, and the raw row as JSON."""
    parts = [_QUARANTINE.empty_table()]
    for table, number, entry in work.entries():
        if entry.file is None:
            continue
        file = literal(work.mapping.files[entry.file].path)
        rejected = (
            f"SELECT _line, _rule FROM stage_{table} WHERE _entry = {number} AND _rule IS NOT NULL"
        )
        found = work.connection.sql(
            f"SELECT {file} AS file, s._line AS line, s._rule AS rule, "
            f"CAST(to_json(m) AS VARCHAR) AS row FROM ({rejected}) AS s "
            f"JOIN {identifier(entry.file)} AS m USING (_line) ORDER BY line"
        )
        parts.append(found.to_arrow_table().cast(_QUARANTINE))
    return pa.concat_tables(parts)


def _account(work: Work, file_rows: dict[str, int]) -> dict[str, Any]:
    """The content of integration.json."""
    mapping = work.mapping
    return {
        "source": mapping.name,
        "base_currency": mapping.base_currency,
        "files": [
            {"file": mapping.files[name].path, "rows": count} for name, count in file_rows.items()
        ],
        "rows": [_entry_account(work, *entry) for entry in work.entries()],
        "added": account_of_base_rate(work),
        "supports": dict.fromkeys(mapping.supports, True),
        "unsupported": dict(mapping.unsupported),
        "data_end": _data_end(work),
        "ends": mapping.ends,
    }


def _entry_account(work: Work, table: str, number: int, entry: Entry) -> dict[str, Any]:
    """Rows in = rows out + rejected of one entry. Raises SourceError if that is not so."""
    counts = work.connection.execute(
        f"SELECT _rule, count(*) FROM stage_{table} WHERE _entry = {number} GROUP BY _rule"
    ).fetchall()
    rejected = {rule: count for rule, count in counts if rule is not None}
    account = {
        "file": work.mapping.files[entry.file].path if entry.file else "mapping",
        "table": table,
        "rows_in": _rows_in(work, entry),
        "rows_out": sum(count for rule, count in counts if rule is None),
        "rejected": rejected,
    }
    if account["rows_in"] != account["rows_out"] + sum(rejected.values()):
        raise SourceError(
            f"configs/sources/{work.mapping.name}.yaml: tables.{table}[{number}]: rows in and out "
            f"differ: {json.dumps(account)}; expected them equal. Check its joins."
        )
    return account


def _rows_in(work: Work, entry: Entry) -> int:
    if entry.file is None:
        return len(entry.rows)
    where = f" WHERE {entry.where}" if entry.where else ""
    row = first_row(work.connection, f"SELECT count(*) FROM {identifier(entry.file)}{where}")
    return int(row[0]) if row else 0


def _data_end(work: Work) -> str | None:
    """The midnight that ends the last day with a movement, or that a statement covers whole; ISO
    8601, None if there is neither."""
    row = first_row(
        work.connection,
        "SELECT date_trunc('day', max(t)) + INTERVAL 1 DAY FROM ("
        "SELECT max(occurred_at) AS t FROM stage_transactions WHERE _rule IS NULL UNION ALL "
        "SELECT max(as_of) - INTERVAL 1 MICROSECOND FROM stage_balances WHERE _rule IS NULL)",
    )
    last: datetime | None = row[0] if row else None
    return None if last is None else last.isoformat()
