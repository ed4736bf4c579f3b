"""Runs a plan over a spine: compiled once, in slices of customers that bound the memory.

What does not depend on the spine is computed once; every other step's result is kept as a
temporary table of the engine until its slice is done.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import duckdb
import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa

from src.core.errors import FeatureError
from src.core.ledger import Ledger, MemoryLedger, on_spark
from src.features.compiling import Compiled, Computed, Result, Step, compiled
from src.features.divided import DIVIDED, Tables, divided
from src.features.memory.run import run_in_memory
from src.features.plan import SPINE, Plan, Rows, fetched
from src.features.run_spark import run_frame_on_spark, run_on_spark
from src.features.slices import at_once, sliced
from src.features.spine import sorted_spine
from src.features.unique_keys import require_unique_keys
from src.features.whole import whole

_SPINE_SCHEMA = pa.schema(
    [("row", pa.int64()), ("customer_id", pa.string()), ("as_of", pa.timestamp("us"))]
)
_COMPILED: dict[Hashable, Compiled] = {}


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
    place = (ledger.backend.name, key)
    if place not in _COMPILED:
        plan = Plan(DIVIDED)
        _COMPILED[place] = compiled(plan, make(plan), ledger.backend)
    steps = _COMPILED[place]
    require_unique_keys(ledger, steps.ledger)
    with divided(ledger, slices, steps.ledger) as part:
        yield from _run_divided(ledger, part, steps, slices)


def _over_table(
    ledger: Ledger, spine: ir.Table, key: Hashable, make: Callable[[Plan], ir.Table]
) -> ir.Table:
    frame = fetched(ledger, spine).sort_values(["as_of", "customer_id"], ignore_index=True)
    result = run_over_spine(ledger, frame, key, make).assign(row=frame["row"])
    return ibis.memtable(pa.Table.from_pandas(result, preserve_index=False))


def _run_divided(
    ledger: Ledger,
    part: Callable[[int | None], Tables],
    steps: Compiled,
    slices: Sequence[pd.DataFrame],
) -> Iterator[tuple[pd.DataFrame, pa.Table]]:
    connection, most = ledger.backend.con, at_once(ledger)

    def run(number: int) -> tuple[pd.DataFrame, pa.Table]:
        rows = slices[number]
        spine = pa.Table.from_pandas(rows[_SPINE_SCHEMA.names], _SPINE_SCHEMA, False)
        # temporary tables and views are a cursor's own, and go with it
        with (
            connection.cursor() as cursor,
            _made(cursor, steps.steps, part(number) | {SPINE: spine}) as held,
        ):
            result = _result(cursor, steps.result, held)
        _require_one_each(result["row"], rows)
        return rows, result

    with (
        connection.cursor() as whole,
        _made(whole, steps.shared, part(None)),
        ThreadPoolExecutor(most) as workers,
    ):
        under_way = [workers.submit(run, number) for number in range(min(most, len(slices)))]
        for number in range(len(slices)):
            done = under_way.pop(0).result()
            if number + most < len(slices):
                under_way.append(workers.submit(run, number + most))
            yield done


@contextmanager
def _made(
    connection: duckdb.DuckDBPyConnection, steps: Sequence[tuple[str, Step]], given: Tables
) -> Iterator[Tables]:
    """The tables of the steps beside those that are given, gone afterwards: those of this process
    by their names, and the engine's."""
    held = dict(given)
    try:
        for name, table in given.items():
            connection.register(name, table)
        for name, step in steps:
            if isinstance(step, Computed):
                held[name] = _computed(connection, step, held)
                connection.register(name, held[name])
            else:
                connection.execute(step)
        yield held
    finally:
        for name in held:
            connection.unregister(name)
        for name in {name for name, _ in steps} - held.keys():
            connection.execute(f'DROP TABLE IF EXISTS "{name}"')


def _computed(
    connection: duckdb.DuckDBPyConnection, step: Computed, held: Mapping[str, pa.Table]
) -> pa.Table:
    read = (
        held[each] if isinstance(each, str) else connection.sql(each).to_arrow_table()
        for each in step.reads
    )
    return step.kernel.compute(*read)


def _result(connection: duckdb.DuckDBPyConnection, result: Result, held: Tables) -> pa.Table:
    found: dict[str, pa.ChunkedArray] = {}
    if result.others is not None:
        others = connection.sql(result.others).to_arrow_table()
        if result.taken:
            others = _in_the_order_of(held[result.table]["row"], others)
        found = {name: others[name] for name in others.column_names}
    found |= {name: held[result.table][column] for name, column in result.taken.items()}
    return pa.table({name: found[name] for name in result.columns})


def _in_the_order_of(rows: pa.ChunkedArray, others: pa.Table) -> pa.Table:
    """The same rows, as the numbers `rows` stand."""
    wanted, found = rows.to_numpy(), others["row"].to_numpy()
    if np.array_equal(wanted, found):
        return others
    order = np.argsort(found)
    return others.take(pa.array(order[np.searchsorted(found, wanted, sorter=order)]))


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
