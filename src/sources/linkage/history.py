"""Customers over time: union-find over the links in the order in which they became known.

A link is never taken back, so clusters only merge. A link that would join two clusters that
contradict each other is refused when it arrives: its order is known, so a replay refuses the same.
"""

from array import array
from collections.abc import Iterator
from typing import Any

import duckdb
import pyarrow as pa

from src.sources.linkage.contradiction import Facts

BATCH = 100_000

_RANKS = """
CREATE OR REPLACE TABLE linkage_ranks AS
SELECT record, first_known_at,
    CAST(row_number() OVER (ORDER BY first_known_at, record) - 1 AS BIGINT) AS rank
FROM (SELECT record, min(known_at) AS first_known_at FROM identity_versions GROUP BY record)
"""

_LINKED = """
CREATE OR REPLACE TABLE linkage_linked AS
SELECT links.known_at, lefts.rank AS "left", rights.rank AS "right", weight
FROM linkage_links AS links
JOIN linkage_ranks AS lefts ON lefts.record = left_record
JOIN linkage_ranks AS rights ON rights.record = right_record
"""

# a version's facts come before the links of the same instant; the strongest link comes first
_EVENTS = """
CREATE OR REPLACE TABLE linkage_events AS
SELECT epoch_us(known_at) AS instant, 0 AS is_link, rank AS "left", CAST(0 AS BIGINT) AS "right",
    CASE WHEN id_valid THEN CAST(hash(id_number) >> 1 AS BIGINT) END AS number,
    CAST(strftime(birth_date, '%Y%m%d') AS BIGINT) AS birth,
    CASE WHEN kind IS NOT NULL THEN CAST(hash(kind) >> 1 AS BIGINT) END AS kind,
    CAST(0 AS DOUBLE) AS weight
FROM linkage_versions JOIN linkage_ranks USING (record)
WHERE rank IN (SELECT "left" FROM linkage_linked UNION SELECT "right" FROM linkage_linked)
    AND (id_valid OR birth_date IS NOT NULL OR kind IS NOT NULL)
UNION ALL
SELECT epoch_us(known_at), 1, "left", "right", NULL, NULL, NULL, weight FROM linkage_linked
ORDER BY instant, is_link, weight DESC, "left", "right"
"""

_HISTORY = """
CREATE OR REPLACE TABLE identity_history AS
WITH stays AS (
    SELECT rank, rank AS customer_rank, first_known_at AS known_at, 0 AS moved FROM linkage_ranks
    UNION ALL SELECT rank, customer_rank, make_timestamp(instant), 1 FROM linkage_moves
), last AS (
    SELECT * FROM stays
    QUALIFY row_number() OVER (PARTITION BY rank, known_at ORDER BY moved DESC) = 1
)
SELECT records.record, customers.record AS customer, last.known_at,
    lead(last.known_at) OVER (PARTITION BY last.rank ORDER BY last.known_at) AS known_until
FROM last
JOIN linkage_ranks AS records ON records.rank = last.rank
JOIN linkage_ranks AS customers ON customers.rank = last.customer_rank
ORDER BY records.record, last.known_at
"""

_SPLIT_LINKS = """
CREATE OR REPLACE TABLE linkage_refused AS
SELECT lefts.record AS left_record, rights.record AS right_record, reason
FROM linkage_refused_ranks AS refused
JOIN linkage_ranks AS lefts ON lefts.rank = refused.left_rank
JOIN linkage_ranks AS rights ON rights.rank = refused.right_rank;
CREATE OR REPLACE TABLE identity_links AS
SELECT * FROM linkage_links ANTI JOIN linkage_refused USING (left_record, right_record)
ORDER BY known_at, left_record, right_record;
CREATE OR REPLACE TABLE identity_refusals AS
SELECT linkage_links.*, reason FROM linkage_links
JOIN linkage_refused USING (left_record, right_record)
ORDER BY known_at, left_record, right_record
"""


class Clusters:
    """Union-find over ranks; a cluster's root is its smallest rank, the record known first."""

    def __init__(self, records: int) -> None:
        self.facts = Facts(records)
        self._parent = array("q", range(records))
        self._members: dict[int, list[int]] = {}

    def root(self, rank: int) -> int:
        """The root of the cluster that holds `rank`."""
        parent = self._parent
        while parent[rank] != rank:
            parent[rank] = rank = parent[parent[rank]]
        return rank

    def join(self, left: int, right: int) -> list[int] | str:
        """Merge two clusters: the ranks that change their root, or the reason for refusing."""
        kept, gone = sorted((self.root(left), self.root(right)))
        if kept == gone:
            return []
        ours, theirs = self._members.get(kept, [kept]), self._members.get(gone, [gone])
        reason = self.facts.contradiction(ours, theirs)
        if reason is not None:
            return reason
        self._members.pop(gone, None)
        self._members[kept] = ours + theirs
        self._parent[gone] = kept
        return theirs


def make_history(connection: duckdb.DuckDBPyConnection) -> None:
    """Make identity_history, identity_links and identity_refusals from linkage_links.

    Reads linkage_versions and identity_versions for what the records say and since when.
    """
    connection.execute(_RANKS)
    connection.execute(
        "CREATE OR REPLACE TABLE linkage_moves(rank BIGINT, customer_rank BIGINT, instant BIGINT);"
        "CREATE OR REPLACE TABLE linkage_refused_ranks"
        "(left_rank BIGINT, right_rank BIGINT, reason VARCHAR)"
    )
    _merge(connection)
    connection.execute(_HISTORY)
    connection.execute(_SPLIT_LINKS)
    for table in ("ranks", "linked", "events", "moves", "refused_ranks", "refused"):
        connection.execute(f"DROP TABLE linkage_{table}")


def _merge(connection: duckdb.DuckDBPyConnection) -> None:
    """Go through the events in order and write down who moves to whom, and what was refused."""
    (count,) = connection.execute("SELECT count(*) FROM linkage_ranks").fetchall()[0]
    clusters = Clusters(count)
    moves: list[tuple[int, int, int]] = []
    refused: list[tuple[int, int, str]] = []
    moved: set[int] = set()
    now = None
    for at, is_link, left, right, number, birth, kind, _ in _events(connection):
        if at != now:
            moves += [(rank, clusters.root(rank), now or 0) for rank in sorted(moved)]
            moved.clear()
            now = at
            if len(moves) >= BATCH:
                _insert_moves(connection, moves)
                moves.clear()
        if not is_link:
            clusters.facts.learn(left, number, birth, kind)
            continue
        outcome = clusters.join(left, right)
        if isinstance(outcome, str):
            refused.append((left, right, outcome))
        else:
            moved.update(outcome)
    moves += [(rank, clusters.root(rank), now or 0) for rank in sorted(moved)]
    _insert_moves(connection, moves)
    _insert(connection, "linkage_refused_ranks", ("left_rank", "right_rank", "reason"), refused)


def _events(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    """The events in order, sorted once on disk and read batch by batch."""
    connection.execute(_LINKED)
    connection.execute(_EVENTS)
    (count,) = connection.execute("SELECT count(*) FROM linkage_events").fetchall()[0]
    for start in range(0, count, BATCH):
        yield from connection.execute(
            "FROM linkage_events WHERE rowid >= ? AND rowid < ? ORDER BY rowid",
            [start, start + BATCH],
        ).fetchall()


def _insert_moves(connection: duckdb.DuckDBPyConnection, moves: list[tuple[int, int, int]]) -> None:
    _insert(connection, "linkage_moves", ("rank", "customer_rank", "instant"), moves)


def _insert(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    names: tuple[str, ...],
    rows: list[tuple[Any, ...]],
) -> None:
    if not rows:
        return
    columns = {
        name: pa.array(values) for name, values in zip(names, zip(*rows, strict=True), strict=True)
    }
    connection.register("merged_rows", pa.table(columns))
    connection.execute(f"INSERT INTO {table} FROM merged_rows")
    connection.unregister("merged_rows")
