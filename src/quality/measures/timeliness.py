"""Timeliness: how long after the event a row was known, and how old the last deliveries are."""

from datetime import datetime, timedelta
from itertools import pairwise

from src.core import ledger
from src.quality.account import DeliveredFile
from src.quality.figures.shares import Scope
from src.quality.figures.timeliness import Delay, Series
from src.quality.measures.latest import latest_of
from src.quality.measures.versions import later_versions
from src.quality.session import Book

# labels look ahead: they are known a horizon later, and not late for that
EVENT_TIME = {table: column for table, column in ledger.EVENT_TIME.items() if table != "labels"}
_MINUTES_OF_DAY, _SECONDS_OF_DAY = 1440, 86_400


def delays(book: Book, late_after_days: float) -> list[Delay]:
    """One figure per table with events, source and scope: of the first version of each row.

    Delays are counted in whole minutes, rounded down, so that what is held grows with the range of
    delays and not with the rows.
    """
    found = []
    for table in book.filled_tables():
        if (time := EVENT_TIME.get(table)) is None:
            continue
        first = f"{table} ANTI JOIN {later_versions(book, table)} USING (_row)"
        found += _of_rows(book, table, time, "all", first, late_after_days)
        if latest := latest_of(book, table):
            rows = f"{first} SEMI JOIN {latest} USING (_row)"
            found += _of_rows(book, table, time, "latest", rows, late_after_days)
    return found


def _of_rows(
    book: Book, table: str, time: str, scope: Scope, rows: str, late_after_days: float
) -> list[Delay]:
    """Quantiles by counting: the smallest delay that at least the asked share of rows keeps to."""
    late = int(late_after_days * _MINUTES_OF_DAY)
    counted = (
        f"SELECT source, (epoch_us(known_at) - epoch_us({time})) // 60000000 AS delay, "
        f"count(*) AS n FROM {rows} GROUP BY ALL"
    )
    summed = (
        "SELECT *, sum(n) OVER (PARTITION BY source ORDER BY delay) AS upto, "
        f"sum(n) OVER (PARTITION BY source) AS total FROM ({counted})"
    )
    quantiles = ", ".join(
        f"min(delay) FILTER (100 * upto >= {percent} * total)" for percent in (50, 90, 99)
    )
    return [
        Delay(table, source, scope, *map(int, figures))
        for source, *figures in book.ask(
            f"SELECT source, any_value(total), {quantiles}, max(delay), "
            f"coalesce(sum(n) FILTER (delay > {late}), 0) "
            f"FROM ({summed}) GROUP BY source ORDER BY source"
        )
    ]


def series(book: Book) -> list[Series]:
    """One figure per file of the mapping."""
    newest = max((_arrived(file) for file in book.account.files if file.delivered), default=None)
    return [_series(name, files, newest) for name, files in book.series().items()]


def _series(name: str, files: list[DeliveredFile], newest: datetime | None) -> Series:
    last, rows = files[-1], tuple(file.rows for file in files)
    gaps: list[float] = []
    behind = overdue = None
    if newest is not None and last.delivered:
        gaps = [_days(_arrived(after) - _arrived(before)) for before, after in pairwise(files)]
        behind = _days(newest - _arrived(last))
        overdue = max(behind - max(gaps), 0.0) if gaps else None
    return Series(
        name=name,
        file=last.file,
        deliveries=len(files),
        delivered=last.delivered,
        off_cycle=len(gaps) > 1 and 2 * gaps[-1] < min(gaps[:-1]),
        behind_days=behind,
        overdue_days=overdue,
        rows=rows,
        fewest_before=min(rows[:-1], default=None),
    )


def _days(span: timedelta) -> float:
    return span.total_seconds() / _SECONDS_OF_DAY


def _arrived(file: DeliveredFile) -> datetime:
    return datetime.fromisoformat(str(file.delivered))
