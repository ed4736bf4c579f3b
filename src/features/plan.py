"""A query over a spine as named steps, which src/features/run.py evaluates.

What several later steps read is computed once, and no engine has to plan one huge query.
"""

from collections.abc import Callable, Mapping

import ibis
import ibis.expr.types as ir
import pandas as pd

from src.core.ledger import Ledger
from src.core.schemas import TABLES
from src.features.windows import until

SPINE = "kehu_spine"


class Plan:
    """Steps in the making. plan["transactions"] is a ledger table, plan.spine the spine's slice.

    The spine has row (int64, unique), customer_id, as_of. Every expression handed to `keep` may
    read ledger tables, the spine and what `keep` returned before. prefix: of the tables' names.
    spares: whether it is worth leaving out the market's rows that nobody in the slice holds.
    """

    def __init__(self, prefix: str = "", *, spares: bool = True) -> None:
        self._spares = spares
        schema = {"row": "int64", "customer_id": "string", "as_of": "timestamp(6)"}
        self.spine: ir.Table = ibis.table(schema, name=SPINE)
        self._tables = {
            name: ibis.table(table.ibis, name=f"{prefix}{name}") for name, table in TABLES.items()
        }
        self._steps: dict[str, ir.Table] = {}

    def __getitem__(self, name: str) -> ir.Table:
        return self._tables[name]

    def keep(self, name: str, expression: ir.Table) -> ir.Table:
        """Compute `expression` once, as step `name`; returns the table to read it from."""
        if name in self._steps:
            raise ValueError(f"step {name!r} exists already; give each step its own name")
        self._steps[name] = expression
        return ibis.table(expression.schema(), name=f"kehu_{name}")

    def kept(self, name: str, make: Callable[[], ir.Table]) -> ir.Table:
        """The step called `name`, made by `make` on first use."""
        if name not in self._steps:
            return self.keep(name, make())
        return ibis.table(self._steps[name].schema(), name=f"kehu_{name}")

    def of_slice(self, name: str) -> ir.Table:
        """The rows of a customer-keyed ledger table that belong to the slice's customers, with
        known_until filled: `is_known` takes it as it is.
        """
        rows = self[name].mutate(known_until=until(self[name].known_until))
        return self.kept(f"slice_{name}", lambda: rows.semi_join(self.spine, "customer_id"))

    def of_market(self, name: str, wanted: Callable[[], ir.Table], key: str) -> ir.Table:
        """A table of the market: at least the rows whose key is among the wanted ones."""
        return self[name].semi_join(wanted(), key) if self._spares else self[name]

    @property
    def steps(self) -> Mapping[str, ir.Table]:
        """The steps in the order of their making, by the names of the tables that they make."""
        return {f"kehu_{name}": expression for name, expression in self._steps.items()}


def fetched(ledger: Ledger, expression: ir.Table) -> pd.DataFrame:
    """The rows of an expression over the ledger's own tables."""
    frame: pd.DataFrame = ledger.backend.to_pyarrow(expression).to_pandas()
    return frame
