"""Slices of customers, small enough for the engine's memory, and the ledger divided by them.

A ledger stands in the order in which it became known, so that each slice's rows lie all over it.
A few slices read the whole of it each for what is theirs, which is cheaper than to write it anew.
Where there are more it is laid out once in the order of the slices: each of them then reads its own
part, and time grows with the rows and not with rows times slices.
"""

import math
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
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
BYTES_PER_EVENT = 4_000
# More at once is no faster.
MOST_EVENTS, MOST_ROWS, FEWEST_ROWS = 500_000, 72_000, 200
# What each of two slices holds in hash tables, whatever its size, has to fit as well.
ENOUGH_FOR_TWO = 2**30
# So many slices read the whole ledger each.
FEW_SLICES = 8
# A ledger with so many events has a slice for each of those that are under way at once.
WORTH_TWO = 50_000
DIVIDED = "kehu_divided_"
# Points a connection at a slice: its tables are then named DIVIDED + table.
Show = Callable[[duckdb.DuckDBPyConnection], None]
_UNITS = {"B": 1, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40, "BYTES": 1}
_GROUP_ROWS = 40_000


def sliced(ledger: Ledger, keys: pd.DataFrame) -> list[pd.DataFrame]:
    """The sorted spine `keys`, with its row numbers as `row`, in slices of whole memory's worth.

    Customer by customer: a customer's rows stand together, unless they fill a slice. As many rows
    in each, and as many slices as are under way at once, or some times as many.
    """
    rows = keys.rename_axis("row").reset_index().sort_values("customer_id", kind="stable")
    size = slice_rows(ledger, len(rows), rows["customer_id"].nunique())
    count, together = max(math.ceil(len(rows) / size), 1), at_once(ledger)
    if count > 1:
        count = math.ceil(count / together) * together
        size = math.ceil(len(rows) / count)
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
    if of_each * customers >= WORTH_TWO:
        share = min(share, 1 / at_once(ledger))
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
def divided(
    ledger: Ledger, slices: Sequence[pd.DataFrame]
) -> Iterator[Callable[[int | None], Show]]:
    """What shows a connection slice `number`, every table of the ledger; None: no customer's rows.

    To be asked in the thread of the ledger's connection; what it returns may be called in another.
    """
    if len(slices) <= FEW_SLICES:
        yield partial(_read_apart, ledger, slices)
        return
    with tempfile.TemporaryDirectory(prefix="kehu-slices-") as name:
        _lay_out(ledger, slices, Path(name))
        yield partial(_laid_out_part, Path(name))


def _read_apart(ledger: Ledger, slices: Sequence[pd.DataFrame], number: int | None) -> Show:
    """The slice's rows, read from the whole ledger now."""
    connection, tables = ledger.backend.con, {}
    of_slice = pa.table({"customer_id": pa.array([], pa.string())})
    if number is not None:
        of_slice = pa.table({"customer_id": pa.array(slices[number]["customer_id"].unique())})
    connection.register("kehu_of_slice", of_slice)
    for table, schema in TABLES.items():
        rows = f'SELECT {_used(schema)} FROM "{ledger.prefix}{table}"'
        if _of_customers(schema):
            rows += " SEMI JOIN kehu_of_slice USING (customer_id)"
        tables[table] = connection.sql(rows).to_arrow_table()
    connection.unregister("kehu_of_slice")

    def show(cursor: duckdb.DuckDBPyConnection) -> None:
        for table, rows in tables.items():
            cursor.register(f"{DIVIDED}{table}", rows)

    return show


def _lay_out(ledger: Ledger, slices: Sequence[pd.DataFrame], folder: Path) -> None:
    """Write every table of the ledger into `folder` as Parquet: those of customers in the order of
    `slices`, with the number of each as `slice`, and only rows that are in one.
    """
    connection = ledger.backend.con
    connection.register("kehu_slice_of", _slice_of(slices))
    try:
        for table, schema in TABLES.items():
            rows = f'SELECT {_used(schema)} FROM "{ledger.prefix}{table}"'
            if _of_customers(schema):
                rows = (
                    f'SELECT {_used(schema)}, slice FROM "{ledger.prefix}{table}" '
                    "JOIN kehu_slice_of USING (customer_id) ORDER BY place"
                )
                rows += ", occurred_at" if "occurred_at" in schema.arrow.names else ""
            connection.execute(
                f"COPY ({rows}) TO '{folder / f'{table}.parquet'}' "
                f"(FORMAT parquet, COMPRESSION lz4, ROW_GROUP_SIZE {_GROUP_ROWS})"
            )
    finally:
        connection.unregister("kehu_slice_of")


def _laid_out_part(folder: Path, number: int | None) -> Show:
    """The part of the files that is the slice's."""

    def show(cursor: duckdb.DuckDBPyConnection) -> None:
        for table, schema in TABLES.items():
            where = f" WHERE slice = {-1 if number is None else number}"
            where = where if _of_customers(schema) else ""
            cursor.execute(
                f'CREATE OR REPLACE TEMP VIEW "{DIVIDED}{table}" AS '
                f"SELECT * FROM read_parquet('{folder / f'{table}.parquet'}'){where}"
            )

    return show


def _used(table: Table) -> str:
    return ", ".join(column.name for column in table.columns if column.name not in UNUSED)


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
