"""One row per spine row with the columns of all parts: joins by row number, or a gathering."""

from collections.abc import Collection, Sequence
from functools import partial

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from src.core.errors import FeatureError
from src.features.plan import Kernel, Plan


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
    kernel = Kernel((plan.spine.select("row"), *parts), partial(gathered, zeros=zeros))
    return plan.keep("wide", wide.select("row", **columns), kernel)


def gathered(spine: pa.Table, *parts: pa.Table, zeros: Collection[str]) -> pa.Table:
    """The same by the places of the rows: no engine has to plan a join of hundreds of columns.

    Raises FeatureError if a part has a row twice.
    """
    rows = spine["row"].to_numpy()
    order = np.argsort(rows)
    columns = {"row": spine["row"]}
    for part in parts:
        found = part["row"].to_numpy()
        at = np.full(len(rows), -1)
        at[order[np.searchsorted(rows, found, sorter=order)]] = np.arange(len(found))
        if np.count_nonzero(at >= 0) != len(found):
            raise FeatureError(
                f"{', '.join(part.column_names[1:4])} …: {len(found):,} rows came out for "
                f"{np.count_nonzero(at >= 0):,} of the spine; expected each once: a join has "
                "fanned out. Look for duplicate keys in the ledger's tables."
            )
        taken = part.drop_columns("row").take(pa.array(at, mask=at < 0))
        for name in taken.column_names:
            column = taken[name]
            columns[name] = pc.fill_null(column, 0.0) if name in zeros else column
    return pa.table(columns)
