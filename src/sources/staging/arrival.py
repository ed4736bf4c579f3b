"""Nothing is known before it arrives: known_at is held to the deliveries that a row is made from.

A delivery holds what became known since the one before it. So a row that comes in a later delivery
than its declared known_at tells was late: it is known from the last instant before its delivery.
The same holds for a row that could not be understood before a joined row came.
"""

from itertools import pairwise

from src.sources.mapping.entries import Join
from src.sources.staging.session import identifier, literal
from src.sources.staging.work import Work

_OWN = "_main._delivered"


def known_at_sql(
    work: Work, file: str, declared: str, joins: tuple[Join, ...] = ()
) -> tuple[str, str]:
    """SQL of known_at over the file as _main and its joins, and the JOIN that it needs.

    declared: SQL of known_at as the mapping has it. A file of one delivery is taken at its word.
    """
    if not work.mapping.files[file].deliveries:
        return declared, ""
    found, join = declared, ""
    stamps = [d.delivered for d in work.deliveries[file] if d.delivered]
    pairs = ", ".join(
        f"(TIMESTAMP {literal(later.isoformat())}, TIMESTAMP {literal(earlier.isoformat())})"
        for earlier, later in pairwise(stamps)
    )
    if pairs:
        join = f" LEFT JOIN (VALUES {pairs}) AS _stamps(_stamp, _before) ON {_OWN} = _stamp"
        found = f"CASE WHEN {declared} < _before THEN {_last(_OWN)} ELSE {declared} END"
    late = [f"CASE WHEN {s} > {_OWN} THEN {_last(s)} END" for s in _stamps(work, joins)]
    return (f"greatest({', '.join([found, *late])})" if late else found), join


def arrived_sql(work: Work, joins: tuple[Join, ...]) -> str:
    """SQL of the delivery with which a row is complete: its own or that of a joined row."""
    stamps = _stamps(work, joins)
    return f"greatest({', '.join([_OWN, *stamps])})" if stamps else _OWN


def _stamps(work: Work, joins: tuple[Join, ...]) -> list[str]:
    files = work.mapping.files
    return [f"{identifier(j.file)}._delivered" for j in joins if files[j.file].deliveries]


def _last(stamp: str) -> str:
    return f"{stamp} - INTERVAL 1 MICROSECOND"
