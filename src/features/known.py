"""What of the ledger was known before an instant, as one number a table: whether a past still is
what it was is told without keeping it.

A row counts from the day on which it became known, and that it was closed from the day on which it
was. What becomes known later changes no number of before; a row of old that comes late, that
changed or that is gone changes those of all instants after the day on which it was known.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

import duckdb
import numpy as np

from src.core.ledger import Ledger
from src.core.schemas import TABLES
from src.features.plan import UNUSED
from src.features.windows import following_midnight

# By day, rows and the sum of their hashes, of a part of a table.
DayNumbers = list[tuple[str, int, int]]
MODULUS = 2**64
_INSTANT = timedelta(microseconds=1)
# What features are made of: every table but the answers that a source delivers.
SEEN = tuple(name for name in TABLES if name != "labels")


@dataclass(frozen=True)
class KnownByDay:
    """Of one table: its days, sorted, and up to the end of each how many rows and closures were
    known and the sum of their hashes."""

    days: Sequence[np.datetime64]
    rows: Sequence[int]
    hashes: Sequence[int]

    def before(self, midnight: datetime) -> str:
        """One text for all that was known before that midnight."""
        place = int(np.searchsorted(np.array(self.days, "M8[us]"), np.datetime64(midnight, "us")))
        if place == 0:
            return "0"
        return f"{self.rows[place - 1]}:{self.hashes[place - 1] % MODULUS:016x}"


@dataclass(frozen=True)
class KnownContent:
    """Of each table that features look at, what was known when."""

    tables: Mapping[str, KnownByDay]

    def before(self, instant: datetime) -> dict[str, str]:
        """By table, one text for all that an as-of query at `instant` may see, and a little more:
        what is known on that day. Equal texts: equal rows, but for a chance of 1 in 2^64."""
        midnight = following_midnight(instant - _INSTANT)
        return {name: known.before(midnight) for name, known in self.tables.items()}


def known_content(ledger: Ledger) -> KnownContent:
    """The content of a ledger on DuckDB, from one reading of it (src/features/known_groups.py reads
    less). The hashes are DuckDB's: compare only what one version of it made.
    """
    connection = ledger.backend.con
    return KnownContent(
        {name: total([numbers_by_day(connection, name, f"{ledger.prefix}{name}")]) for name in SEEN}
    )


def hashed_columns(name: str) -> list[str]:
    """The columns of a table that are looked at."""
    return [column.name for column in TABLES[name].columns if column.name not in UNUSED]


def numbers_by_day(connection: duckdb.DuckDBPyConnection, name: str, table: str) -> DayNumbers:
    """Of the rows of the ledger's table `name` that stand in `table`."""
    columns = ", ".join(f'"{c}"' for c in hashed_columns(name) if c != "known_until")
    found = connection.execute(
        f"""
        SELECT strftime(day, '%Y-%m-%d'), sum(rows)::BIGINT, sum(hashes)::VARCHAR FROM (
            SELECT date_trunc('day', known_at) AS day, count(*) AS rows,
                sum(hash({columns})) AS hashes
            FROM "{table}" GROUP BY ALL
            UNION ALL
            SELECT date_trunc('day', greatest(known_at, known_until)) AS day, count(*) AS rows,
                sum(hash('closed', {columns}, known_until)) AS hashes
            FROM "{table}" WHERE known_until IS NOT NULL GROUP BY ALL
        ) GROUP BY day ORDER BY day
        """
    ).fetchall()
    return [(day, rows, int(hashes) % MODULUS) for day, rows, hashes in found]


def total(parts: Iterable[DayNumbers]) -> KnownByDay:
    """Of a table, from those of its parts."""
    rows: Counter[str] = Counter()
    hashes: Counter[str] = Counter()
    for day, count, sums in chain.from_iterable(parts):
        rows[day] += count
        hashes[day] += sums
    days = sorted(rows)
    return KnownByDay(
        [np.datetime64(day, "us") for day in days],
        _running([rows[day] for day in days]),
        _running([hashes[day] for day in days]),
    )


def _running(numbers: Sequence[int]) -> list[int]:
    """Sums up to each place, exact whatever their size."""
    total, sums = 0, []
    for number in numbers:
        total += number
        sums.append(total)
    return sums
