"""The contender that needs no engine of ours: one DuckDB query per snapshot, one filtered aggregate
per feature, as an analyst writes it."""

import duckdb
import pandas as pd

from src.features.definitions.derived import Difference, Mix, Ratio
from src.features.definitions.events import Periodic, Recency, Windowed
from src.features.definitions.state import Imputed, Profile, Questionnaire
from src.features.row_kernels import RETURN_DAYS
from src.features.spec import FeatureSpec
from tests.benchmarks.engine import one_query_columns as columns_of

_BASE = (Windowed, Recency, Periodic, Questionnaire, Profile, Imputed)
_DERIVED = (Ratio, Difference, Mix)


def sayable(spec: FeatureSpec) -> FeatureSpec:
    """The features of `spec` that filtered aggregates, and figures over them, can say."""
    said: set[str] = set()
    for feature in spec.ordered:
        d = feature.definition
        if isinstance(d, _BASE) or (isinstance(d, _DERIVED) and set(d.needs) <= said):
            said.add(feature.name)
    return spec.select([name for name in spec.names if name in said])


def features_by_query(
    connection: duckdb.DuckDBPyConnection, spine: pd.DataFrame, spec: FeatureSpec
) -> pd.DataFrame:
    """The features of the spine's rows, sorted by as_of, customer_id: one query per snapshot.

    The connection has the ledger's tables.
    """
    parts = []
    for as_of, rows in spine.groupby("as_of"):
        connection.register("spine", rows)
        parts.append(connection.sql(snapshot_query(pd.Timestamp(as_of), spec)).df())
    whole = pd.concat(parts).sort_values(["as_of", "customer_id"], ignore_index=True)
    return whole[["customer_id", "as_of", *spec.names]]


def snapshot_query(as_of: pd.Timestamp, spec: FeatureSpec) -> str:
    """The whole query for one snapshot."""
    definitions = [feature.definition for feature in spec.ordered]
    at = f"TIMESTAMP '{as_of}'"
    parts = [(name, sql) for name, sql, columns in _parts(definitions, at) if columns]
    base = ", ".join(
        f"coalesce({d.name}, 0) AS {d.name}" if columns_of.is_zero_without_events(d) else d.name
        for d in definitions
        if isinstance(d, _BASE)
    )
    joins = " ".join(f"LEFT JOIN ({sql}) {name} USING (customer_id)" for name, sql in parts)
    sql = f"WITH {_rows(at, definitions)}"
    sql += f", d0 AS (SELECT customer_id, as_of, {base} FROM spine {joins})"
    derived = [d for d in definitions if isinstance(d, _DERIVED)]
    for number, d in enumerate(derived):
        sql += f", d{number + 1} AS (SELECT *, {columns_of.derived(d)} AS {d.name} FROM d{number})"
    return f"{sql} SELECT customer_id, as_of, {', '.join(spec.names)} FROM d{len(derived)}"


def _parts(definitions: list, at: str) -> list[tuple[str, str, str]]:
    """Name, query and columns of each table that is aggregated by customer."""

    def listed(kinds, column, table=None):
        chosen = [
            d
            for d in definitions
            if isinstance(d, kinds) and table in (None, getattr(d, "table", None))
        ]
        return ", ".join(f"{column(d)} AS {d.name}" for d in chosen)

    moves, contacts = (
        listed(Windowed | Recency, lambda d: columns_of.aggregate(d, at), table)
        for table in ("transactions", "interactions")
    )
    periods = listed(Periodic, lambda d: columns_of.period_figure(d, _series(d)))
    people = listed(Profile | Imputed, lambda d: columns_of.person(d, at))
    answers = listed(Questionnaire, lambda d: columns_of.declared(d, at))
    known = _known(at)
    return [
        ("moved", f"SELECT customer_id, {moves} FROM t GROUP BY customer_id", moves),
        ("contacted", f"SELECT customer_id, {contacts} FROM i GROUP BY customer_id", contacts),
        ("by_period", f"SELECT customer_id, {periods} FROM p GROUP BY customer_id", periods),
        ("person", f"SELECT customer_id, {people} FROM customers WHERE {known}", people),
        ("answered", f"SELECT customer_id, {answers} FROM q GROUP BY customer_id", answers),
    ]


def _rows(at: str, definitions: list) -> str:
    """The rows that are visible at the snapshot, and the sums of each 30-day period."""
    known = _known(at)
    periodic = {_series(d): d for d in definitions if isinstance(d, Periodic)}
    sums = ", ".join(f"{columns_of.period_sum(d)} AS {name}" for name, d in periodic.items())
    return f"""
    trades AS (
        SELECT transaction_id, now.close / prior.close - 1 AS product_return
        FROM (SELECT transaction_id, product_id, occurred_at,
            occurred_at - INTERVAL {RETURN_DAYS} DAY AS prior_at FROM transactions
            WHERE kind IN ('buy', 'sell') AND occurred_at < {at} AND {known}) t
        ASOF LEFT JOIN prices now ON t.product_id = now.product_id AND t.occurred_at > now.known_at
        ASOF LEFT JOIN prices prior ON t.product_id = prior.product_id
            AND t.prior_at > prior.known_at
    ), t AS (
        SELECT seen.*, asset_class, risk_grade, product_return
        FROM (SELECT * FROM transactions WHERE occurred_at < {at} AND {known}) seen
        LEFT JOIN (SELECT * FROM products WHERE {known}) products USING (product_id)
        LEFT JOIN trades USING (transaction_id)
    ), i AS (
        SELECT * FROM interactions WHERE occurred_at < {at} AND {known}
    ), q AS (
        SELECT *, row_number() OVER (PARTITION BY customer_id
            ORDER BY completed_at DESC, known_at DESC) AS place
        FROM questionnaires WHERE completed_at < {at} AND {known}
    ), p AS (
        SELECT customer_id, (epoch_us({at}) - epoch_us(occurred_at) - 1) // (30 * 86400000000)
            AS period{", " if sums else ""}{sums}
        FROM t WHERE occurred_at >= {at} - INTERVAL 360 DAY GROUP BY ALL
    )"""


def _known(at: str) -> str:
    return f"known_at < {at} AND coalesce(known_until, TIMESTAMP '9999-12-31') >= {at}"


def _series(d: Periodic) -> str:
    return f"{d.only.name + '_' if d.only else ''}{d.measure}"
