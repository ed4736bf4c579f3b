"""The asset state advanced to a later instant by what changed in the ledger since its own.

Only the rows are read that came into sight or went out of it (increments.py) and, where a newer
statement counts now, the movements since it.
"""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from src.core.errors import FeatureError
from src.core.ledger import Ledger
from src.features.asset_state import KEYS, KEYS_OF, SCHEMAS, AssetState
from src.features.increments import Scratch, changes, latest, visible
from src.features.positions import micro_units, place, unsized
from src.features.rejected import places
from src.features.windows import is_since


@dataclass(frozen=True)
class _Move:
    """One advance: from the tables held as seen at `since` to those as seen at `upto`."""

    scratch: Scratch
    held: Mapping[str, ir.Table]
    since: datetime
    upto: datetime

    def changes(self, table: str) -> ir.Table:
        return changes(self.scratch.ledger, table, self.since, self.upto)

    def visible(self, table: str, since: datetime | None = None) -> ir.Table:
        return visible(self.scratch.ledger, table, self.upto, since)


def advance(ledger: Ledger, state: AssetState, instant: datetime) -> AssetState:
    """The state at `instant`, reading what changed in the ledger since the state's own.

    The ledger must be the state's, with more known: known_before(ledger, state.instant) has to be
    what the state was made of. Raises FeatureError if `instant` is earlier.
    """
    if instant < state.instant:
        raise FeatureError(
            f"asset state: it stands at {state.instant}, later than {instant}. "
            "Start anew from first_state()."
        )
    with closing(Scratch(ledger)) as scratch:
        held = {name: scratch.given(name, table) for name, table in state.tables.items()}
        move = _Move(scratch, held, state.instant, instant)
        statements = _statements(move)
        new = {
            "movements": _movements(move, statements),
            "rejected": _rejected(move),
            "statements": statements,
            "prices": _levels(move, "prices", "prices", "close"),
            "rates": _levels(move, "rates", "fx_rates", "rate"),
        }
        tables = {name: _fixed(scratch.fetch(new[name]), name) for name in SCHEMAS}
    return AssetState(instant, tables)


def _fixed(table: pa.Table, name: str) -> pa.Table:
    """The table by its schema, sorted by its key: equal states have equal bytes."""
    key = [(field, "ascending") for field in KEYS_OF[name]]
    return table.select(SCHEMAS[name].names).cast(SCHEMAS[name]).sort_by(key)


def _levels(move: "_Move", name: str, table: str, level: str) -> ir.Table:
    """The last price of each product, or rate of each currency."""
    key = KEYS_OF[name][0]

    def columns(rows: ir.Table) -> ir.Table:
        return rows.select(key, "known_at", *_sign(rows), at=rows["date"], level=rows[level])

    changed = move.scratch.keep(f"{name}_changed", columns(move.changes(table)))
    return latest(
        move.scratch, name, move.held[name], changed, [key], lambda: columns(move.visible(table))
    )


def _statements(move: "_Move") -> ir.Table:
    """The latest statement of each customer's accounts and products."""

    def columns(rows: ir.Table) -> ir.Table:
        of_product = rows.product_id.fill_null("") != ""
        in_units = of_product & rows.quantity.notnull()
        return rows.select(
            "customer_id",
            "known_at",
            *_sign(rows),
            **place(rows),
            at=rows["as_of"],
            money_class=rows.asset_class.fill_null("cash"),
            stated_micro=ibis.ifelse(of_product, micro_units(rows.quantity), 0),
            stated_minor=ibis.ifelse(in_units, 0, rows.amount_minor.fill_null(0)),
        )

    changed = move.scratch.keep("statements_changed", columns(move.changes("balances")))
    held = move.held["statements"]
    return latest(
        move.scratch,
        "statements",
        held,
        changed,
        KEYS,
        lambda: columns(move.visible("balances")),
    )


def _movements(move: "_Move", statements: ir.Table) -> ir.Table:
    """How many movements each key has in sight, and the sums of those that its statement leaves."""
    held = move.held["movements"]
    changed = move.scratch.keep("entries", _entries(move.changes("transactions")))
    delta = _sums(changed, statements)
    both = held.union(delta.select(held.columns))
    sums = both.group_by(*KEYS).aggregate(
        events=both.events.sum(), moved=both.moved.sum(), unsized=both.unsized.sum()
    )
    sums = move.scratch.keep("movements", sums.filter(sums.events > 0))
    restated = move.scratch.keep("restated", _restated(move, statements, sums))
    if move.scratch.is_empty(restated):
        return sums
    again = move.scratch.keep("read_again", _read_again(move, statements, restated))
    joined = sums.left_join(again, KEYS, rname="{name}_again").left_join(
        restated.mutate(restated=True), KEYS, rname="{name}_restated"
    )
    anew = joined.restated.fill_null(False)
    sums = {
        name: ibis.ifelse(anew, joined[f"{name}_again"].fill_null(0), joined[name])
        for name in ("moved", "unsized")
    }
    return joined.select(*KEYS, "events", **sums)


def _rejected(move: "_Move") -> ir.Table:
    """The rejected rows in sight, of each key and time how many."""
    held, changed = move.held["rejected"], places(move.changes("rejected"))
    both = held.union(changed.select(*KEYS, "happened_at", rows=changed.sign))
    counts = both.group_by(*KEYS, "happened_at").aggregate(rows=both["rows"].sum())
    return counts.filter(counts["rows"] > 0)


def _entries(rows: ir.Table) -> ir.Table:
    """(KEYS, occurred_at, value, unsized, sign): each movement on its account's money and its
    product."""
    sign = rows.sign if "sign" in rows.columns else ibis.literal(1, type="int64")
    moves = rows.mutate(**place(rows), sign=sign)
    shared = ["customer_id", "account", "occurred_at", "sign"]
    on_money = moves.select(
        *shared,
        product=ibis.literal("", type="string"),
        value=moves.amount_minor * moves.sign,
        unsized=ibis.literal(0, type="int64"),
    )
    units = moves.filter(moves["product"] != "")
    on_product = units.select(
        *shared,
        "product",
        value=micro_units(units.quantity) * units.sign,
        unsized=unsized(units) * units.sign,
    )
    return on_money.union(on_product)


def _sums(entries: ir.Table, statements: ir.Table) -> ir.Table:
    """(KEYS, events, moved, unsized): of the entries that each key's statement does not cover."""
    stated = statements.select(*KEYS, stated_at="at")
    joined = entries.left_join(stated, KEYS, rname="{name}_stated")
    counted = is_since(joined.occurred_at, joined.stated_at)
    return joined.group_by(*KEYS).aggregate(
        events=joined.sign.sum(),
        moved=joined["value"].sum(where=counted).fill_null(0),
        unsized=joined.unsized.sum(where=counted).fill_null(0),
    )


def _restated(move: "_Move", statements: ir.Table, sums: ir.Table) -> ir.Table:
    """(KEYS, since) of the keys with movements held whose statement is of another instant now.

    since: of the new statement, null where there is none any more.
    """
    before, held = move.held["statements"], move.held["movements"]
    had = held.semi_join(sums, KEYS).select(KEYS)
    now = had.left_join(before.select(*KEYS, was="at"), KEYS, rname="{name}_before").left_join(
        statements.select(*KEYS, since="at"), KEYS, rname="{name}_now"
    )
    same = now.was.identical_to(now.since)
    return now.filter(~same).select(*KEYS, "since")


def _read_again(move: "_Move", statements: ir.Table, restated: ir.Table) -> ir.Table:
    """The sums of the restated keys, from the movements since the earliest of their statements."""
    found = move.scratch.fetch(
        restated.aggregate(first=restated.since.min(), open=restated.since.isnull().any())
    ).to_pylist()[0]
    since = None if found["open"] else found["first"]
    entries = _entries(move.visible("transactions", since))
    return _sums(entries.semi_join(restated, KEYS), statements)


def _sign(rows: ir.Table) -> tuple[str, ...]:
    return ("sign",) if "sign" in rows.columns else ()
