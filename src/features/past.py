"""What stands for the movements before all windows, and what came since it was made.

A past that was condensed for some snapshots (src/features/condense.py) holds for later ones with
what occurred after it, with what of before became known late, and, for the accounts of which a
movement or statement of before was closed or told late, with what the ledger has now.
"""

from dataclasses import dataclass
from datetime import datetime

import ibis.expr.types as ir

from src.core.ledger import Ledger
from src.features.increments import Scratch
from src.features.windows import is_before, is_between, is_old_enough, moment, until

ACCOUNT = ["customer_id", "account"]


@dataclass(frozen=True)
class Span:
    """From the first to the last snapshot; no window reaches what occurred before `since`."""

    first: datetime
    last: datetime
    since: datetime

    def seen(self, rows: ir.Table) -> ir.BooleanValue:
        """True where a version is known at one of the snapshots, perhaps."""
        ends = until(rows.known_until)
        return is_before(rows.known_at, moment(self.last)) & ~is_before(ends, moment(self.first))

    def settled(self, rows: ir.Table) -> ir.BooleanValue:
        """True where a version is known at each of the snapshots."""
        ends = until(rows.known_until)
        return is_before(rows.known_at, moment(self.first)) & ~is_before(ends, moment(self.last))


@dataclass(frozen=True)
class Past:
    """The rows that stand for what occurred before span.since, as its snapshots see it, with the
    columns of the ledger's transactions."""

    span: Span
    rows: ir.Table

    def continues(self, span: Span) -> bool:
        """Whether the snapshots of `span` can go on from here."""
        return self.span.first <= span.first and self.span.since <= span.since


def movements(scratch: Scratch, span: Span, before: Past | None) -> ir.Table:
    """The ledger's movements, those of `before` as its few rows."""
    moves = scratch.ledger["transactions"]
    if before is None:
        return moves
    old = is_before(moves.occurred_at, moment(before.span.since))
    told = is_before(moves.known_at, moment(before.span.last))
    parts = [moves.filter(~old), moves.filter(old, ~told)]
    kept, spoiled = before.rows, scratch.keep("spoiled", _spoiled(scratch.ledger, span, before))
    if not scratch.is_empty(spoiled):
        kept = _by_account(kept).anti_join(spoiled, ACCOUNT)
        parts.append(_by_account(moves.filter(old, told)).semi_join(spoiled, ACCOUNT))
    first, *others = (part.select(moves.columns) for part in (kept, *parts))
    return first.union(*others)


def _spoiled(ledger: Ledger, span: Span, before: Past) -> ir.Table:
    """(customer_id, account): of which a movement or statement that `before` stands for, or should
    have looked at, was closed or told since it was made."""
    since, last = before.span.since, before.span.last
    moves, stated = ledger["transactions"], ledger["balances"]
    moves = moves.filter(
        is_before(moves.occurred_at, moment(since)),
        is_before(moves.known_at, moment(last)),
        is_between(moves.known_until, last, span.last),
    )
    stated = stated.filter(
        is_old_enough(stated["as_of"], moment(since)),
        is_between(stated.known_at, last, span.last)
        | is_between(stated.known_until, last, span.last).fill_null(False),
    )
    return _by_account(moves).select(ACCOUNT).union(_by_account(stated).select(ACCOUNT)).distinct()


def _by_account(rows: ir.Table) -> ir.Table:
    return rows.mutate(account=rows.account_id.fill_null(""))
