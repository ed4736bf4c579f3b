"""Poison: rows of all kinds with other amounts, at chosen instants and known from chosen ones."""

from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from typing import Literal

import ibis
import ibis.expr.types as ir

from src.core.ledger import EVENT_TIME
from src.core.schemas import TABLES
from src.features.audit.clock import INSTANT, as_of, duration
from src.features.audit.copies import SHAPED_BY, copies
from src.features.audit.sample import See
from src.features.audit.wild import wild_amounts

IDENTIFIER = {"transactions": "transaction_id", "interactions": "interaction_id"}
# How far from as_of poison lies: on it, and beside it. Every shape falls on each for some customer.
_DISTANCES = (timedelta(), timedelta(days=1), timedelta(days=40))
_BEFORE = tuple(-max(INSTANT, distance) for distance in _DISTANCES)
# When it is known. at once: as it happens. ahead: a microsecond before as_of. late: at as_of.
# never: withdrawn a microsecond before it happens, so that no instant sees it.
_Known = Literal["at once", "ahead", "late", "never"]


def at_or_after(table: str, rows: ir.Table) -> ir.Table:
    """Rows that happen at or after as_of and were known before, as what is told in advance."""
    # A statement of as_of itself covers the past alone, and counts.
    shift = INSTANT if table == "balances" else timedelta()
    return _poisoned(table, rows, [shift + distance for distance in _DISTANCES], "ahead")


def known_late(table: str, rows: ir.Table) -> ir.Table:
    """Rows that happened before as_of and became known at as_of."""
    return _poisoned(table, rows, _BEFORE, "late")


def taken_back(table: str, rows: ir.Table) -> ir.Table:
    """Rows that happened before as_of and were withdrawn before anybody could see them."""
    return _poisoned(table, rows, _BEFORE, "never")


def in_time(table: str, rows: ir.Table) -> ir.Table:
    """The twin of all: rows that happened, and were known, before as_of."""
    return _poisoned(table, rows, _BEFORE, "at once")


@cache
def at_window_starts(windows: tuple[int, ...], off: timedelta) -> See:
    """Movements and contacts `off` the start of a window (days) of windows[place % len(windows)],
    for the customer of each place."""
    starts = [off - timedelta(days=days) for days in windows]

    def see(table: str, rows: ir.Table) -> ir.Table:
        if table not in IDENTIFIER:
            return rows
        # amounts first: they follow from all that a row tells, and must not differ with `off`
        made = wild_amounts(table, _named(table, copies(table)))
        made = made.mutate(at=_chosen(made.place % len(starts), starts))
        return _added(table, rows, _timed(table, made, "at once"))

    return see


def _poisoned(table: str, rows: ir.Table, times: Sequence[timedelta], known: _Known) -> ir.Table:
    if table not in SHAPED_BY:
        return rows
    made = _named(table, copies(table))
    if "customer_id" in made.columns:
        turned = made.mutate(at=_chosen((made.place + made.shape) % len(times), times))
    else:
        turned = ibis.union(*(made.mutate(at=as_of(off)) for off in times))
    return _added(table, rows, wild_amounts(table, _timed(table, turned, known)))


def _chosen(number: ir.IntegerValue, times: Sequence[timedelta]) -> ir.TimestampValue:
    return ibis.cases(*((number == n, as_of(off)) for n, off in enumerate(times)))


def _named(table: str, made: ir.Table) -> ir.Table:
    """The copies under identifiers that no other row has."""
    if table not in IDENTIFIER:
        return made
    number = made.place.cast("string") + "-" + made.shape.cast("string")
    return made.mutate(**{IDENTIFIER[table]: ibis.literal("poison-") + number})


def _timed(table: str, made: ir.Table, known: _Known) -> ir.Table:
    """The rows with their clocks: they happen at `at`."""
    at, never = made["at"], ibis.null("timestamp(6)")
    begins, ends = {
        "at once": (at, never),
        "ahead": (as_of(-INSTANT), never),
        "late": (as_of(), never),
        "never": (at - duration(2 * INSTANT), at - duration(INSTANT)),
    }[known]
    return made.mutate(**{EVENT_TIME[table]: at, "known_at": begins, "known_until": ends})


def _added(table: str, rows: ir.Table, made: ir.Table) -> ir.Table:
    """The rows and those made, of which none takes the key of another."""
    key, columns = list(TABLES[table].version_key), TABLES[table].arrow.names
    made = made.mutate(turn_=ibis.row_number().over(ibis.window(group_by=key, order_by="shape")))
    made = made.filter(made.turn_ == 0).anti_join(rows, key)
    return rows.select(*columns).union(made.select(*columns).cast(dict(rows.schema().items())))
