"""Slices of customers, small enough for the engine's memory."""

import math
import re

import duckdb
import pandas as pd

from src.core.errors import FeatureError
from src.core.ledger import Ledger

# Of the engine's memory that one event of a slice takes, with all that is computed from it.
BYTES_PER_EVENT = 4_000
# More at once is no faster.
MOST_EVENTS, MOST_ROWS, FEWEST_ROWS = 500_000, 72_000, 200
# What each of two slices holds in hash tables, whatever its size, has to fit as well.
ENOUGH_FOR_TWO = 2**30
# A ledger with so many events has a slice for each of those that are under way at once.
WORTH_TWO = 50_000
_UNITS = {"B": 1, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40, "BYTES": 1}


def sliced(ledger: Ledger, keys: pd.DataFrame) -> list[pd.DataFrame]:
    """The sorted spine `keys`, with its row numbers as `row`, in slices of whole memory's worth.

    Customer by customer: a customer's rows stand together, unless they fill a slice.
    """
    rows = keys.rename_axis("row").reset_index().sort_values("customer_id", kind="stable")
    size = slice_rows(ledger, len(rows), rows["customer_id"].nunique())
    return [rows.iloc[start : start + size] for start in range(0, max(len(rows), 1), size)]


def slice_rows(ledger: Ledger, rows: int, customers: int) -> int:
    """How many spine rows a slice has: as many in each, and as many slices as are under way at
    once, or some times as many."""
    size = _most_rows(ledger, rows, customers)
    count, together = max(math.ceil(rows / size), 1), at_once(ledger)
    if count > 1:
        count = math.ceil(count / together) * together
        size = math.ceil(rows / count)
    return size


def _most_rows(ledger: Ledger, rows: int, customers: int) -> int:
    """How many spine rows fit, by the mean number of movements of a customer."""
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
