"""Runs a plan over a spine: compiled once, in slices of customers that bound the memory.

Each step's result is kept as a temporary table of the engine until its slice is done.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cache

import duckdb
import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from src.core.errors import FeatureError
from src.core.ledger import Ledger, MemoryLedger
from src.core.schemas import LEDGER
from src.features.memory.run import run_in_memory
from src.features.plan import SPINE, Plan
from src.features.spine import sorted_spine

SLICE_ROWS = 24_000
DIMENSIONS = ("products", "customers", "questionnaires", "prices", "fx_rates")
_SPINE_SCHEMA = pa.schema(
    [("row", pa.int64()), ("customer_id", pa.string()), ("as_of", pa.timestamp("us"))]
)
_COMPILED: dict[Hashable, "Compiled"] = {}


@dataclass(frozen=True)
class Compiled:
    """Parsed statements: each step's by the name of the table that it makes, and the result's."""

    steps: tuple[tuple[str, duckdb.Statement], ...]
    result: duckdb.Statement


def run_over_spine(
    ledger: Ledger | MemoryLedger,
    spine: pd.DataFrame,
    key: Hashable,
    make: Callable[[Plan], ir.Table],
) -> pd.DataFrame:
    """The sorted spine with the columns of the plan that `make` builds, keyed by `row`.

    The plan is compiled once per `key` and engine, and gives each row of the spine once. A ledger
    in memory is computed there, if that can be done.
    Raises FeatureError if it does not, or if a version occurs twice in a table.
    """
    keys = sorted_spine(spine)
    if isinstance(ledger, MemoryLedger):
        figures = run_in_memory(ledger.tables, keys, key, make)
        if figures is not None:
            return pd.concat([keys, figures], axis=1)
        ledger = ledger.on_engine()
    _require_unique_keys(ledger)
    compiled = _compiled(ledger, key, make)
    by_customer = keys.sort_values("customer_id", kind="stable")
    slices = [
        _run_slice(ledger, compiled, by_customer.iloc[start : start + SLICE_ROWS])
        for start in range(0, max(len(keys), 1), SLICE_ROWS)
    ]
    result = pa.concat_tables(slices).sort_by("row")
    _require_one_each(result["row"].to_numpy(), keys)
    columns: pd.DataFrame = result.drop_columns(["row"]).to_pandas()
    return pd.concat([keys, columns], axis=1)


def _require_one_each(rows: NDArray[np.int64], keys: pd.DataFrame) -> None:
    """Raise FeatureError unless `rows`, in order, is each of the spine's rows exactly once."""
    counts = np.bincount(rows, minlength=len(keys))
    if (counts != 1).any():
        row = keys.iloc[int(np.argmax(counts != 1))]
        raise FeatureError(
            f"customer_id {row['customer_id']!r}, as_of {row['as_of']} came out "
            f"{counts[counts != 1][0]} times; expected once: a join has fanned out. "
            "Look for duplicate keys in the ledger's tables."
        )


def _compiled(ledger: Ledger, key: Hashable, make: Callable[[Plan], ir.Table]) -> Compiled:
    place = (ledger.backend.name, ledger.prefix, key)
    if place not in _COMPILED:
        plan = Plan(ledger.prefix)
        result = make(plan)
        _COMPILED[place] = _compile(plan, result, ledger)
    return _COMPILED[place]


def _compile(plan: Plan, result: ir.Table, ledger: Ledger) -> Compiled:
    engine = ledger.backend
    steps = []
    for name, expression in plan.steps.items():
        sql = ibis.to_sql(expression, dialect=engine.name)
        made = f'CREATE OR REPLACE TEMP TABLE "{name}" AS {sql}'
        steps.append((name, engine.con.extract_statements(made)[0]))
    sql = str(ibis.to_sql(result, dialect=engine.name))
    return Compiled(tuple(steps), engine.con.extract_statements(sql)[0])


def _run_slice(ledger: Ledger, compiled: Compiled, keys: pd.DataFrame) -> pa.Table:
    rows = keys.assign(row=keys.index)[["row", "customer_id", "as_of"]]
    connection = ledger.backend.con
    connection.register(
        SPINE, pa.Table.from_pandas(rows, schema=_SPINE_SCHEMA, preserve_index=False)
    )
    try:
        for _, statement in compiled.steps:
            connection.execute(statement)
        return connection.sql(compiled.result).to_arrow_table()
    finally:
        connection.execute(
            ";".join(f'DROP TABLE IF EXISTS "{name}"' for name, _ in compiled.steps) or "SELECT 1"
        )
        connection.unregister(SPINE)


def _require_unique_keys(ledger: Ledger) -> None:
    """A version that occurs twice would fan out a join: refuse it by table and key."""
    # All that was found is fetched: a session with an unfinished result takes no other statement.
    for table, key in ledger.backend.con.execute(_duplicates_sql(ledger.prefix)).fetchall():
        raise FeatureError(
            f"{table}: key ({', '.join(LEDGER[table].version_key)}) = ({key}) occurs twice; "
            "expected unique versions. Run `dvc repro integrate` to write the table anew."
        )


@cache
def _duplicates_sql(prefix: str) -> str:
    parts = []
    for name in DIMENSIONS:
        rows = ibis.table(LEDGER[name].ibis, name=f"{prefix}{name}")
        columns = list(LEDGER[name].version_key)
        repeated = rows.group_by(columns).having(rows.count() > 1).aggregate(n=rows.count())
        texts = [repeated[column].cast("string").fill_null("") for column in columns]
        key = ibis.literal(", ").join(texts)
        parts.append(repeated.select(table=ibis.literal(name), key=key))
    return str(ibis.to_sql(ibis.union(*parts).limit(1), dialect="duckdb"))
