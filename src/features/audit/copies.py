"""Copies of all kinds of rows that a ledger has, for the customers under audit.

A shape is one combination of what decides for which features a row counts. Shapes come from the
whole ledger, so that a sample of customers is given what others have.
"""

import ibis
import ibis.expr.types as ir
import pandas as pd

from src.core.schemas import TABLES
from src.features.audit.sample import Subject, store

SHAPED_BY: dict[str, tuple[str, ...]] = {
    "transactions": ("kind", "channel", "category", "product_id"),
    "interactions": ("kind", "channel", "topic"),
    "questionnaires": ("risk_level",),
    "balances": ("asset_class", "product_id"),
    "prices": ("product_id",),
    "fx_rates": ("currency",),
    "labels": ("task", "label"),
    "rejected": ("meant_for",),
}
# Copies of one table at most, about: beyond it each customer gets a share of the shapes.
_MOST = 6_000


def copies(table: str) -> ir.Table:
    """(place, shape, the table's columns): rows of customer number `place` and shape number
    `shape`; place is 0 where the table has no customers."""
    schema = {"place": "int64", "shape": "int64", **dict(TABLES[table].ibis.items())}
    return ibis.table(schema, name=f"audit_copies_{table}")


def make_copies(subject: Subject) -> None:
    """Store the copies that `copies` reads, in the subject's engine."""
    engine = subject.source.backend.con
    frame = pd.DataFrame({"customer_id": pd.Series(subject.customers, dtype="str")})
    engine.register("audit_customers", frame.rename_axis("place").reset_index())
    customers = ibis.table({"place": "int64", "customer_id": "string"}, name="audit_customers")
    for table in SHAPED_BY:
        name = f"audit_shapes_{table}"
        store(subject.source, name, _shapes(table, subject.source[table]))
        schema = {"shape": "int64", **dict(TABLES[table].ibis.items())}
        found = ibis.table(schema, name=name)
        made = found.mutate(place=ibis.literal(0, type="int64"))
        if "customer_id" in found.columns:
            count = engine.execute(f'SELECT count(*) FROM "{name}"').fetchall()[0][0]
            share = 1 + count * len(frame) // _MOST
            made = found.drop("customer_id").cross_join(customers)
            made = made.filter((made.place + made.shape) // 3 % share == 0)
        store(subject.source, f"audit_copies_{table}", made.select(*copies(table).columns))
    engine.unregister("audit_customers")


def _shapes(table: str, rows: ir.Table) -> ir.Table:
    """(shape, the table's columns): one row of each shape, made up of what its rows have."""
    keys = list(SHAPED_BY[table])
    if table == "transactions":
        rows = rows.mutate(paid=rows.amount_minor < 0)
        keys.append("paid")
    columns = TABLES[table].arrow.names
    found = rows.group_by(keys).aggregate(
        **{name: rows[name].max() for name in columns if name not in keys}
    )
    place = ibis.row_number().over(ibis.window(order_by=keys))
    return found.select(shape=place, **{name: found[name] for name in columns})
