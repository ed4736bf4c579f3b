"""Slices of customers, small enough for the engine's memory, and the ledger laid out by them.

A ledger stands in the order in which it became known, so that each slice's rows lie all over it.
Where there are several slices it is laid out anew, once, in the order of the slices: each of them
then reads its own part, and time grows with the rows and not with rows times slices.
"""

import math
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from src.core.errors import FeatureError
from src.core.ledger import Ledger
from src.core.schemas import TABLES, Table
from src.features.plan import UNUSED

# Of the engine's memory that one event of a slice takes, with all that is computed from it.
BYTES_PER_EVENT = 8_000
# More at once is no faster.
MOST_EVENTS, MOST_ROWS, FEWEST_ROWS = 250_000, 36_000, 200
# What each of two slices holds in hash tables, whatever its size, has to fit as well.
ENOUGH_FOR_TWO = 2**30
LAID_OUT = "kehu_laid_out_"
_UNITS = {"B": 1, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40, "BYTES": 1}
_GROUP_ROWS = 40_000


def sliced(ledger: Ledger, keys: pd.DataFrame) -> list[pd.DataFrame]:
    """The sorted spine `keys`, with its row numbers as `row`, in slices of whole memory's worth.

    Customer by customer: a customer's rows stand together, unless they fill a slice.
    """
    rows = keys.rename_axis("row").reset_index().sort_values("customer_id", kind="stable")
    size = slice_rows(ledger, len(rows), rows["customer_id"].nunique())
    return [rows.iloc[start : start + size] for start in range(0, max(len(rows), 1), size)]


def slice_rows(ledger: Ledger, rows: int, customers: int) -> int:
    """How many spine rows a slice has, by the mean number of movements of a customer."""
    connection = ledger.backend.con
    events, known = connection.execute(
        f'SELECT (SELECT count(*) FROM "{ledger.prefix}transactions"), '
        f'(SELECT count(*) FROM "{ledger.prefix}customers")'
    ).fetchall()[0]
    most: int = min(_memory(connection) // BYTES_PER_EVENT, MOST_EVENTS)
    of_each = max(events / max(known, customers, 1), 1.0)
    share = most / of_each / max(customers, 1)
    wanted: int = math.ceil(rows * share)
    return max(min(wanted, MOST_ROWS), FEWEST_ROWS)


def at_once(ledger: Ledger) -> int:
    """How many slices to have under way: while one is in a kernel the engine works on the next."""
    return 2 if _memory(ledger.backend.con) >= ENOUGH_FOR_TWO else 1


def _memory(connection: duckdb.DuckDBPyConnection) -> int:
    """The engine's limit, in bytes."""
    ((text,),) = connection.execute("SELECT current_setting('memory_limit')").fetchall()
    found = re.fullmatch(r"([\d.]+)\s*(\w+)", text)
    if found is None or found[2].upper() not in _UNITS:
        raise FeatureError(f"engine: memory_limit {text!r} is no size; expected such as '2GB'.")
    size: float = float(found[1]) * _UNITS[found[2].upper()]
    return int(size)


@contextmanager
def laid_out(ledger: Ledger, slices: Sequence[pd.DataFrame]) -> Iterator[Path]:
    """A folder, gone afterwards, with every table of the ledger as Parquet: those of customers in
    the order of `slices`, with the number of each as `slice`, and only rows that are in one,
    what occurred in the order of time.
    """
    connection = ledger.backend.con
    with tempfile.TemporaryDirectory(prefix="kehu-slices-") as name:
        folder = Path(name)
        connection.register("kehu_slice_of", _slice_of(slices))
        try:
            for table, schema in TABLES.items():
                used = ", ".join(c.name for c in schema.columns if c.name not in UNUSED)
                rows = f'FROM "{ledger.prefix}{table}"'
                if _of_customers(schema):
                    used += ", slice"
                    rows += " JOIN kehu_slice_of USING (customer_id) ORDER BY place"
                    rows += ", occurred_at" if "occurred_at" in schema.arrow.names else ""
                connection.execute(
                    f"COPY (SELECT {used} {rows}) TO '{folder / f'{table}.parquet'}' "
                    f"(FORMAT parquet, COMPRESSION lz4, ROW_GROUP_SIZE {_GROUP_ROWS})"
                )
        finally:
            connection.unregister("kehu_slice_of")
        yield folder


def _slice_of(slices: Sequence[pd.DataFrame]) -> pa.Table:
    parts = []
    for number, part in enumerate(slices):
        # by the first row of each, which is its number in the slice's plan
        first = part.drop_duplicates("customer_id").sort_values("row")
        customers = pa.array(first["customer_id"], pa.string())
        numbers = np.full(len(customers), number, dtype=np.int32)
        parts.append(pa.table({"customer_id": customers, "slice": numbers}))
    whole = pa.concat_tables(parts)
    return whole.append_column("place", pa.array(np.arange(len(whole))))


def _of_customers(table: Table) -> bool:
    return any(column.name == "customer_id" for column in table.columns)


def look_at(connection: duckdb.DuckDBPyConnection, folder: Path, number: int | None) -> None:
    """Point the views named LAID_OUT + table at slice `number`; at no customer's rows for None."""
    for table, schema in TABLES.items():
        where = f" WHERE slice = {-1 if number is None else number}"
        where = where if _of_customers(schema) else ""
        connection.execute(
            f'CREATE OR REPLACE TEMP VIEW "{LAID_OUT}{table}" AS '
            f"SELECT * FROM read_parquet('{folder / f'{table}.parquet'}'){where}"
        )
