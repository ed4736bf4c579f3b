"""The movements before all windows in a few rows a customer, from which every feature is the same.

What a catalogue's windows do not reach shows in three ways alone: in what is held, by sums since
the latest statement; in the first and the last event of a kind; and in what was bought and sold.
So of the movements of money before the windows there remain, for each account, the first or last
that some feature asks for and one row for each direction that holds the others' sum. Movements of
products remain as they are, and so does whatever is not seen alike from all the snapshots.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import ibis
import ibis.expr.types as ir

from src.core.ledger import Ledger, viewed
from src.features.definitions.conditions import Filter
from src.features.definitions.events import Recency
from src.features.increments import Scratch
from src.features.rows import matches, measured
from src.features.spec import FeatureSpec
from src.features.windows import PERIOD_DAYS, is_before, is_old_enough, is_since, moment, until

_ACCOUNT = ["customer_id", "account"]


@dataclass(frozen=True)
class _Span:
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


@contextmanager
def condensed(
    ledger: Ledger, first: datetime, last: datetime, spec: FeatureSpec
) -> Iterator[Ledger]:
    """The ledger with few movements before the windows of `spec` at snapshots from `first` to
    `last`: it gives the same features there. It is gone afterwards.

    The history is read once, for sums; what is computed after that reads the windows alone.
    """
    span = _Span(first, last, first - timedelta(days=reach_days(spec)))
    with closing(Scratch(ledger)) as scratch:
        past = scratch.keep("past", _past(scratch, span, spec))

        def see(name: str, rows: ir.Table) -> ir.Table:
            if name != "transactions":
                return rows
            return rows.filter(~is_before(rows.occurred_at, moment(span.since))).union(past)

        yield viewed(ledger, "condensed_", see)


def reach_days(spec: FeatureSpec) -> int:
    """The longest window, in days: what occurred before it counts as history alone."""
    definitions = [feature.definition for feature in spec.ordered]
    windows = [getattr(d, "days", None) or 0 for d in definitions]
    return max(windows + [PERIOD_DAYS * getattr(d, "periods", 0) for d in definitions], default=0)


def _past(scratch: Scratch, span: _Span, spec: FeatureSpec) -> ir.Table:
    """The rows that stand for the movements before span.since, with the ledger's columns."""
    moves = scratch.ledger["transactions"]
    old = moves.filter(is_before(moves.occurred_at, moment(span.since)), span.seen(moves))
    old = old.mutate(account=old.account_id.fill_null(""))
    joined = old.left_join(_statements(scratch.ledger, span), _ACCOUNT, rname="{name}_stated")
    plain = joined.product_id.isnull() & span.settled(joined) & ~joined.doubtful.fill_null(False)
    joined = joined.mutate(counted=is_since(joined.occurred_at, joined.stated_at), plain=plain)
    plain_moves = joined.filter(joined.plain)
    sums = scratch.keep("past_sums", _sums(plain_moves, spec))
    ends = sums.select(*_ACCOUNT, occurred_at=sums.ends.unnest()).distinct()
    stay = plain_moves.semi_join(ends, [*_ACCOUNT, "occurred_at"])
    stay = scratch.keep("past_stay", stay.select(*moves.columns, "account", "counted"))
    carried = _carried(sums, stay)
    others = {n: ibis.null(moves[n].type()) for n in moves.columns if n not in carried.columns}
    parts = (carried.mutate(**others), stay, joined.filter(~joined.plain))
    return ibis.union(*(part.select(moves.columns) for part in parts))


def _statements(ledger: Ledger, span: _Span) -> ir.Table:
    """(customer_id, account, stated_at, doubtful): the latest statement of money before the windows
    that is known at all snapshots, and whether others may be at some."""
    rows = ledger["balances"]
    rows = rows.filter(
        rows.product_id.fill_null("") == "",
        is_old_enough(rows["as_of"], moment(span.since)),
        span.seen(rows),
    )
    rows = rows.mutate(account=rows.account_id.fill_null(""), settled=span.settled(rows))
    return rows.group_by(_ACCOUNT).aggregate(
        stated_at=rows["as_of"].max(where=rows.settled), doubtful=(~rows.settled).any()
    )


def _sums(rows: ir.Table, spec: FeatureSpec) -> ir.Table:
    """(customer_id, account, ends: the times of the movements that stay, and of those in each
    direction that no statement covers the sum and the time of the last)."""
    any_movement: tuple[str, None, str] = ("rows", None, "last")
    columns: dict[str, ir.Value] = {}
    for number, (measure, only, which) in enumerate({any_movement, *_recencies(spec)}):
        meant = matches(rows, only) & measured(rows, measure).notnull()
        end = rows.occurred_at.min if which == "first" else rows.occurred_at.max
        columns[f"end{number}"] = end(where=meant)
    ends = tuple(columns)
    for name, towards in _directions(rows).items():
        columns[f"sum_{name}"] = rows.amount_minor.sum(where=towards & rows.counted)
        columns[f"last_{name}"] = rows.occurred_at.max(where=towards & rows.counted)
    grouped = rows.group_by(_ACCOUNT).aggregate(**columns)
    return grouped.mutate(ends=ibis.array([grouped[name] for name in ends])).drop(*ends)


def _directions(rows: ir.Table) -> dict[str, ir.BooleanValue]:
    return {"in": rows.amount_minor > 0, "out": rows.amount_minor < 0}


def _recencies(spec: FeatureSpec) -> set[tuple[str, Filter | None, str]]:
    """(measure, filter, which) of the first and last movements of money that features ask for."""
    definitions = (feature.definition for feature in spec.ordered)
    return {
        (d.measure, d.only, d.which)
        for d in definitions
        if isinstance(d, Recency) and d.table == "transactions" and not _of_products(d.only)
    }


def _of_products(only: Filter | None) -> bool:
    """Whether a filter asks for a product's class, grade or price, which money never has."""
    return only is not None and bool(
        only.asset_classes or only.min_grade or only.max_grade or only.after
    )


def _carried(sums: ir.Table, stay: ir.Table) -> ir.Table:
    """A movement for each account and direction with the sum of those that do not stay, at the time
    of the last. It has no kind, channel or category, so that it meets no condition."""
    parts = []
    for name, towards in _directions(stay).items():
        told = stay.group_by(_ACCOUNT).aggregate(
            told=stay.amount_minor.sum(where=towards & stay.counted)
        )
        both = sums.left_join(told, _ACCOUNT, rname="{name}_told")
        rest = both[f"sum_{name}"].fill_null(0) - both.told.fill_null(0)
        rows = both.select(
            "customer_id",
            account_id="account",
            occurred_at=both[f"last_{name}"],
            known_at=both[f"last_{name}"],
            amount_minor=rest.cast("decimal(38, 0)").cast("int64"),
        )
        parts.append(rows.filter(rows.amount_minor != 0))
    return ibis.union(*parts)
