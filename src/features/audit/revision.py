"""Revision of what is known: versions closed at an instant, and what takes their place."""

from datetime import timedelta

import ibis
import ibis.expr.types as ir

from src.core.schemas import TABLES
from src.features.audit.clock import INSTANT, as_of, closed_before, is_past, stands_beyond
from src.features.audit.wild import hashed, wild_contents


def revised(table: str, rows: ir.Table) -> ir.Table:
    """Every version that stands is closed at as_of; three in four are corrected to something wild,
    known from then on, and the others withdrawn."""
    return _revised(table, rows, timedelta())


def revised_in_time(table: str, rows: ir.Table) -> ir.Table:
    """The twin: the same a microsecond before as_of."""
    return _revised(table, rows, -INSTANT)


def as_it_stood(table: str, rows: ir.Table) -> ir.Table:
    """Nothing but what had happened and was known before as_of: no future to see."""
    past = rows.filter(is_past(table, rows))
    return past.mutate(known_until=ibis.ifelse(closed_before(past), past.known_until, None))


def _revised(table: str, rows: ir.Table, off: timedelta) -> ir.Table:
    instant = as_of(off)
    standing = stands_beyond(rows, instant)
    closed = rows.mutate(known_until=ibis.ifelse(standing, instant, rows.known_until))
    told = wild_contents(table, rows.filter(standing)).mutate(known_at=instant)
    told = told.filter(hashed(table, told) % 4 != 0)
    told = told.anti_join(rows, list(TABLES[table].version_key))
    columns = TABLES[table].arrow.names
    return closed.select(*columns).union(told.select(*columns).cast(dict(rows.schema().items())))
