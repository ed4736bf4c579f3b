"""A ledger divided by slices of customers: the columns that are read, in this process.

A ledger stands in the order in which it became known, so that each slice's rows lie all over it.
It is read once, and what is read is sorted by slice. Where there are few slices that stays in this
process. Else a chunk of it at a time goes to disk, and each slice reads its part of every chunk:
time grows with the rows, and memory with a slice's.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from src.core.ledger import Ledger
from src.core.schemas import TABLES
from src.core.scratch import scratch_folder
from src.features.sorted_rows import by_time, encoded, ints, whole

DIVIDED = "kehu_divided_"
# The rows of so many slices stay in this process; the fewest of a chunk where they don't.
FEW_SLICES, FEWEST_ROWS = 4, 250_000
# Whoever reads a slice of a chunk reads the dictionaries of all of it: texts of more than so many
# values, such as accounts, go to disk as they are.
MOST_TEXTS = 5_000
# By table, the names of the columns that are wanted.
Columns = Mapping[str, Sequence[str]]
Tables = dict[str, pa.Table]
# What gives a slice's rows of one table.
Chunk = Callable[[int], pa.Table]


@contextmanager
def divided(
    ledger: Ledger, slices: Sequence[pd.DataFrame], columns: Columns
) -> Iterator[Callable[[int | None], Tables]]:
    """What gives the rows of slice `number`: tables by the name DIVIDED + table, those of customers
    in the slice's order of them and of occurred_at. None: no customer's rows.
    """
    parts, connection = _Parts(slices), ledger.backend.con
    connection.register("kehu_slice_of", parts.slice_of)
    with scratch_folder("slices") as place:
        folder = place if len(slices) > FEW_SLICES else None
        try:
            chunks = {
                table: list(_chunks(ledger, table, wanted, parts, folder))
                for table, wanted in columns.items()
            }
        finally:
            connection.unregister("kehu_slice_of")
        yield partial(_part, parts, chunks)


def _part(parts: "_Parts", chunks: Mapping[str, Sequence[Chunk]], number: int | None) -> Tables:
    found = {}
    for table, of_table in chunks.items():
        pieces = [chunk(number or 0) for chunk in of_table]
        rows = pieces[0] if len(pieces) == 1 else pa.concat_tables(pieces).unify_dictionaries()
        found[f"{DIVIDED}{table}"] = parts.of(rows, number) if _of_customers(table) else rows
    return found


class _Parts:
    """Which customers each slice has, in which order."""

    def __init__(self, slices: Sequence[pd.DataFrame]) -> None:
        # by the first row of each, which is its number in the slice's plan
        firsts = [
            part.drop_duplicates("customer_id").sort_values("row")["customer_id"] for part in slices
        ]
        named = [whole(pa.array(each, pa.string())) for each in firsts]
        self._customers = pa.concat_arrays(named)
        self._begins = np.cumsum([0, *(len(each) for each in firsts)])

    @property
    def slice_of(self) -> pa.Table:
        """(customer_id, place), once for each slice that has a row of the customer."""
        place = np.arange(len(self._customers))
        return pa.table({"customer_id": self._customers, "place": place})

    def split(self, rows: Mapping[str, pa.Array]) -> list[pa.Table]:
        """The rows of each slice, of columns with the `place` of the customer."""
        in_order = pa.table(by_time(rows, ints(rows["place"])))
        ends = np.searchsorted(ints(in_order["place"]), self._begins).tolist()
        return [in_order.slice(b, e - b) for b, e in itertools.pairwise(ends)]

    def of(self, rows: pa.Table, number: int | None) -> pa.Table:
        """Rows of one slice, in order, with the customers that stand at their `place`."""
        if number is None:
            number, rows = 0, rows.slice(0, 0)
        begin, end = self._begins[number : number + 2].tolist()
        columns = encoded(rows)
        columns = by_time(columns, ints(columns["place"]) - begin)
        codes = pa.array((ints(columns.pop("place")) - begin).astype(np.int32))
        customers = self._customers.slice(begin, end - begin)
        return pa.table(columns | {"customer_id": pa.DictionaryArray.from_arrays(codes, customers)})


def _of_customers(table: str) -> bool:
    return "customer_id" in TABLES[table].arrow.names


def _chunks(
    ledger: Ledger, table: str, columns: Sequence[str], parts: _Parts, folder: Path | None
) -> Iterator[Chunk]:
    """folder: where the chunks of it go; None: it is one, and stays in this process."""
    named, of_slices = [*columns], ""
    if _of_customers(table):
        named = [*(column for column in columns if column != "customer_id"), "place"]
        of_slices = " JOIN kehu_slice_of USING (customer_id)"
    rows = ledger.backend.con.sql(
        f'SELECT {", ".join(named)} FROM "{ledger.prefix}{table}"{of_slices}'
    )
    if not of_slices:
        read = pa.table(encoded(rows.to_arrow_table()))
        yield lambda _: read
    elif folder is None:
        yield parts.split(encoded(rows.to_arrow_table())).__getitem__
    else:
        reader = rows.to_arrow_reader(FEWEST_ROWS)
        many: set[str] | None = None  # of the first chunk: all have one schema
        for number, batches in enumerate(_together(reader)):
            chunk = pa.Table.from_batches(batches, reader.schema)
            read = encoded(chunk, but=many or ())
            if many is None:
                many = _of_many_texts(read)
                read |= {name: whole(chunk[name]) for name in many}
            path = folder / f"{table}-{number}.arrow"
            _write(path, parts.split(read))
            yield partial(_read, path)


def _of_many_texts(columns: Mapping[str, pa.Array]) -> set[str]:
    return {
        name
        for name, column in columns.items()
        if pa.types.is_dictionary(column.type) and len(column.dictionary) > MOST_TEXTS
    }


def _together(reader: pa.RecordBatchReader) -> Iterator[list[pa.RecordBatch]]:
    """Batches of at least FEWEST_ROWS rows in all, and what is left; once without any row."""
    held: list[pa.RecordBatch] = []
    some = False
    for batch in reader:
        held.append(batch)
        if sum(map(len, held)) >= FEWEST_ROWS:
            yield held
            held, some = [], True
    if held or not some:
        yield held


def _write(path: Path, slices: Sequence[pa.Table]) -> None:
    """A batch a slice, which is then read alone."""
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with pa.ipc.new_file(str(path), slices[0].schema, options=options) as out:
        for rows in slices:
            columns = [whole(column) for column in rows.columns]
            out.write_batch(pa.RecordBatch.from_arrays(columns, schema=rows.schema))


def _read(path: Path, number: int) -> pa.Table:
    with pa.memory_map(str(path)) as file:
        return pa.Table.from_batches([pa.ipc.open_file(file).get_batch(number)])
