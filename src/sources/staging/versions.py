"""Versions: rows of one key follow each other in known_at; each closes the one before.

Of rows that share a key: a copy of an earlier row (the same content, declared known at the same
instant) is `repeated`, a doubled delivery; of rows known at the same instant with different
contents the last to be said stands, the others are `superseded`; a row that says the same as the
version before it, though it was told later, is `unchanged`, such as a record of a customer in which
nothing but the phone is new; a row that cancels closes the version before it and is no version
itself (`cancellation`). A row that becomes known only after one that was said later, such as a
late movement beside its own correction, never stands (`superseded`). The key of a customer's row
is the record and the entry: records become one customer later (golden.py).

Only rows that are kept close others: what breaks a limit or is nobody's has been rejected before.
A row whose customer becomes known later was an orphan until then, so it counts from then on; a
row that cancels needs its key alone and waits for nobody.
"""

from src.core.schemas import LEDGER
from src.sources.staging.convert import mapped_columns
from src.sources.staging.session import first_row, identifiers, joined_as_written
from src.sources.staging.work import Work

# Rules of rows by whose rejection the ledger lacks nothing.
SAID_ALREADY = ("repeated", "unchanged", "superseded", "cancellation")
_KEPT = "_rule IS NULL"
_SAID = "_delivered NULLS FIRST, _declared, _entry, _row"


def mark_copies(work: Work, table: str) -> None:
    """Mark copies of earlier rows as `repeated`. Runs before the rules, on what was delivered."""
    content = [c.name for c in mapped_columns(table) if c.name != "known_at"]
    content += ["_entry"] if table == "customers" else []
    if not _find_candidates(work, table):
        return
    _mark(
        work,
        table,
        "SELECT _id, 'repeated' AS _rule FROM candidates QUALIFY row_number() OVER (PARTITION BY "
        f"{identifiers(['_declared', *content])}, _cancels ORDER BY {_SAID}) > 1",
    )


def close_versions(work: Work, table: str) -> None:
    """Mark what is no version of its own, and make closing_<table> (_id, known_until) of the
    versions that another closes. Runs on rows that hold their limits and, where they belong to
    customers, after mark_orphans: what is rejected closes nothing."""
    key = identifiers(version_of(table))
    content = identifiers(
        c.name for c in LEDGER[table].columns if c.name not in ("known_at", "known_until")
    )
    work.connection.execute(f"CREATE TABLE closing_{table} (_id BIGINT, known_until TIMESTAMP)")
    if _find_candidates(work, table):
        if belongs_to_customers(table):
            _await_customers(work)
        _drop_overtaken(work, table, key)
        _follow(work, table, key, content)
    work.connection.execute(
        f"UPDATE stage_{table} SET _rule = 'cancellation' WHERE {_KEPT} AND _cancels"
    )


def belongs_to_customers(table: str) -> bool:
    """Whether rows of a table belong to customers; customers themselves are made by golden.py."""
    return table != "customers" and "customer_id" in {c.name for c in LEDGER[table].columns}


def _await_customers(work: Work) -> None:
    """Candidates are understood no sooner than their customer is known. The staged rows stay as
    they are: their versions begin with the membership anyway (spans.py)."""
    work.connection.execute(
        "UPDATE candidates SET known_at = met.since FROM (SELECT _id, "
        "min(greatest(c.known_at, m.known_at)) AS since FROM candidates AS c JOIN membership AS m "
        "ON c.customer_id = m.reference WHERE NOT _cancels "
        "AND (m.known_until IS NULL OR c.known_at < m.known_until) GROUP BY _id) AS met "
        "WHERE candidates._id = met._id AND candidates.known_at < met.since"
    )


def _drop_overtaken(work: Work, table: str, key: str) -> None:
    """Take out of the candidates those known after one that was said later: by the order of
    deliveries, then of what they declare. Else a late original would undo its own correction."""
    work.connection.execute(
        "CREATE OR REPLACE TEMP TABLE overtaken AS SELECT _id, 'superseded' AS _rule, _cancels "
        f"FROM candidates QUALIFY known_at > min(known_at) OVER (PARTITION BY {key} "
        f"ORDER BY {_SAID} ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)"
    )
    _mark(work, table, "SELECT _id, _rule FROM overtaken WHERE NOT _cancels")
    work.connection.execute("DELETE FROM candidates WHERE _id IN (SELECT _id FROM overtaken)")


def _follow(work: Work, table: str, key: str, content: str) -> None:
    """Let the candidates of one key follow each other."""
    work.connection.execute(
        f"CREATE OR REPLACE TEMP TABLE followed AS WITH latest AS (SELECT *, last_value(_id) OVER "
        f"_instant AS _last, last_value(row({content})) OVER _instant AS _last_content "
        f"FROM candidates WINDOW _instant AS (PARTITION BY {key}, known_at ORDER BY {_SAID} "
        "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)), "
        f"standing AS (SELECT _id, row({content}) IS NOT DISTINCT FROM lag(row({content})) OVER "
        f"_order AND NOT _cancels AND NOT coalesce(lag(_cancels) OVER _order, true) AS _same "
        f"FROM latest WHERE _id = _last WINDOW _order AS (PARTITION BY {key} ORDER BY known_at)) "
        f"SELECT latest._id, CASE WHEN _cancels THEN 'cancellation' WHEN _same THEN 'unchanged' "
        f"WHEN _id <> _last AND row({content}) IS NOT DISTINCT FROM _last_content THEN 'repeated' "
        f"WHEN _id <> _last THEN 'superseded' END AS _rule, _id = _last AND NOT "
        f"coalesce(_same, false) AS _closes, {key}, known_at FROM latest LEFT JOIN standing "
        "USING (_id)"
    )
    work.connection.execute(
        f"INSERT INTO closing_{table} SELECT _id, known_until FROM (SELECT _id, _rule, "
        f"lead(known_at) OVER (PARTITION BY {key} ORDER BY known_at) AS known_until "
        "FROM followed WHERE _closes) WHERE _rule IS NULL AND known_until IS NOT NULL"
    )
    _mark(work, table, "SELECT _id, _rule FROM followed WHERE _rule IS NOT NULL")


def version_of(table: str) -> tuple[str, ...]:
    """The staged columns whose rows are versions of one thing."""
    key = LEDGER[table].key
    return ("_entry", *key) if table == "customers" else key


def _find_candidates(work: Work, table: str) -> bool:
    """Make `candidates`: the kept rows of keys that several rows share, all else has nothing to be
    compared with; whether there are any. Keys are found by their hash; what agrees by chance is
    told apart later."""
    key = f"hash({identifiers(version_of(table))})"
    with joined_as_written(work.connection, ordered=False):
        work.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE doubled AS SELECT {key} AS hashed FROM stage_{table} "
            f"WHERE {_KEPT} GROUP BY 1 HAVING count(*) > 1"
        )
        if first_row(work.connection, "SELECT 1 FROM doubled LIMIT 1") is None:
            return False
        work.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE candidates AS SELECT * FROM stage_{table} "
            f"WHERE {_KEPT} AND {key} IN (FROM doubled)"
        )
    return True


def _mark(work: Work, table: str, found: str) -> None:
    """Set _rule of the rows that a query gives as _id, _rule."""
    work.connection.execute(
        f"UPDATE stage_{table} SET _rule = found._rule FROM ({found}) AS found "
        f"WHERE stage_{table}._id = found._id"
    )
