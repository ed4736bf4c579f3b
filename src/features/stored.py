"""Rows of features and labels on disk: labels one file from DuckDB, all else a folder of many."""

from pathlib import Path

import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from src.core.files import read_parquet, write_parquet
from src.core.ledger import Ledger, on_spark
from src.features.plan import Rows, fetched
from src.features.spec import FeatureSpec

KEYS = ("as_of", "customer_id")
_KEYS = pa.schema([("customer_id", pa.string()), ("as_of", pa.timestamp("us"))])


def write_rows(ledger: Ledger, rows: Rows, path: Path) -> None:
    """Write rows (customer_id, as_of, …) to `path`, sorted by as_of, customer_id.

    Rows of this process become one Parquet file; a table of Spark a folder of that name, divided by
    snapshot=<date>, that its machines write, each its own part.
    """
    if isinstance(rows, ir.Table):
        columns = [name for name in rows.columns if name != "row"]
        frame = ledger.backend.frame(rows.select(columns))
        ledger.backend.write(frame, path, KEYS, snapshots=True)
    else:
        write_parquet(path, rows)


def read_spine(ledger: Ledger, path: Path) -> Rows:
    """customer_id and as_of of what `write_rows` wrote, as the engine takes a spine."""
    if not on_spark(ledger.backend):
        return read_parquet(path)[["customer_id", "as_of"]]
    return ledger.backend.keep(
        "kehu_spine_read", ledger.backend.read("kehu_stored", path, _KEYS), number="row"
    )


def rows_schema(spec: FeatureSpec) -> pa.Schema:
    """The columns of stored features."""
    return pa.schema([*_KEYS, *((name, pa.float64()) for name in spec.names)])


def row_count(ledger: Ledger, rows: Rows) -> int:
    """How many rows there are."""
    if not isinstance(rows, ir.Table):
        return len(rows)
    return int(fetched(ledger, rows.aggregate(rows=rows.count()))["rows"][0])


def whole_customers(ledger: Ledger, rows: Rows, most: int) -> pd.DataFrame:
    """The rows in this process: all of them, or of so many customers that about `most` rows come.

    Which customers is the same for the same rows.
    """
    frame: pd.DataFrame = rows
    if isinstance(rows, ir.Table):
        every = -(-row_count(ledger, rows) // most)
        kept = rows if every <= 1 else rows.filter(rows["customer_id"].hash() % every == 0)
        frame = fetched(ledger, kept)
    return frame


def customer_count(ledger: Ledger, rows: Rows) -> int:
    """How many customers the rows are of."""
    if not isinstance(rows, ir.Table):
        return int(rows["customer_id"].nunique())
    counted = rows.aggregate(customers=rows["customer_id"].nunique())
    return int(fetched(ledger, counted)["customers"][0])
