"""A query over a spine as named steps, which src/features/run.py evaluates.

What several later steps read is computed once, and no engine has to plan one huge query.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from src.core.ledger import Ledger, on_spark
from src.core.schemas import TABLES
from src.features.sorted_rows import in_order
from src.features.windows import until

SPINE = "kehu_spine"
# Rows in this process, or a table of the engine.
Rows = pd.DataFrame | ir.Table
# What no feature looks at, of any table: it stays on disk.
UNUSED = ("source", "transaction_id", "interaction_id", "text", "answers")


@dataclass(frozen=True)
class Kernel:
    """The same step in vectors: the rows that it reads, and how it computes its table from those.

    The step's expression says what is computed; an engine in this process may take this way to it.
    What is in this process already, such as what another kernel made, is read as it is: rows in
    its order, texts as its codes. lean: of its tables it needs no column but those that the
    expression names for what is asked of it; else it is given all of theirs.
    """

    reads: tuple[ir.Table, ...]
    compute: Callable[..., pa.Table]
    lean: bool = False


class Plan:
    """Steps in the making. plan["transactions"] is a ledger table, plan.spine the spine's slice.

    The spine has row (int64, unique), customer_id, as_of. Every expression handed to `keep` may
    read ledger tables, the spine and what `keep` returned before. prefix: of the tables' names.
    """

    def __init__(self, prefix: str = "") -> None:
        schema = {"row": "int64", "customer_id": "string", "as_of": "timestamp(6)"}
        self.spine: ir.Table = ibis.table(schema, name=SPINE)
        self._tables = {
            name: ibis.table(table.ibis, name=f"{prefix}{name}") for name, table in TABLES.items()
        }
        self._steps: dict[str, ir.Table] = {}
        self._kernels: dict[str, Kernel] = {}

    def __getitem__(self, name: str) -> ir.Table:
        return self._tables[name]

    def keep(self, name: str, expression: ir.Table, kernel: Kernel | None = None) -> ir.Table:
        """Compute `expression` once, as step `name`; returns the table to read it from."""
        if name in self._steps:
            raise ValueError(f"step {name!r} exists already; give each step its own name")
        self._steps[name] = expression
        if kernel is not None:
            self._kernels[f"kehu_{name}"] = kernel
        return ibis.table(expression.schema(), name=f"kehu_{name}")

    def made(self, name: str) -> ir.Table:
        """The table to read step `name` from, which `keep` was told of before."""
        return ibis.table(self._steps[name].schema(), name=f"kehu_{name}")

    def kept(
        self,
        name: str,
        make: Callable[[], ir.Table],
        kernel: Callable[[ir.Table], Kernel] | None = None,
    ) -> ir.Table:
        """The step called `name`, made on first use, with the kernel of its expression."""
        if name not in self._steps:
            expression = make()
            return self.keep(name, expression, kernel(expression) if kernel else None)
        return self.made(name)

    def of_slice(self, name: str) -> ir.Table:
        """The rows of a customer-keyed ledger table that belong to the slice's customers, with
        their number `who`, and known_until filled: `is_known` takes it as it is. Kernels find what
        occurred by customer and time.
        """
        rows = self[name].select([c for c in self[name].columns if c not in UNUSED])
        rows = rows.mutate(known_until=until(rows.known_until))
        return self.kept(
            f"slice_{name}",
            lambda: rows.join(self._customers, "customer_id"),
            self._sorting(name) if "occurred_at" in rows.columns else None,
        )

    def _sorting(self, name: str) -> Callable[[ir.Table], Kernel]:
        return lambda _: Kernel((self[name], self._customers), in_order, lean=True)

    @property
    def numbered(self) -> ir.Table:
        """The spine with its customers' numbers: (row, customer_id, as_of, who)."""
        return self.kept("numbered", lambda: self.spine.join(self._customers, "customer_id"))

    @property
    def _customers(self) -> ir.Table:
        """(customer_id, who): the slice's customers, numbered by the first row of each."""
        spine = self.spine
        return self.kept(
            "customers", lambda: spine.group_by("customer_id").aggregate(who=spine["row"].min())
        )

    @property
    def steps(self) -> Mapping[str, ir.Table]:
        """The steps in the order of their making, by the names of the tables that they make."""
        return {f"kehu_{name}": expression for name, expression in self._steps.items()}

    @property
    def kernels(self) -> Mapping[str, Kernel]:
        """The kernels of those steps that have one, by the same names."""
        return self._kernels


def fetched(ledger: Ledger, expression: ir.Table) -> pd.DataFrame:
    """The rows of an expression over the ledger's own tables."""
    engine = ledger.backend
    rows = engine.fetch(expression) if on_spark(engine) else engine.to_pyarrow(expression)
    frame: pd.DataFrame = rows.to_pandas()
    return frame


def given(ledger: Ledger, name: str, frame: pd.DataFrame) -> ir.Table:
    """Rows of this process as a table beside the ledger's own."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    return (
        ledger.backend.given(f"kehu_{name}", table)
        if on_spark(ledger.backend)
        else ibis.memtable(table)
    )
