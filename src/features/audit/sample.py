"""What is audited: a ledger cut down to a few customers, and the instants at which to look at them.

The rows are copied into temporary tables once, so that a large ledger is read once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import ibis
import ibis.expr.types as ir
import pandas as pd

from src.core.errors import FeatureError
from src.core.ledger import Ledger, table_of
from src.core.params import SnapshotParams
from src.core.schemas import TABLES
from src.features.spine import make_spine, snapshots

SAMPLE = "sample_"
# What a ledger's tables look like to somebody, by their names.
See = Callable[[str, ir.Table], ir.Table]


@dataclass(frozen=True)
class Subject:
    """A ledger under audit. source: what it was cut from; customers: who is looked at; cuts: the
    instants at which, in order; end: one long after them."""

    name: str
    ledger: Ledger
    source: Ledger
    customers: tuple[str, ...]
    cuts: tuple[datetime, ...]
    end: datetime

    def spine(self, as_of: datetime) -> pd.DataFrame:
        """Every customer at one instant."""
        return pd.DataFrame(
            {
                "customer_id": pd.Series(self.customers, dtype="str"),
                "as_of": pd.Series([as_of] * len(self.customers), dtype="datetime64[us]"),
            }
        )


def sampled(
    ledger: Ledger, name: str, customers: int, cuts: int, every: SnapshotParams, seed: int
) -> Subject:
    """A subject of at most so many customers and instants, both following from the seed and data.

    The customers are some with a movement or statement. The instants are spread over the
    snapshots, so that each has a past and a future.
    Raises FeatureError if none of these customers is one at any snapshot.
    """
    moved, stated = (ledger[name].select("customer_id") for name in ("transactions", "balances"))
    known = moved.union(stated, distinct=True)
    order = (ibis.literal(f"{seed}|") + known.customer_id).hash()
    store(ledger, "audit_chosen", known.order_by(order, known.customer_id).limit(customers))
    chosen = ibis.table({"customer_id": "string"}, name="audit_chosen")

    def of_chosen(_: str, rows: ir.Table) -> ir.Table:
        return rows.semi_join(chosen, "customer_id") if "customer_id" in rows.columns else rows

    sample = _copied(ledger, of_chosen)
    spine = make_spine(sample, snapshots(sample, every))
    if spine.empty:
        raise FeatureError(
            f"{name}: none of {customers} customers is one at any snapshot; expected some. "
            "Ask for more customers."
        )
    sizes = spine["as_of"].value_counts().sort_index()
    common = sizes[sizes * 2 >= sizes.max()].index
    times = sorted({common[(k + 1) * len(common) // (cuts + 1)] for k in range(cuts)})
    who = sorted(spine.loc[spine["as_of"].isin(times), "customer_id"].unique())
    cuts_at = tuple(instant.to_pydatetime() for instant in times)
    return Subject(name, sample, ledger, tuple(who), cuts_at, common[-1].to_pydatetime())


def uncut(
    ledger: Ledger, name: str, customers: Sequence[str], cuts: Sequence[datetime], end: datetime
) -> Subject:
    """A subject of a whole small ledger."""
    sample = _copied(ledger, lambda _, rows: rows)
    return Subject(name, sample, ledger, tuple(customers), tuple(cuts), end)


def store(ledger: Ledger, name: str, expression: ir.Table) -> None:
    """Compute an expression over the ledger now, as temporary table `name` of its engine."""
    sql = ibis.to_sql(expression, dialect=ledger.backend.name)
    ledger.backend.con.execute(f'CREATE OR REPLACE TEMP TABLE "{name}" AS {sql}')


def _copied(ledger: Ledger, see: See) -> Ledger:
    """The ledger whose every table is `see(name, table)`, computed now."""
    held = {}
    for name, table in TABLES.items():
        store(ledger, f"{SAMPLE}{name}", see(name, ledger[name]).select(*table.arrow.names))
        held[name] = table_of(f"{SAMPLE}{name}", name, ledger.backend)
    return Ledger(ledger.backend, held, SAMPLE)
