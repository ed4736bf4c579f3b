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
from src.core.ledger import Ledger, on_spark
from src.core.schemas import LEDGER
from src.features.plan import SPINE, Kernel, Plan, Rows, fetched
from src.features.run_spark import run_frame_on_spark, run_on_spark
from src.features.spine import sorted_spine

SLICE_ROWS = 24_000
DIMENSIONS = ("products", "customers", "questionnaires", "prices", "fx_rates")
_SPINE_SCHEMA = pa.schema(
    [("row", pa.int64()), ("customer_id", pa.string()), ("as_of", pa.timestamp("us"))]
)
_COMPILED: dict[Hashable, "Compiled"] = {}


@dataclass(frozen=True)
class Compiled:
    """Parsed statements: each step's by the name of the table that it makes, and the result's.

    A step that has a kernel stands as that.
    """

    steps: tuple[tuple[str, duckdb.Statement | Kernel], ...]
    result: duckdb.Statement


def run_over_spine(
    ledger: Ledger, spine: Rows, key: Hashable, make: Callable[[Plan], ir.Table]
) -> Rows:
    """The sorted spine with the columns of the plan that `make` builds, keyed by `row`.

    A spine that is a table of the engine has a column row, unique, and so has the result, which
    is one as well: nothing of it comes into this process on Spark.

    The plan is compiled once per `key` and engine, and gives each row of the spine once.
    Raises FeatureError if it does not, or if a version occurs twice in a table.
    """
    _require_unique_keys(ledger)
    if on_spark(ledger.backend):
        run = run_on_spark if isinstance(spine, ir.Table) else run_frame_on_spark
        return run(ledger, spine, make)
    if isinstance(spine, ir.Table):
        return _over_table(ledger, spine, key, make)
    keys = sorted_spine(spine)
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


def _over_table(
    ledger: Ledger, spine: ir.Table, key: Hashable, make: Callable[[Plan], ir.Table]
) -> ir.Table:
    frame = fetched(ledger, spine).sort_values(["as_of", "customer_id"], ignore_index=True)
    result = run_over_spine(ledger, frame, key, make).assign(row=frame["row"])
    return ibis.memtable(pa.Table.from_pandas(result, preserve_index=False))


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
    steps: list[tuple[str, duckdb.Statement | Kernel]] = []
    for name, expression in plan.steps.items():
        if name in plan.kernels:
            steps.append((name, plan.kernels[name]))
            continue
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
        for name, step in compiled.steps:
            if isinstance(step, Kernel):
                connection.register(name, _computed(connection, step))
            else:
                connection.execute(step)
        return connection.sql(compiled.result).to_arrow_table()
    finally:
        for name, step in compiled.steps:
            if isinstance(step, Kernel):
                connection.unregister(name)
            else:
                connection.execute(f'DROP TABLE IF EXISTS "{name}"')
        connection.unregister(SPINE)


def _computed(connection: duckdb.DuckDBPyConnection, kernel: Kernel) -> pa.Table:
    return kernel.compute(*(connection.table(t.get_name()).to_arrow_table() for t in kernel.reads))


def _require_unique_keys(ledger: Ledger) -> None:
    """A version that occurs twice would fan out a join: refuse it by table and key."""
    if on_spark(ledger.backend):
        found = ledger.backend.fetch(_duplicates(ledger.prefix)).to_pylist()
    else:
        found = ledger.backend.con.execute(_duplicates_sql(ledger.prefix)).fetchall()
    if found:
        table, key = found[0].values() if isinstance(found[0], dict) else found[0]
        raise FeatureError(
            f"{table}: key ({', '.join(LEDGER[table].version_key)}) = ({key}) occurs twice; "
            "expected unique versions. Run `dvc repro integrate` to write the table anew."
        )


@cache
def _duplicates_sql(prefix: str) -> str:
    return str(ibis.to_sql(_duplicates(prefix), dialect="duckdb"))


def _duplicates(prefix: str) -> ir.Table:
    parts = []
    for name in DIMENSIONS:
        rows = ibis.table(LEDGER[name].ibis, name=f"{prefix}{name}")
        columns = list(LEDGER[name].version_key)
        repeated = rows.group_by(columns).having(rows.count() > 1).aggregate(n=rows.count())
        texts = [repeated[column].cast("string").fill_null("") for column in columns]
        key = ibis.literal(", ").join(texts)
        parts.append(repeated.select(table=ibis.literal(name), key=key))
    return ibis.union(*parts).limit(1)
