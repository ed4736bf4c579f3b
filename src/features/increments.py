"""What changed between two instants in what an as-of query sees, read without the rest of history.

Every condition compares a ledger column with a constant, so that the engine skips the row groups
that lie outside by their statistics.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import ibis
import ibis.expr.types as ir
import pyarrow as pa

from src.core.ledger import EVENT_TIME, Ledger
from src.features.windows import is_before, is_between, is_known, moment, until

_INSTANT = timedelta(microseconds=1)


class Scratch:
    """Tables of one computation in the ledger's session, dropped by `close`."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self._left: list[str] = []

    def keep(self, name: str, expression: ir.Table) -> ir.Table:
        """Compute `expression` now; returns the table to read it from."""
        engine, own = self.ledger.backend, f"kehu_scratch_{name}"
        sql = ibis.to_sql(expression, dialect=engine.name)
        engine.con.execute(f'CREATE OR REPLACE TEMP TABLE "{own}" AS {sql}')
        self._left.append(f"TABLE {own}")
        return ibis.table(expression.schema(), name=own)

    def given(self, name: str, table: pa.Table) -> ir.Table:
        """An Arrow table, to be read in place."""
        own = f"kehu_given_{name}"
        self.ledger.backend.con.register(own, table)
        self._left.append(f"VIEW {own}")
        return ibis.table(ibis.Schema.from_pyarrow(table.schema), name=own)

    def stored(self, name: str, files: Sequence[Path]) -> ir.Table:
        """Parquet files of one schema, to be read in place as one table."""
        own = f"kehu_stored_{name}"
        self._left.append(f"VIEW {own}")
        return self.ledger.backend.read_parquet(
            [str(file) for file in files], table_name=own, hive_partitioning=False
        )

    def batches(self, expression: ir.Table, rows: int) -> Iterator[pa.RecordBatch]:
        """The rows of an expression, so many at a time."""
        yield from self._query(expression).to_arrow_reader(rows)

    def fetch(self, expression: ir.Table) -> pa.Table:
        """The rows of an expression."""
        return self._query(expression).to_arrow_table()

    def _query(self, expression: ir.Table) -> duckdb.DuckDBPyRelation:
        engine = self.ledger.backend
        found: duckdb.DuckDBPyRelation = engine.con.sql(
            str(ibis.to_sql(expression, dialect=engine.name))
        )
        return found

    def is_empty(self, table: ir.Table) -> bool:
        """True if the table has no row."""
        return len(self.fetch(table.limit(1))) == 0

    def close(self) -> None:
        """Drop the tables."""
        for table_or_view in self._left:
            self.ledger.backend.con.execute(f"DROP {table_or_view.replace(' ', ' IF EXISTS ')}")


def changes(ledger: Ledger, table: str, since: datetime, upto: datetime) -> ir.Table:
    """The rows whose visibility differs between as_of = since and as_of = upto, with sign +1 where
    they came into sight and -1 where they went out of it: closed, that is.
    """
    rows = ledger[table]
    happened = rows[EVENT_TIME[table]]
    starts, ends = _happened_bounds(table, since), _happened_bounds(table, upto)
    in_sight = is_before(happened, moment(ends)) & ~is_before(until(rows.known_until), moment(upto))
    old = is_before(rows.known_at, moment(since))
    learned = rows.filter(is_between(rows.known_at, since, upto), in_sight)
    came = rows.filter(is_between(happened, starts, ends), old, in_sight)
    closed = rows.filter(
        is_between(rows.known_until, since, upto), old, is_before(happened, moment(starts))
    )
    plus, minus = ibis.literal(1, type="int64"), ibis.literal(-1, type="int64")
    return ibis.union(learned.mutate(sign=plus), came.mutate(sign=plus), closed.mutate(sign=minus))


def visible(ledger: Ledger, table: str, as_of: datetime, since: datetime | None = None) -> ir.Table:
    """The rows that an as-of query sees; `since`: of those that happened from then on."""
    rows = ledger[table]
    happened = rows[EVENT_TIME[table]]
    seen = rows.filter(
        is_before(happened, moment(_happened_bounds(table, as_of))),
        is_known(moment(as_of), rows.known_at, until(rows.known_until)),
    )
    return seen if since is None else seen.filter(~is_before(happened, moment(since)))


def _happened_bounds(table: str, as_of: datetime) -> datetime:
    """What happened before this is past at as_of: a statement of as_of itself is."""
    return as_of + _INSTANT if table == "balances" else as_of


def latest(
    scratch: Scratch,
    name: str,
    held: ir.Table,
    changed: ir.Table,
    keys: Sequence[str],
    seen: Callable[[], ir.Table],
) -> ir.Table:
    """The last row in sight of each key: held (keys, rows, at, known_at, …) moved on by `changed`
    (the same with sign in the place of rows). rows: how many of the key are in sight.

    Where the last row was closed and older ones are in sight, they are looked up in `seen` (the
    columns of `changed` but for sign): that alone reads history, and only for those keys.
    """
    version = [*keys, "at", "known_at"]
    closed = changed.filter(changed.sign < 0).select(version)
    new = changed.filter(changed.sign > 0).drop("sign")
    counts = held.select(*keys, "rows").union(changed.select(*keys, rows=changed.sign))
    counts = counts.group_by(*keys).aggregate(rows=counts["rows"].sum())
    counts = scratch.keep(f"{name}_counts", counts.filter(counts["rows"] > 0))
    still = held.anti_join(closed, version).drop("rows")
    best = scratch.keep(f"{name}_best", _last(still.union(new.select(still.columns)), keys))
    lost = held.semi_join(closed, version).select(*keys, lost_at="at")
    doubt = counts.join(lost, list(keys)).left_join(best, list(keys), rname="{name}_best")
    doubt = doubt.filter(is_before(doubt["at"], doubt.lost_at).fill_null(True)).select(*keys)
    doubt = scratch.keep(f"{name}_doubt", doubt)
    if not scratch.is_empty(doubt):
        found = _last(seen().semi_join(doubt, list(keys)), keys).select(best.columns)
        best = scratch.keep(f"{name}_found", best.anti_join(doubt, list(keys)).union(found))
    result = counts.join(best, list(keys))
    return scratch.keep(f"{name}_latest", result)


def _last(rows: ir.Table, keys: Sequence[str]) -> ir.Table:
    newest = ibis.window(group_by=list(keys), order_by=[ibis.desc("at"), ibis.desc("known_at")])
    placed = rows.mutate(place=ibis.row_number().over(newest))
    return placed.filter(placed.place == 0).drop("place")
