"""What integration found of the mistakes that the simulator made, and what it touched besides."""

from pathlib import Path

import duckdb

# Mistakes that concern identities alone: linkage and the vault see them, the ledger has no such
# column. A missing value without another origin can't be filled and is not counted.
_IDENTITY = ("id_typo", "name_typo", "phone_typo")
_DIRECT = ("addr", "address", "phone", "tel", "mobile", "cert_no", "id_no", "name", "client_name")
# Raw column -> ledger column.
_COLUMNS = {
    "birth": "birth_date",
    "born": "birth_date",
    "sex": "gender",
    "province": "region",
    "income_class": "income_band",
    "marital": "marital_status",
    "trade_date": "occurred_at",
    "ccy": "currency",
    "nav": "close",
    "amount_fen": "amount_minor",
}


def open_evidence(ledger: Path, truth: Path) -> duckdb.DuckDBPyConnection:
    """A session with errors (with ledger_column), corrections, quarantine and closed (file, line of
    rows that a later version closed)."""
    connection = duckdb.connect()
    mapped = " ".join(f"WHEN '{raw}' THEN '{column}'" for raw, column in _COLUMNS.items())
    connection.execute(
        f'CREATE TABLE errors AS SELECT *, CASE "column" {mapped} ELSE "column" END AS '
        f"ledger_column FROM '{truth / 'errors.parquet'}' "
        f'WHERE kind NOT IN {_IDENTITY} AND coalesce("column" NOT IN {_DIRECT}, true)'
    )
    for name in ("corrections", "quarantine"):
        connection.execute(f"CREATE TABLE {name} AS FROM '{ledger / f'{name}.parquet'}'")
    connection.execute("CREATE TABLE closed (file VARCHAR, line BIGINT)")
    for table in ("customers", "transactions"):
        connection.execute(
            f"INSERT INTO closed SELECT DISTINCT l.file, l.line FROM "
            f"(SELECT file_row_number AS row, * FROM read_parquet('{ledger / table}.parquet', "
            f"file_row_number=true)) JOIN '{ledger / 'lineage' / table}.parquet' AS l USING (row) "
            "WHERE known_until IS NOT NULL"
        )
    return connection


_FOUND = """
    EXISTS (SELECT 1 FROM corrections c WHERE c.file = e.file AND c.line = e.line
        AND c."column" = e.ledger_column)
    OR (kind IN ('repeated', 'orphan') AND EXISTS (SELECT 1 FROM quarantine q
        WHERE q.file = e.file AND q.line = e.line))
    OR (kind IN ('cancelled', 'wrong_amount', 'wrong_attribute') AND EXISTS (
        SELECT 1 FROM closed q WHERE q.file = e.file AND q.line = e.line))
    OR (kind = 'truncated' AND EXISTS (SELECT 1 FROM quarantine q
        WHERE q.file = e.file AND q.line = e.line))
"""


def found_by_kind(evidence: duckdb.DuckDBPyConnection) -> dict[str, tuple[int, int]]:
    """Of each kind of detectable mistake: how many were found, and how many there are."""
    rows = evidence.execute(
        f"SELECT kind, count_if({_FOUND}), count(*) FROM errors AS e WHERE detectable "
        "AND NOT (kind = 'missing' AND NOT recoverable) GROUP BY kind ORDER BY kind"
    ).fetchall()
    return {kind: (found, made) for kind, found, made in rows}


def touched_without_need(evidence: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """Delivered values that were changed, and rows that were put aside as faulty, on lines in which
    no mistake was made. Filling what is empty changes nothing that was delivered; what only repeats
    or withdraws is no fault."""
    clean = "NOT EXISTS (SELECT 1 FROM errors AS e WHERE e.file = c.file AND e.line = c.line)"
    (values,) = evidence.execute(
        'SELECT count(*) FROM (SELECT DISTINCT file, line, "column" FROM corrections '
        f"WHERE kind = 'corrected') AS c WHERE {clean}"
    ).fetchall()[0]
    (rows,) = evidence.execute(
        f"SELECT count(*) FROM quarantine AS c WHERE {clean} "
        "AND rule NOT IN ('repeated', 'superseded', 'cancellation')"
    ).fetchall()[0]
    return values, rows
