"""Poison: rows of all kinds with other amounts, at chosen instants and known from chosen ones."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import ibis
import ibis.expr.types as ir

from src.core.ledger import EVENT_TIME
from src.core.schemas import TABLES
from src.features.audit.clock import INSTANT, at, microsecond
from src.features.audit.copies import SHAPED_BY, copies
from src.features.audit.sample import See
from src.features.audit.wild import wild_amounts

IDENTIFIER = {"transactions": "transaction_id", "interactions": "interaction_id"}
# How far from as_of poison lies: on it, and beside it. Every shape falls on each for some customer.
DISTANCES = (timedelta(), timedelta(days=1), timedelta(days=40))


def at_or_after(as_of: datetime) -> See:
    """Rows that happen at or after as_of and were known before, as what is told in advance."""

    def see(table: str, rows: ir.Table) -> ir.Table:
        # A statement of as_of itself covers the past alone, and counts.
        shift = INSTANT if table == "balances" else timedelta()
        times = [as_of + shift + distance for distance in DISTANCES]
        return _poisoned(table, rows, times, known_at=at(as_of - INSTANT))

    return see


def known_late(as_of: datetime) -> See:
    """Rows that happened before as_of and became known at as_of."""
    return lambda table, rows: _poisoned(table, rows, _before(as_of), known_at=at(as_of))


def taken_back(as_of: datetime) -> See:
    """Rows that happened before as_of, known a microsecond ahead and withdrawn as they happened, so
    that no instant sees them."""
    return lambda table, rows: _poisoned(table, rows, _before(as_of), known_at=None, gone=True)


def in_time(as_of: datetime) -> See:
    """The twin of all: rows that happened, and were known, before as_of."""
    return lambda table, rows: _poisoned(table, rows, _before(as_of), known_at=None)


def at_window_starts(as_of: datetime, windows: Sequence[int], off: timedelta) -> See:
    """Movements and contacts `off` the start of a window (days) of windows[place % len(windows)],
    for the customer of each place."""
    starts = [as_of - timedelta(days=days) + off for days in windows]

    def see(table: str, rows: ir.Table) -> ir.Table:
        if table not in IDENTIFIER:
            return rows
        made = copies(table)
        return _added(table, rows, made.mutate(at=_chosen(made.place % len(starts), starts)), None)

    return see


def _before(as_of: datetime) -> list[datetime]:
    return [as_of - max(INSTANT, distance) for distance in DISTANCES]


def _poisoned(
    table: str,
    rows: ir.Table,
    times: Sequence[datetime],
    known_at: ir.TimestampValue | None,
    gone: bool = False,
) -> ir.Table:
    if table not in SHAPED_BY:
        return rows
    made = copies(table)
    if "customer_id" in made.columns:
        turned = made.mutate(at=_chosen((made.place + made.shape) % len(times), times))
    else:
        turned = ibis.union(*(made.mutate(at=at(instant)) for instant in times))
    return _added(table, rows, turned, known_at, gone)


def _chosen(number: ir.IntegerValue, instants: Sequence[datetime]) -> ir.TimestampValue:
    return ibis.cases(*((number == n, at(instant)) for n, instant in enumerate(instants)))


def _added(
    table: str,
    rows: ir.Table,
    made: ir.Table,
    known_at: ir.TimestampValue | None,
    gone: bool = False,
) -> ir.Table:
    """The rows and those made, which happen at `at` and are known at known_at (None: at once; gone:
    withdrawn at once). None takes the key of another."""
    told: dict[str, ir.Value] = {
        EVENT_TIME[table]: made["at"],
        "known_at": made["at"] if known_at is None else known_at,
        "known_until": ibis.null("timestamp(6)"),
    }
    if gone:
        told |= {"known_at": made["at"] - microsecond(), "known_until": made["at"]}
    if table in IDENTIFIER:
        number = made.place.cast("string") + "-" + made.shape.cast("string")
        told[IDENTIFIER[table]] = ibis.literal("poison-") + number
    made = made.mutate(**told)
    key, columns = list(TABLES[table].version_key), TABLES[table].arrow.names
    made = made.mutate(place=ibis.row_number().over(ibis.window(group_by=key, order_by="shape")))
    made = wild_amounts(table, made.filter(made.place == 0)).anti_join(rows, key)
    return rows.select(*columns).union(made.select(*columns).cast(dict(rows.schema().items())))
