"""The border of the ledger: pandera schemas derived from src/core/schemas.py."""

from functools import cache

import pandas as pd
import pandera.pandas as pa
import pyarrow
from pandera.errors import SchemaErrors

from src.core.errors import LedgerError
from src.core.schemas import LEDGER, Column

_TYPES = {"integer": "int64[pyarrow]", "number": "double[pyarrow]"}


@cache
def border_schema(table: str) -> pa.DataFrameSchema:
    """The pandera schema of a ledger table: required, allowed values, ranges. Keys are checked
    over the whole table in integrate, for a batch can't see them."""
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
    frame: pd.DataFrame = typed.to_pandas(types_mapper=pd.ArrowDtype)
    try:
        border_schema(table).validate(frame, lazy=True)
    except SchemaErrors as error:
        first = error.failure_cases.iloc[0]
        raise LedgerError(
            f"{table}: column {first['column']!r} has {first['failure_case']!r}; expected "
            f"{first['check']} ({len(error.failure_cases)} such values). Reject such rows by a "
            "rule of the source's mapping."
        ) from error
    return typed
