"""What lies ahead of a spine's rows: how far it is in the data, and what customers held then.

Beside src/features/labels.py the only file that looks forward, as_of <= event < as_of + horizon.
"""

from datetime import datetime
from functools import cached_property
from typing import Literal

import ibis
import ibis.expr.types as ir

from src.core.ledger import Ledger, on_spark, with_hindsight
from src.features.assets import asset_size
from src.features.plan import Rows, given
from src.features.spine import customer_ends, data_period, sorted_spine
from src.features.windows import days_later, is_observed, moment

KEYS = ["customer_id", "as_of"]
Ends = Literal["together", "by_customer"]
NOTHING = ibis.null("string")


class Ahead:
    """A spine as a table of the engine (row, customer_id, as_of), and its future.

    Customer asset sizes are computed once and serve every task and horizon.
    """

    def __init__(self, ledger: Ledger, spine: Rows, ends: Ends) -> None:
        """Raises FeatureError if a row occurs twice in a spine of this process."""
        if not isinstance(spine, ir.Table):
            numbered = sorted_spine(spine).rename_axis("row").reset_index()
            spine = given(ledger, "label_spine", numbered)
        self.ledger, self.hindsight = ledger, with_hindsight(ledger)
        self.rows: ir.Table = spine.select("row", *KEYS)
        self._ends = ends
        self._sizes: dict[int, ir.Table] = {}

    def windows(self, days: int) -> ir.Table:
        """The rows with why: for what reason the window [as_of, as_of + days) is not fully in the
        data, empty where it is."""
        in_data = is_observed(self.rows["as_of"], days, moment(self._data_end))
        if self._ends == "together":
            return self.rows.mutate(why=ibis.ifelse(in_data, NOTHING, "beyond_data_end"))
        own = self.rows.mutate(in_data=in_data)
        own = own.left_join(customer_ends(self.ledger), "customer_id")
        in_own = is_observed(own["as_of"], days, own.ends).fill_null(False)
        why = ibis.cases(
            (~own.in_data, "beyond_data_end"), (~in_own, "beyond_customer_end"), else_=NOTHING
        )
        return own.select("row", *KEYS, why=why)

    @cached_property
    def known_assets(self) -> ir.Table:
        """(row, asset_minor, complete) at as_of, by what was known then."""
        return _sizes(asset_size(self.ledger, self.rows))

    @cached_property
    def assets_now(self) -> ir.Table:
        """(row, asset_minor, complete) at as_of, with hindsight."""
        return _sizes(asset_size(self.hindsight, self.rows))

    def assets_then(self, days: int) -> ir.Table:
        """(row, asset_minor, complete) `days` after as_of, of the rows whose window is observed."""
        if days not in self._sizes:
            windows = self.windows(days)
            then = windows.filter(windows.why.isnull()).select("row", *KEYS)
            then = then.mutate(as_of=days_later(then["as_of"], days))
            self._sizes[days] = _sizes(asset_size(self.hindsight, then))
        return self._sizes[days]

    def kept(self, name: str, expression: ir.Table) -> ir.Table:
        """The rows of the expression, computed once."""
        engine = self.ledger.backend
        if on_spark(engine):
            kept: ir.Table = engine.keep(f"kehu_{name}", expression)
            return kept
        return ibis.memtable(engine.to_pyarrow(expression))

    @cached_property
    def _data_end(self) -> datetime:
        return data_period(self.ledger)[1]


def beside(rows: ir.Table, *others: ir.Table) -> ir.Table:
    """`rows` with the columns of the others, each of which has a row at most once."""
    for other in others:
        rows = rows.left_join(other, "row").drop("row_right")
    return rows


def _sizes(sized: ir.Table) -> ir.Table:
    return sized.select("row", "asset_minor", "complete")
