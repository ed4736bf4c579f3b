"""A ledger divided by slices of customers: the columns that are read, in this process.

A ledger stands in the order in which it became known, so that each slice's rows lie all over it.
It is read once. The rows of a few slices are held; where there are more it is laid out on disk in
their order, and each reads its own part: time grows with the rows, and memory with a slice's.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from src.core.ledger import Ledger
from src.core.schemas import TABLES
from src.features.sorted_rows import by_time, encoded, ints

DIVIDED = "kehu_divided_"
# The rows of so many slices are held.
FEW_SLICES = 4
_GROUP_ROWS = 40_000
# By table, the names of the columns that are wanted.
Columns = Mapping[str, Sequence[str]]
Tables = dict[str, pa.Table]


@contextmanager
def divided(
    ledger: Ledger, slices: Sequence[pd.DataFrame], columns: Columns
) -> Iterator[Callable[[duckdb.DuckDBPyConnection, int | None], Tables]]:
    """What gives the rows of slice `number`, read by a connection to the ledger's engine: tables by
    the name DIVIDED + table, those of customers in the slice's order of them and of occurred_at.
    None: no customer's rows.
    """
    parts, connection = _Parts(slices), ledger.backend.con
    connection.register("kehu_slice_of", parts.slice_of)
    with tempfile.TemporaryDirectory(prefix="kehu-slices-") as name:
        try:
            if len(slices) <= FEW_SLICES:
                part = partial(_held_part, parts, _held(ledger, columns))
            else:
                _lay_out(ledger, columns, Path(name))
                part = partial(_laid_out_part, parts, Path(name), columns)
        finally:
            connection.unregister("kehu_slice_of")
        yield part


class _Parts:
    """Which customers each slice has, in which order."""

    def __init__(self, slices: Sequence[pd.DataFrame]) -> None:
        # by the first row of each, which is its number in the slice's plan
        firsts = [
            part.drop_duplicates("customer_id").sort_values("row")["customer_id"] for part in slices
        ]
        self.customers = pa.concat_arrays([pa.array(each, pa.string()) for each in firsts])
        self.begins = np.cumsum([0, *(len(each) for each in firsts)])

    @property
    def slice_of(self) -> pa.Table:
        """(customer_id, slice, place): a customer is in each slice that has a row of it."""
        number = np.repeat(np.arange(len(self.begins) - 1), np.diff(self.begins))
        place = np.arange(len(self.customers))
        return pa.table({"customer_id": self.customers, "slice": number, "place": place})

    def of(self, rows: pa.Table, number: int | None) -> pa.Table:
        """Rows of one slice with the customers that stand at their `place`."""
        begin, end = (0, 0) if number is None else self.begins[number : number + 2]
        codes = pa.array((ints(rows["place"]) - begin).astype(np.int32))
        whose = pa.DictionaryArray.from_arrays(codes, self.customers.slice(begin, end - begin))
        return rows.drop_columns("place").append_column("customer_id", whose)


def _of_customers(table: str) -> bool:
    return "customer_id" in TABLES[table].arrow.names


def _query(ledger: Ledger, table: str, columns: Sequence[str], *more: str) -> str:
    """The columns of all rows that are in a slice, with its `place` and more instead of a
    customer_id."""
    if not _of_customers(table):
        return f'SELECT {", ".join(columns)} FROM "{ledger.prefix}{table}"'
    named = [*(column for column in columns if column != "customer_id"), "place", *more]
    return (
        f'SELECT {", ".join(named)} FROM "{ledger.prefix}{table}" '
        "JOIN kehu_slice_of USING (customer_id)"
    )


def _held(ledger: Ledger, columns: Columns) -> Tables:
    found = {}
    for table, wanted in columns.items():
        rows = encoded(ledger.backend.con.sql(_query(ledger, table, wanted)).to_arrow_table())
        found[table] = pa.table(by_time(rows, ints(rows["place"])) if "place" in rows else rows)
    return found


def _held_part(
    parts: _Parts, held: Tables, _: duckdb.DuckDBPyConnection, number: int | None
) -> Tables:
    found = {}
    for table, rows in held.items():
        if _of_customers(table):
            begin, end = (0, 0)
            if number is not None:
                of_slice = parts.begins[number : number + 2]
                begin, end = np.searchsorted(ints(rows["place"]), of_slice).tolist()
            rows = parts.of(rows.slice(begin, end - begin), number)
        found[f"{DIVIDED}{table}"] = rows
    return found


def _lay_out(ledger: Ledger, columns: Columns, folder: Path) -> None:
    """Write every table into `folder` as Parquet, in the order of slices and customers."""
    for table, wanted in columns.items():
        rows = _query(ledger, table, wanted, "slice")
        if _of_customers(table):
            rows += " ORDER BY place" + (", occurred_at" if "occurred_at" in wanted else "")
        ledger.backend.con.execute(
            f"COPY ({rows}) TO '{folder / f'{table}.parquet'}' "
            f"(FORMAT parquet, COMPRESSION lz4, ROW_GROUP_SIZE {_GROUP_ROWS})"
        )


def _laid_out_part(
    parts: _Parts,
    folder: Path,
    columns: Columns,
    connection: duckdb.DuckDBPyConnection,
    number: int | None,
) -> Tables:
    found = {}
    for table in columns:
        rows = f"FROM read_parquet('{folder / f'{table}.parquet'}')"
        if _of_customers(table):
            rows = (
                f"SELECT * EXCLUDE (slice) {rows} WHERE slice = {-1 if number is None else number}"
            )
        read = pa.table(encoded(connection.sql(rows).to_arrow_table()))
        found[f"{DIVIDED}{table}"] = parts.of(read, number) if _of_customers(table) else read
    return found
