"""The future in another order: the same values, of other customers, things and times."""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from src.core.ledger import EVENT_TIME
from src.core.schemas import TABLES
from src.features.audit.clock import closed_before, is_past
from src.features.audit.poison import IDENTIFIER
from src.features.audit.wild import hashed

# Tables whose rows may change places: of the others a key may occur once, and values alone move.
_FREE = tuple(IDENTIFIER)
_WHO = ("customer_id", "account_id")
_CLOCKS = ("known_at", "known_until")


def shuffled(table: str, rows: ir.Table) -> ir.Table:
    """What as_of must not know changes places: who, when and what of the rows that happen or become
    known later, and when versions that stand at as_of end."""
    past, ended = is_past(table, rows), closed_before(rows)
    standing = _dealt(table, rows.filter(past & ~ended), [("known_until",)])
    future = _dealt(table, rows.filter(~past), _blocks(table))
    columns = TABLES[table].arrow.names
    parts = (rows.filter(past & ended), standing, future)
    return ibis.union(*(part.select(*columns) for part in parts))


def _blocks(table: str) -> list[tuple[str, ...]]:
    """Columns that change places together; the others stay where they are."""
    columns = TABLES[table].arrow.names
    who = tuple(name for name in _WHO if name in columns)
    when = tuple(name for name in (EVENT_TIME.get(table), *_CLOCKS) if name)
    fixed = {*who, *when, *TABLES[table].version_key}
    what = tuple(name for name in columns if name not in fixed)
    return [what, who, when] if table in _FREE else [what] if what else []


def _dealt(table: str, rows: ir.Table, blocks: Sequence[tuple[str, ...]]) -> ir.Table:
    """The rows, with each block of columns dealt out among them anew."""
    moved = {name for block in blocks for name in block}
    result = _numbered(table, rows, [n for n in rows.columns if n not in moved], "who stays")
    for turn, block in enumerate(blocks):
        dealt = _numbered(table, rows, block, f"moves {turn}")
        result = result.join(dealt, "turn")
    return result


def _numbered(table: str, rows: ir.Table, columns: Sequence[str], salt: str) -> ir.Table:
    """(turn, columns) in an order that follows from the salt."""
    order = [hashed(table, rows, salt), *(rows[name] for name in TABLES[table].version_key)]
    turn = ibis.row_number().over(ibis.window(order_by=order))
    return rows.select(*columns, turn=turn)
