"""What integration found of the mistakes that the simulator made, and what it touched besides."""

from pathlib import Path

import duckdb

from src.sources.staging.versions import SAID_ALREADY
from tests.support.bank.true_values import LEDGER_COLUMNS

# Mistakes in what names a person: linkage and the vault see them, the ledger has no such column.
_IDENTITY = ("id_typo", "name_typo", "phone_typo")
_DIRECT = ("addr", "address", "phone", "tel", "mobile", "cert_no", "id_no", "name", "client_name")
_LEFT_OUT = f"""
    CASE WHEN kind IN {_IDENTITY} OR coalesce("column" IN {_DIRECT}, false)
        THEN 'in what names a person'
    WHEN NOT detectable THEN 'looks like a true value'
    WHEN kind = 'missing' AND NOT recoverable THEN 'nothing tells what is missing'
    WHEN kind = 'wrong_attribute' AND EXISTS (SELECT 1 FROM quarantine AS q WHERE q.file = e.file
        AND q.line = e.line AND q.rule = 'unchanged') THEN 'the version before it says the same' END
"""


def open_evidence(ledger: Path, truth: Path) -> duckdb.DuckDBPyConnection:
    """A session with errors (with ledger_column, and left_out: why it can't be found), corrections,
    quarantine and closed (file, line of rows that a later version closed)."""
    connection = duckdb.connect()
    for name in ("corrections", "quarantine"):
        connection.execute(f"CREATE TABLE {name} AS FROM '{ledger / f'{name}.parquet'}'")
    mapped = " ".join(f"WHEN '{raw}' THEN '{names[0]}'" for raw, names in LEDGER_COLUMNS.items())
    connection.execute(
        f'CREATE TABLE errors AS SELECT *, CASE "column" {mapped} ELSE "column" END AS '
        f"ledger_column, {_LEFT_OUT} AS left_out FROM '{truth / 'errors.parquet'}' AS e"
    )
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
    OR (kind IN ('repeated', 'orphan', 'truncated') AND EXISTS (SELECT 1 FROM quarantine q
        WHERE q.file = e.file AND q.line = e.line))
    OR (kind IN ('cancelled', 'wrong_amount', 'wrong_attribute') AND EXISTS (
        SELECT 1 FROM closed q WHERE q.file = e.file AND q.line = e.line))
"""


def found_by_kind(evidence: duckdb.DuckDBPyConnection) -> dict[str, tuple[int, int]]:
    """Of each kind of mistake that can be found: how many were, and how many there are."""
    rows = evidence.execute(
        f"SELECT kind, count_if({_FOUND}), count(*) FROM errors AS e WHERE left_out IS NULL "
        "GROUP BY kind ORDER BY kind"
    ).fetchall()
    return {kind: (found, made) for kind, found, made in rows}


def left_out(evidence: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """How many mistakes can't be found, by the reason."""
    rows = evidence.execute(
        "SELECT left_out, count(*) FROM errors WHERE left_out IS NOT NULL GROUP BY 1 ORDER BY 1"
    ).fetchall()
    return dict(rows)


def touched_without_need(evidence: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """Delivered values that were changed though no mistake lies on them, and rows that were put
    aside as faulty though there is none in their line, but for what names a person. Filling what
    is empty changes nothing that was delivered; what only repeats or withdraws is no fault."""
    (values,) = evidence.execute(
        "SELECT count(*) FROM (SELECT DISTINCT file, line, CASE \"column\" WHEN 'known_at' THEN "
        "'occurred_at' ELSE \"column\" END AS name FROM corrections WHERE kind = 'corrected') AS c "
        "WHERE NOT EXISTS (SELECT 1 FROM errors AS e WHERE e.file = c.file AND e.line = c.line "
        "AND e.ledger_column = c.name)"
    ).fetchall()[0]
    (rows,) = evidence.execute(
        f"SELECT count(*) FROM quarantine AS q WHERE rule NOT IN {SAID_ALREADY} "
        "AND NOT EXISTS (SELECT 1 FROM errors AS e "
        "WHERE e.file = q.file AND e.line = q.line "
        "AND left_out IS DISTINCT FROM 'in what names a person')"
    ).fetchall()[0]
    return values, rows
