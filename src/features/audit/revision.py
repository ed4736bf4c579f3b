"""Revision of what is known: versions closed at an instant, and what takes their place."""

from datetime import datetime

import ibis
import ibis.expr.types as ir

from src.core.schemas import TABLES
from src.features.audit.clock import at, closed_before, is_past, stands_beyond
from src.features.audit.sample import See
from src.features.audit.wild import hashed, wild_contents


def revised(instant: datetime) -> See:
    """Every version that stands then is closed at `instant`; three in four are corrected to
    something wild, known from then on, and the others withdrawn."""

    def see(table: str, rows: ir.Table) -> ir.Table:
        standing = stands_beyond(rows, instant)
        closed = rows.mutate(known_until=ibis.ifelse(standing, at(instant), rows.known_until))
        told = wild_contents(table, rows.filter(standing)).mutate(known_at=at(instant))
        told = told.filter(hashed(table, told) % 4 != 0)
        told = told.anti_join(rows, list(TABLES[table].version_key))
        columns = TABLES[table].arrow.names
        return closed.select(*columns).union(
            told.select(*columns).cast(dict(rows.schema().items()))
        )

    return see


def as_it_stood(as_of: datetime) -> See:
    """Nothing but what had happened and was known before as_of: no future to see."""

    def see(table: str, rows: ir.Table) -> ir.Table:
        past = rows.filter(is_past(table, rows, as_of))
        shown = ibis.ifelse(closed_before(past, as_of), past.known_until, None)
        return past.mutate(known_until=shown)

    return see
