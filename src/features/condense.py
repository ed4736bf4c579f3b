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
_TOLD = ("transaction_id", "occurred_at", "kind", "channel", "category", "amount_minor")


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
    columns = moves.columns
    old = moves.filter(is_before(moves.occurred_at, moment(span.since)), span.seen(moves))
    old = old.mutate(account=old.account_id.fill_null(""))
    joined = old.left_join(_statements(scratch.ledger, span), _ACCOUNT, rname="{name}_stated")
    plain = joined.product_id.isnull() & span.settled(joined) & ~joined.doubtful.fill_null(False)
    joined = joined.mutate(counted=is_since(joined.occurred_at, joined.stated_at), plain=plain)
    sums = scratch.keep("past_sums", _sums(joined.filter(joined.plain), spec))
    told = scratch.keep("past_told", _told(sums))
    few = told.drop("counted").union(_carried(sums, told))
    few = few.mutate(account_id=few.account, known_at=few.occurred_at)
    others = {name: ibis.null(moves[name].type()) for name in columns if name not in few.columns}
    return few.mutate(**others).select(columns).union(joined.filter(~joined.plain).select(columns))


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
    """(customer_id, account, told: the movements that stay, and of those in each direction that no
    statement covers the sum and the time of the last)."""
    whole = ibis.struct({name: rows[name] for name in (*_TOLD, "counted")})
    any_movement: tuple[str, None, str] = ("rows", None, "last")
    ends = []
    for measure, only, which in sorted({any_movement, *_recencies(spec)}, key=str):
        meant = matches(rows, only) & measured(rows, measure).notnull()
        ends.append(
            whole.argmin(rows.occurred_at, where=meant)
            if which == "first"
            else whole.argmax(rows.occurred_at, where=meant)
        )
    columns: dict[str, ir.Value] = {}
    for name, towards in (("in", rows.amount_minor > 0), ("out", rows.amount_minor < 0)):
        columns[f"sum_{name}"] = rows.amount_minor.sum(where=towards & rows.counted)
        columns[f"last_{name}"] = rows.occurred_at.max(where=towards & rows.counted)
    named = {f"end{number}": end for number, end in enumerate(ends)}
    grouped = rows.group_by(_ACCOUNT).aggregate(**named, **columns)
    told = ibis.array([grouped[name] for name in named])
    return grouped.select(*_ACCOUNT, *columns, told=told)


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


def _told(sums: ir.Table) -> ir.Table:
    """(customer_id, account, *_TOLD, counted): the movements that stay, each once."""
    rows = sums.select(*_ACCOUNT, told=sums.told.unnest())
    rows = rows.filter(rows.told.notnull())
    return rows.select(*_ACCOUNT, **{n: rows.told[n] for n in (*_TOLD, "counted")}).distinct()


def _carried(sums: ir.Table, told: ir.Table) -> ir.Table:
    """A movement for each account and direction with the sum of those that do not stay, at the time
    of the last. It has no kind, channel or category, so that it meets no condition."""
    parts = []
    for name, towards in (("in", told.amount_minor > 0), ("out", told.amount_minor < 0)):
        stays = told.group_by(_ACCOUNT).aggregate(
            stays=told.amount_minor.sum(where=towards & told.counted)
        )
        both = sums.left_join(stays, _ACCOUNT, rname="{name}_stays")
        rest = both[f"sum_{name}"].fill_null(0) - both.stays.fill_null(0)
        texts = dict.fromkeys(("kind", "channel", "category"), ibis.null("string"))
        rows = both.select(
            *_ACCOUNT,
            transaction_id=ibis.literal(f"sum_{name}"),
            occurred_at=both[f"last_{name}"],
            **texts,
            amount_minor=rest.cast("decimal(38, 0)").cast("int64"),
        )
        parts.append(rows.filter(rows.amount_minor != 0))
    return ibis.union(*parts)
