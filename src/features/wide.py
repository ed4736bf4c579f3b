"""One row per spine row with the columns of all parts: joins by row number, or a gathering."""

from collections.abc import Collection, Sequence
from functools import partial

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from src.core.errors import FeatureError
from src.features.plan import Kernel, Plan
from src.features.sorted_rows import ints, whole


def side_by_side(plan: Plan, parts: Sequence[ir.Table], zeros: Collection[str]) -> ir.Table:
    """The spine's rows (row, the columns of all parts), null where a part has no such row; 0, not
    null, in the columns that `zeros` names.

    parts: (row, …), each row at most once, no column of one name in two of them.
    """
    if not parts:
        return plan.spine.select("row")
    wide = plan.spine.select("row")
    for number, part in enumerate(parts):
        wide = wide.left_join(part, "row", rname=f"{{name}}_{number}")
    columns = {
        name: wide[name].fill_null(0.0) if name in zeros else wide[name]
        for part in parts
        for name in part.columns
        if name != "row"
    }
    kernel = Kernel((plan.spine, *parts), partial(gathered, zeros=zeros), lean=True)
    return plan.keep("wide", wide.select("row", **columns), kernel)


def gathered(spine: pa.Table, *parts: pa.Table, zeros: Collection[str]) -> pa.Table:
    """The same by the places of the rows: no engine has to plan a join of hundreds of columns.

    Raises FeatureError if a part has a row twice.
    """
    rows = ints(spine["row"])
    order = np.argsort(rows, kind="stable")
    columns = {"row": spine["row"]}
    for part in parts:
        found = ints(part["row"])
        if np.array_equal(rows, found):
            taken = {name: part[name] for name in part.column_names if name != "row"}
        else:
            at = np.full(len(rows), -1)
            at[order[np.searchsorted(rows, found, sorter=order)]] = np.arange(len(found))
            if np.count_nonzero(at >= 0) != len(found):
                raise FeatureError(
                    f"{', '.join(part.column_names[1:4])} …: {len(found):,} rows came out for "
                    f"{np.count_nonzero(at >= 0):,} of the spine; expected each once: a join has "
                    "fanned out. Look for duplicate keys in the ledger's tables."
                )
            places = pa.array(at, mask=at < 0)
            taken = {n: whole(part[n]).take(places) for n in part.column_names if n != "row"}
        for name, column in taken.items():
            lacking = column.null_count and name in zeros
            columns[name] = pc.fill_null(column, 0.0) if lacking else column
    return pa.table(columns)
