"""Runs a plan over a spine: compiled once, in slices of customers that bound the memory.

What does not depend on the spine is computed once; every other step's result is kept as a
temporary table of the engine until its slice is done.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb
import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa
from ibis.backends.duckdb import Backend

from src.core.errors import FeatureError
from src.core.ledger import Ledger, MemoryLedger, on_spark
from src.features.memory.run import run_in_memory
from src.features.plan import SPINE, Kernel, Plan, Rows, fetched
from src.features.run_spark import run_frame_on_spark, run_on_spark
from src.features.slices import DIVIDED, Show, at_once, divided, sliced
from src.features.spine import sorted_spine
from src.features.unique_keys import require_unique_keys
from src.features.whole import whole

_SPINE_SCHEMA = pa.schema(
    [("row", pa.int64()), ("customer_id", pa.string()), ("as_of", pa.timestamp("us"))]
)
_COMPILED: dict[Hashable, "Compiled"] = {}


@dataclass(frozen=True)
class Computed:
    """A step that has a kernel: the statements of what it reads, or the names of the steps that
    other kernels made, and the kernel."""

    reads: tuple[duckdb.Statement | str, ...]
    kernel: Kernel


Step = duckdb.Statement | Computed


@dataclass(frozen=True)
class Compiled:
    """Parsed statements, by the name of the table that each makes, and the result's.

    shared: the steps that do not depend on the spine. One that has a kernel is computed by it.
    """

    shared: tuple[tuple[str, Step], ...]
    steps: tuple[tuple[str, Step], ...]
    result: duckdb.Statement


def run_over_spine(
    ledger: Ledger | MemoryLedger, spine: Rows, key: Hashable, make: Callable[[Plan], ir.Table]
) -> Rows:
    """The sorted spine with the columns of the plan that `make` builds, keyed by `row`.

    A spine that is a table of the engine has a column row, unique, and so has the result, which
    is one as well: nothing of it comes into this process on Spark.

    The plan is compiled once per `key` and engine, and gives each row of the spine once. A ledger
    in memory is computed there, without an engine, if that can be done.
    Raises FeatureError if it does not, or if a version occurs twice in a table.
    """
    if isinstance(ledger, MemoryLedger):
        keys = sorted_spine(spine)
        found = run_in_memory(ledger.tables, keys, key, make)
        if found is not None:
            return found
        ledger = ledger.on_engine()
    if on_spark(ledger.backend):
        require_unique_keys(ledger)
        run = run_on_spark if isinstance(spine, ir.Table) else run_frame_on_spark
        return run(ledger, spine, make)
    if isinstance(spine, ir.Table):
        return _over_table(ledger, spine, key, make)
    keys = sorted_spine(spine)
    parts = run_slices(ledger, sliced(ledger, keys), key, make)
    columns = whole((part for _, part in parts), len(keys))
    return pd.concat([keys, columns], axis=1)


def run_slices(
    ledger: Ledger,
    slices: Sequence[pd.DataFrame],
    key: Hashable,
    make: Callable[[Plan], ir.Table],
) -> Iterator[tuple[pd.DataFrame, pa.Table]]:
    """Each slice (row, customer_id, as_of) of a spine with the columns of the plan for its rows,
    by their number `row`, each exactly once. Raises as `run_over_spine`.
    """
    require_unique_keys(ledger)
    if len(slices) == 1:
        compiled, connection = _compiled(ledger, ledger.prefix, key, make), ledger.backend.con
        with _made(connection, compiled.shared):
            yield slices[0], _run_slice(connection, compiled, slices[0])
        return
    compiled = _compiled(ledger, DIVIDED, key, make)
    with divided(ledger, slices) as part:
        yield from _run_divided(ledger, part, compiled, slices)


def _over_table(
    ledger: Ledger, spine: ir.Table, key: Hashable, make: Callable[[Plan], ir.Table]
) -> ir.Table:
    frame = fetched(ledger, spine).sort_values(["as_of", "customer_id"], ignore_index=True)
    result = run_over_spine(ledger, frame, key, make).assign(row=frame["row"])
    return ibis.memtable(pa.Table.from_pandas(result, preserve_index=False))


def _run_divided(
    ledger: Ledger,
    part: Callable[[int | None], Show],
    compiled: Compiled,
    slices: Sequence[pd.DataFrame],
) -> Iterator[tuple[pd.DataFrame, pa.Table]]:
    connection, most = ledger.backend.con, at_once(ledger)

    def run(number: int, show: Show) -> tuple[pd.DataFrame, pa.Table]:
        rows = slices[number]
        # temporary tables and views are a cursor's own, and go with it
        with connection.cursor() as cursor:
            show(cursor)
            return rows, _run_slice(cursor, compiled, rows)

    with (
        connection.cursor() as whole,
        _shared(whole, part(None), compiled),
        ThreadPoolExecutor(most) as workers,
    ):
        first = range(min(most, len(slices)))
        under_way = [workers.submit(run, number, part(number)) for number in first]
        for number in range(len(slices)):
            done = under_way.pop(0).result()
            if number + most < len(slices):
                under_way.append(workers.submit(run, number + most, part(number + most)))
            yield done


@contextmanager
def _shared(cursor: duckdb.DuckDBPyConnection, show: Show, compiled: Compiled) -> Iterator[None]:
    show(cursor)
    with _made(cursor, compiled.shared):
        yield


def _compiled(
    ledger: Ledger, prefix: str, key: Hashable, make: Callable[[Plan], ir.Table]
) -> Compiled:
    place = (ledger.backend.name, prefix, key)
    if place not in _COMPILED:
        plan = Plan(prefix)
        _COMPILED[place] = _compile(plan, make(plan), ledger)
    return _COMPILED[place]


def _compile(plan: Plan, result: ir.Table, ledger: Ledger) -> Compiled:
    engine, of_spine = ledger.backend, {SPINE}
    parts: tuple[list[tuple[str, Step]], list[tuple[str, Step]]] = [], []
    for name, expression in plan.steps.items():
        if not of_spine.isdisjoint(table.name for table in expression.op().find(ops.UnboundTable)):
            of_spine.add(name)
        step: Step
        if name in plan.kernels:
            kernel = plan.kernels[name]
            made = {each for each, _ in parts[True] if each in plan.kernels}
            reads = (_name_in(made, read) or _parsed(engine, read) for read in kernel.reads)
            step = Computed(tuple(reads), kernel)
        else:
            kind = "TEMP TABLE" if name in of_spine else "TABLE"
            sql = ibis.to_sql(expression, dialect=engine.name)
            create = f'CREATE OR REPLACE {kind} "{name}" AS {sql}'
            step = engine.con.extract_statements(create)[0]
        parts[name in of_spine].append((name, step))
    return Compiled(tuple(parts[0]), tuple(parts[1]), _parsed(engine, result))


def _name_in(made: set[str], read: ir.Table) -> str | None:
    """The name of the table, if it is one of those."""
    table = read.op()
    return table.name if isinstance(table, ops.UnboundTable) and table.name in made else None


def _parsed(engine: Backend, expression: ir.Table) -> duckdb.Statement:
    sql = str(ibis.to_sql(expression, dialect=engine.name))
    statement: duckdb.Statement = engine.con.extract_statements(sql)[0]
    return statement


def _run_slice(
    connection: duckdb.DuckDBPyConnection, compiled: Compiled, rows: pd.DataFrame
) -> pa.Table:
    spine = rows[["row", "customer_id", "as_of"]]
    spine = pa.Table.from_pandas(spine, schema=_SPINE_SCHEMA, preserve_index=False)
    connection.register(SPINE, spine)
    try:
        with _made(connection, compiled.steps):
            result = connection.sql(compiled.result).to_arrow_table()
    finally:
        connection.unregister(SPINE)
    _require_one_each(result["row"], rows)
    return result


@contextmanager
def _made(
    connection: duckdb.DuckDBPyConnection, steps: tuple[tuple[str, Step], ...]
) -> Iterator[None]:
    """The tables of the steps, gone afterwards."""
    held: dict[str, pa.Table] = {}
    try:
        for name, step in steps:
            if isinstance(step, Computed):
                held[name] = _computed(connection, step, held)
                connection.register(name, held[name])
            else:
                connection.execute(step)
        yield
    finally:
        for name, step in steps:
            if isinstance(step, Computed):
                connection.unregister(name)
            else:
                connection.execute(f'DROP TABLE IF EXISTS "{name}"')


def _computed(
    connection: duckdb.DuckDBPyConnection, step: Computed, held: Mapping[str, pa.Table]
) -> pa.Table:
    read = (
        held[each] if isinstance(each, str) else connection.sql(each).to_arrow_table()
        for each in step.reads
    )
    return step.kernel.compute(*read)


def _require_one_each(found: pa.ChunkedArray, rows: pd.DataFrame) -> None:
    """Raise FeatureError unless `found` is each row number of the slice exactly once."""
    times = found.to_pandas().value_counts().reindex(rows["row"], fill_value=0).to_numpy()
    if (times != 1).any():
        row = rows.iloc[int(np.argmax(times != 1))]
        raise FeatureError(
            f"customer_id {row['customer_id']!r}, as_of {row['as_of']} came out "
            f"{times[times != 1][0]} times; expected once: a join has fanned out. "
            "Look for duplicate keys in the ledger's tables."
        )
    if len(found) != len(rows):
        raise FeatureError(
            f"{len(found):,} rows came out for {len(rows):,} of the spine: there are rows that "
            "nobody asked for. Look at the joins of the plan's last step."
        )
