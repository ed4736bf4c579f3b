"""Runs a plan over a spine on Spark: in one piece, for Spark itself splits and spills.

A step that several others read, or that gathers rows, is computed by itself and kept: the engine
plans no query of hundreds of columns over a dozen joins. Any other is computed where it is read.
"""

import itertools
from collections import Counter
from collections.abc import Callable

import ibis.expr.operations as ops
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from src.core.errors import FeatureError
from src.core.ledger import Ledger
from src.features.plan import SPINE, Plan
from src.features.spine import sorted_spine

_NUMBERS = itertools.count()


def run_frame_on_spark(
    ledger: Ledger, spine: pd.DataFrame, make: Callable[[Plan], ir.Table]
) -> pd.DataFrame:
    """The sorted spine with the columns of the plan that `make` builds, in this process."""
    keys = sorted_spine(spine)
    given = pa.Table.from_pandas(keys.rename_axis("row").reset_index(), preserve_index=False)
    name = f"kehu_given_spine_{next(_NUMBERS)}"
    result = run_on_spark(ledger, ledger.backend.given(name, given), make)
    rows = ledger.backend.fetch(result).sort_by("row").drop_columns(["row", *keys.columns])
    ledger.backend.drop([name, result.op().name])
    columns: pd.DataFrame = rows.to_pandas()
    return pd.concat([keys, columns], axis=1)


def run_on_spark(ledger: Ledger, spine: ir.Table, make: Callable[[Plan], ir.Table]) -> ir.Table:
    """(row, customer_id, as_of, *columns of the plan that `make` builds), kept by the engine, for a
    spine of the engine: row (unique), customer_id, as_of.

    Raises FeatureError unless each row of the spine comes out once.
    """
    engine, plan = ledger.backend, Plan(ledger.prefix)
    figures = make(plan)
    engine.show(SPINE, spine)
    readers = _readers([*plan.steps.values(), figures])
    for step, expression in plan.steps.items():
        if readers[step] > 1 or expression.op().find(ops.Aggregate):
            engine.keep(step, expression)
        else:
            engine.show(step, expression)
    result = plan.spine.join(figures, "row")
    kept = engine.keep(f"kehu_result_{next(_NUMBERS)}", result)
    engine.drop([*plan.steps, SPINE])
    _require_one_each(ledger, spine, kept)
    return kept


def _readers(expressions: list[ir.Table]) -> Counter[str]:
    """How many places of the expressions read each table."""
    return Counter(
        read.name
        for expression in expressions
        for relation in expression.op().find(ops.Relation)
        for read in relation.__children__
        if isinstance(read, ops.UnboundTable)
    )


def _require_one_each(ledger: Ledger, spine: ir.Table, result: ir.Table) -> None:
    rows = result.aggregate(rows=result.count(), distinct=result["row"].nunique())
    [found] = ledger.backend.fetch(rows).to_pylist()
    [asked] = ledger.backend.fetch(spine.aggregate(rows=spine.count())).to_pylist()
    if {*found.values()} != {asked["rows"]}:
        raise FeatureError(
            f"{asked['rows']:,} rows of the spine came out as {found['rows']:,}, of which "
            f"{found['distinct']:,} differ; expected each once: a join has fanned out. "
            "Look for duplicate keys in the ledger's tables."
        )
