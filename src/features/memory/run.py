"""Runs a plan over a ledger in memory: compiled once, in any number of threads."""

from collections.abc import Callable, Hashable, Mapping
from threading import Lock
from typing import TYPE_CHECKING, Any

import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa

from src.core.ledger import Columns
from src.features.memory.faults import OutOfBounds, Unsupported
from src.features.plan import SPINE, Plan

if TYPE_CHECKING:
    from src.features.memory.program import Program

_PROGRAMS: dict[Hashable, tuple["Program", pd.Index] | None] = {}
_COMPILING = Lock()


def run_in_memory(
    tables: Mapping[str, pa.Table | Columns],
    keys: pd.DataFrame,
    key: Hashable,
    make: Callable[[Plan], ir.Table],
) -> pd.DataFrame | None:
    """A sorted spine with the columns of the plan that `make` builds.

    None if an engine has to answer instead: because Numba is not installed, the plan has an
    operation that is not written here, a number does not fit, or a table or a join is not what it
    should be.
    """
    if key not in _PROGRAMS:
        with _COMPILING:
            if key not in _PROGRAMS:
                _PROGRAMS[key] = _compiled(make)
    found = _PROGRAMS[key]
    if found is None:
        return None
    program, names = found
    row = np.arange(len(keys))
    columns: dict[str, Any] = {"row": row, "customer_id": keys["customer_id"].tolist()}
    spine = Columns(len(keys), columns | {"as_of": keys["as_of"].to_numpy()})
    try:
        rows, figures = program.run({**tables, SPINE: spine})
    except OutOfBounds:
        return None
    order = rows.argsort(kind="stable")
    if not np.array_equal(rows[order], row):
        return None
    built = pd.concat([keys, pd.DataFrame(figures[order])], axis=1, ignore_index=True)
    built.columns = names
    return built


def _compiled(make: Callable[[Plan], ir.Table]) -> tuple["Program", pd.Index] | None:
    try:
        from src.features.memory.program import compiled  # loads a compiler: only who needs it
    except ModuleNotFoundError as missing:
        if missing.name != "numba":
            raise
        return None
    plan = Plan()
    result = make(plan)
    try:
        return compiled(plan.steps, result), pd.Index(["customer_id", "as_of", *result.columns[1:]])
    except Unsupported:
        return None
