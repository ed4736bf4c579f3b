"""Versions of a dimension that occur twice would fan out a join: they are refused before any."""

from collections.abc import Collection
from functools import cache

import ibis
import ibis.expr.types as ir

from src.core.errors import FeatureError
from src.core.ledger import Ledger, on_spark
from src.core.schemas import LEDGER

# What a row's join may meet twice; movements and contacts are never joined to by their key.
DIMENSIONS = ("products", "customers", "questionnaires", "prices", "fx_rates", "balances")


def require_unique_keys(ledger: Ledger, read: Collection[str] = DIMENSIONS) -> None:
    """Raise FeatureError by table and key if a version occurs twice in a dimension of those that
    are read."""
    looked_into = tuple(name for name in DIMENSIONS if name in read)
    if not looked_into:
        return
    if on_spark(ledger.backend):
        found = ledger.backend.fetch(_duplicates(ledger.prefix, looked_into)).to_pylist()
    else:
        sql = _duplicates_sql(ledger.prefix, looked_into)
        found = ledger.backend.con.execute(sql).fetchall()
    if found:
        table, key = found[0].values() if isinstance(found[0], dict) else found[0]
        raise FeatureError(
            f"{table}: key ({', '.join(LEDGER[table].version_key)}) = ({key}) occurs twice; "
            "expected unique versions. Run `dvc repro integrate` to write the table anew."
        )


@cache
def _duplicates_sql(prefix: str, tables: tuple[str, ...]) -> str:
    return str(ibis.to_sql(_duplicates(prefix, tables), dialect="duckdb"))


def _duplicates(prefix: str, tables: tuple[str, ...]) -> ir.Table:
    parts = []
    for name in tables:
        rows = ibis.table(LEDGER[name].ibis, name=f"{prefix}{name}")
        columns = list(LEDGER[name].version_key)
        repeated = rows.group_by(columns).having(rows.count() > 1).aggregate(n=rows.count())
        texts = [repeated[column].cast("string").fill_null("") for column in columns]
        key = ibis.literal(", ").join(texts)
        parts.append(repeated.select(table=ibis.literal(name), key=key))
    return ibis.union(*parts).limit(1)
