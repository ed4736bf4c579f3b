"""A spec's features under many changes of a ledger, in one evaluation: each look in a world of its
own, whose customers, products and currencies bear names that no other world has.

The engine plans the wide query for each evaluation anew, which takes longer than to compute it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import ibis
import pandas as pd

from src.core.ledger import Ledger, table_of
from src.core.schemas import TABLES
from src.features.audit.clock import set_as_of
from src.features.audit.sample import SAMPLE, See, Subject
from src.features.build import build_features
from src.features.spec import FeatureSpec

_PREFIX = "audited_"
_OWN = (
    "customer_id",
    "account_id",
    "product_id",
    "currency",
    "transaction_id",
    "interaction_id",
)


@dataclass(frozen=True)
class Look:
    """All customers' features at `as_of`, on the ledger changed with regard to `cut`."""

    change: See
    cut: datetime
    as_of: datetime


def features_alone(subject: Subject, spec: FeatureSpec, look: Look) -> pd.DataFrame:
    """(customer_id, as_of, features), in the order of the subject's customers."""
    ledger = changed(subject, look.change, look.cut)
    found = build_features(ledger, subject.spine(look.as_of), spec)
    return _in_order(subject, found)


def features_together(
    subject: Subject, spec: FeatureSpec, looks: Sequence[Look]
) -> list[pd.DataFrame]:
    """What `features_alone` returns for each of the looks, if no feature of a customer depends on
    other customers, or on products and currencies that are not the customer's."""
    worlds = [f"{number:03}|" for number in range(len(looks))]
    spines = [
        spine.assign(customer_id=world + spine["customer_id"])
        for world, spine in zip(worlds, (subject.spine(look.as_of) for look in looks), strict=True)
    ]
    ledger = _in_worlds(subject, dict(zip(worlds, looks, strict=True)))
    found = build_features(ledger, pd.concat(spines, ignore_index=True), spec)
    of_world = found["customer_id"].str.slice(stop=len(worlds[0]))
    found["customer_id"] = found["customer_id"].str.slice(start=len(worlds[0]))
    return [_in_order(subject, found[of_world == world]) for world in worlds]


def changed(subject: Subject, change: See, cut: datetime) -> Ledger:
    """The subject's ledger, changed with regard to `cut`. It takes the place of the last one."""
    return _in_worlds(subject, {"": Look(change, cut, cut)})


def _in_worlds(subject: Subject, looks: dict[str, Look]) -> Ledger:
    """The ledgers that the looks are at, as one: by what the names of each begin with."""
    engine = subject.ledger.backend
    held = {}
    for table in TABLES:
        name = f"{_PREFIX}{table}"
        engine.con.execute(
            f'CREATE OR REPLACE TEMP TABLE "{name}" AS FROM "{SAMPLE}{table}" LIMIT 0'
        )
        held[table] = table_of(name, table, engine)
    for world, look in looks.items():
        set_as_of(engine.con, look.cut)
        for table, schema in TABLES.items():
            columns = ", ".join(
                f"'{world}' || {column} AS {column}" if column in _OWN else column
                for column in schema.arrow.names
            )
            engine.con.execute(
                f'INSERT INTO "{_PREFIX}{table}" SELECT {columns} FROM ({_sql(look.change, table)})'
            )
    return Ledger(engine, held, _PREFIX)


@cache
def _sql(change: See, table: str) -> str:
    """The change of a table, in the engine's words: the same for every subject and instant."""
    schema = TABLES[table]
    sample = ibis.table(schema.ibis, name=f"{SAMPLE}{table}")
    rows = change(table, sample)
    if rows is sample:
        return f'FROM "{SAMPLE}{table}"'
    return str(ibis.to_sql(rows.select(*schema.arrow.names), dialect="duckdb"))


def _in_order(subject: Subject, found: pd.DataFrame) -> pd.DataFrame:
    return found.set_index("customer_id").loc[list(subject.customers)].reset_index()
