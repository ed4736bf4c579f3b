"""The border of the ledger: pandera schemas derived from src/core/schemas.py."""

import warnings
from functools import cache

import pandas as pd
import pyarrow
import pyarrow.compute as pc

from src.core.errors import LedgerError
from src.core.schemas import LEDGER, Column

with warnings.catch_warnings():
    # Where PySpark is installed pandera imports it, and that warns of pandas 3.
    warnings.simplefilter("ignore", FutureWarning)
    import pandera.pandas as pa
    from pandera.errors import SchemaErrors


@cache
def border_schema(table: str) -> pa.DataFrameSchema:
    """The pandera schema of a ledger table: required, allowed values, ranges. Keys are checked
    over the whole table in src/sources/ledger/write.py, for a batch can't see them."""
    return pa.DataFrameSchema(
        {column.name: _column(column) for column in LEDGER[table].columns},
        strict=True,
        ordered=True,
        name=table,
    )


def _column(column: Column) -> pa.Column:
    checks = []
    if column.allowed:
        checks.append(pa.Check.isin(list(column.allowed)))
    if column.low is not None:
        checks.append(pa.Check.ge(column.low))
    if column.high is not None:
        checks.append(pa.Check.le(column.high))
    return pa.Column(None, checks, nullable=not column.required)


def check_batch(table: str, batch: pyarrow.Table) -> pyarrow.Table:
    """The batch, held to the table's Arrow schema and its border schema. Raises LedgerError."""
    typed = batch.cast(LEDGER[table].arrow)
    try:
        border_schema(table).validate(witnesses(table, typed), lazy=True)
    except SchemaErrors as error:
        first = error.failure_cases.iloc[0]
        raise LedgerError(
            f"{table}: column {first['column']!r} has {first['failure_case']!r}; expected "
            f"{first['check']}. Reject such rows by a rule of the source's mapping."
        ) from error
    return typed


def witnesses(table: str, batch: pyarrow.Table) -> pd.DataFrame:
    """A few rows that break the border schema if and only if some row of the batch does: of each
    column its distinct values where they are a list, its extremes where they are a range, and an
    empty value where one is empty. Types are Arrow's to check."""
    if not len(batch):
        empty: pd.DataFrame = batch.to_pandas(types_mapper=pd.ArrowDtype)
        return empty
    columns = {c.name: _witnesses(c, batch[c.name]) for c in LEDGER[table].columns}
    length = max(map(len, columns.values()))
    padded = {
        name: pyarrow.concat_arrays([values, *[values[-1:]] * (length - len(values))])
        for name, values in columns.items()
    }
    frame: pd.DataFrame = pyarrow.table(padded).to_pandas(types_mapper=pd.ArrowDtype)
    return frame


def _witnesses(column: Column, values: pyarrow.ChunkedArray) -> pyarrow.Array:
    if column.allowed:
        return values.unique()
    found = values.slice(0, 1).combine_chunks()
    if column.low is not None or column.high is not None:
        extremes = pc.min_max(values)
        found = pyarrow.array([extremes["min"].as_py(), extremes["max"].as_py()], values.type)
    if values.null_count:
        found = pyarrow.concat_arrays([found, pyarrow.nulls(1, values.type)])
    return found
