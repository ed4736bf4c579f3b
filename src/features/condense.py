"""The movements before all windows in a few rows a customer, from which every feature is the same.

What a catalogue's windows do not reach shows in three ways alone: in what is held, by sums since
the latest statement; in the first and the last event of a kind; and in what was paid for a product,
by sums, and when it was first and last bought. So of the movements before the windows there remain,
for each account and product, the first or last that some feature asks for and one row that holds
the sum of the others of each kind and direction. What is not seen alike from all the snapshots
remains as it is. Of old prices the last is enough. A past that was condensed once is condensed
further with what came since (src/features/past.py), so that nobody reads it again.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta

import ibis
import ibis.expr.types as ir

from src.core.ledger import Ledger, viewed
from src.features.definitions.conditions import Filter
from src.features.definitions.events import Recency
from src.features.increments import Scratch
from src.features.past import ACCOUNT, Past, Span, movements
from src.features.positions import MICRO, POSITION_NEUTRAL_KINDS, micro_units
from src.features.row_kernels import RETURN_DAYS, TRADES
from src.features.rows import matches, measured
from src.features.spec import FeatureSpec
from src.features.windows import PERIOD_DAYS, is_before, is_old_enough, is_since, moment

_KEY = [*ACCOUNT, "product"]
# What the rows of one sum have in common: nothing that a feature asks for tells them apart.
_ALIKE = [*_KEY, "of_kind", "direction", "money_counted", "units_counted"]
_BUYS, _TRADES = Filter(name="buy", kinds=("buy",)), Filter(name="trade", kinds=TRADES)
# The first and last that always remain: that there was any, and what is told of purchases.
_ALWAYS: set[tuple[str, Filter | None, str]] = {
    ("rows", None, "last"),
    ("rows", _BUYS, "first"),
    ("rows", _BUYS, "last"),
    ("rows", _TRADES, "last"),
}


@contextmanager
def condensed(
    ledger: Ledger,
    first: datetime,
    last: datetime,
    spec: FeatureSpec,
    before: Past | None = None,
) -> Iterator[tuple[Ledger, Past]]:
    """The ledger with few movements before the windows of `spec` at snapshots from `first` to
    `last`, where it gives the same features; and that past. Both are gone afterwards.

    before: a past of an earlier run; the history is read where these snapshots can't go on from it.
    """
    span = Span(first, last, first - timedelta(days=reach_days(spec)))
    before = before if before is not None and before.continues(span) else None
    with closing(Scratch(ledger)) as scratch:
        past = scratch.keep("past", _past(scratch, span, spec, before))
        prices = ledger["prices"]
        if not _asks_what_prices_did(spec):
            prices = scratch.keep("past_prices", _last_prices(prices, span))

        def see(name: str, rows: ir.Table) -> ir.Table:
            if name == "transactions":
                return rows.filter(~is_before(rows.occurred_at, moment(span.since))).union(past)
            return prices if name == "prices" else rows

        yield viewed(ledger, "condensed_", see), Past(span, past)


def reach_days(spec: FeatureSpec) -> int:
    """The longest window, in days: what occurred before it counts as history alone."""
    definitions = [feature.definition for feature in spec.ordered]
    windows = [getattr(d, "days", None) or 0 for d in definitions]
    return max(windows + [PERIOD_DAYS * getattr(d, "periods", 0) for d in definitions], default=0)


def _asks_what_prices_did(spec: FeatureSpec) -> bool:
    """Whether a first or last movement is asked for by what a price had done before it."""
    return any(only is not None and only.after for _, only, _ in _recencies(spec))


def _last_prices(rows: ir.Table, span: Span) -> ir.Table:
    """The prices that are the last known at some instant from the first that is asked for on."""
    begins = span.since - timedelta(days=RETURN_DAYS)
    asked = Span(begins, span.last, begins)
    old = is_before(rows["date"], moment(begins))
    settled = rows.filter(old, asked.settled(rows))
    last = settled.group_by("product_id").aggregate(date=settled["date"].max())
    unlike = rows.filter(old, asked.seen(rows), ~asked.settled(rows))
    return rows.filter(~old).union(unlike, settled.semi_join(last, ["product_id", "date"]))


def _past(scratch: Scratch, span: Span, spec: FeatureSpec, before: Past | None) -> ir.Table:
    """The rows that stand for the movements before span.since, with the ledger's columns."""
    moves = movements(scratch, span, before)
    old = moves.filter(is_before(moves.occurred_at, moment(span.since)), span.seen(moves))
    plain = span.settled(old)
    if _asks_what_prices_did(spec):
        plain &= old.product_id.isnull()  # each has a price of its own before it
    joined = _counted(scratch.ledger, span, old.mutate(**_parts(old), plain=plain))
    joined = joined.mutate(plain=joined.plain & ~joined.doubtful)
    plain_moves = joined.filter(joined.plain)
    sums = scratch.keep("past_sums", _sums(plain_moves, spec))
    ends = scratch.keep("past_ends", _ends(sums))
    stay = plain_moves.semi_join(ends, [*_KEY, "occurred_at"])
    stay = scratch.keep("past_stay", stay.select(*moves.columns, *_ALIKE[1:]))
    carried = _carried(sums, stay)
    others = {n: ibis.null(moves[n].type()) for n in moves.columns if n not in carried.columns}
    parts = (carried.mutate(**others), stay, joined.filter(~joined.plain))
    return ibis.union(*(part.select(moves.columns) for part in parts))


def _parts(rows: ir.Table) -> dict[str, ir.Value]:
    """Account and product, empty texts where there is none; of_kind: of a product's movements;
    direction: the signs of amount and quantity, so that the sum of sizes is the size of the sum."""
    of_product = rows.product_id.notnull()
    units = _sign(rows.quantity)
    return {
        "account": rows.account_id.fill_null(""),
        "product": rows.product_id.fill_null(""),
        "of_kind": ibis.ifelse(of_product, rows.kind, None).fill_null(""),
        "direction": _sign(rows.amount_minor) + ibis.ifelse(of_product, units, ""),
    }


def _sign(number: ir.NumericValue) -> ir.StringValue:
    return ibis.cases((number > 0, "+"), (number < 0, "-"), (number.notnull(), "0"), else_="?")


def _counted(ledger: Ledger, span: Span, rows: ir.Table) -> ir.Table:
    """`rows` with money_counted and units_counted, whether no statement of the account's money and
    of the product covers them, and doubtful: whether snapshots may see unlike statements."""
    stated = _statements(ledger, span)
    money = stated.filter(stated["product"] == "").drop("product")
    units = stated.filter(stated["product"] != "")
    joined = rows.left_join(money, ACCOUNT, rname="{name}_money")
    joined = joined.left_join(units, _KEY, rname="{name}_units")
    doubtful = joined.doubtful.fill_null(False) | joined.doubtful_units.fill_null(False)
    return joined.select(
        *rows.columns,
        money_counted=is_since(joined.occurred_at, joined.stated_at),
        units_counted=is_since(joined.occurred_at, joined.stated_at_units),
        doubtful=doubtful,
    )


def _statements(ledger: Ledger, span: Span) -> ir.Table:
    """(customer_id, account, product, stated_at, doubtful): the latest statement before the windows
    that is known at all snapshots, and whether others may be at some."""
    rows = ledger["balances"]
    rows = rows.filter(is_old_enough(rows["as_of"], moment(span.since)), span.seen(rows))
    rows = rows.mutate(
        account=rows.account_id.fill_null(""),
        product=rows.product_id.fill_null(""),
        settled=span.settled(rows),
    )
    return rows.group_by(_KEY).aggregate(
        stated_at=rows["as_of"].max(where=rows.settled), doubtful=(~rows.settled).any()
    )


def _sums(rows: ir.Table, spec: FeatureSpec) -> ir.Table:
    """Of the rows that are alike their sums, their last and the ends that features ask for."""
    columns: dict[str, ir.Value] = {}
    for number, (measure, only, which) in enumerate(_recencies(spec) | _ALWAYS):
        meant = _may_match(rows, only) & measured(rows, measure).notnull()
        end = rows.occurred_at.min if which == "first" else rows.occurred_at.max
        columns[f"{which}{number}"] = end(where=meant)
    return rows.group_by(_ALIKE).aggregate(**_totals(rows), **columns)


def _totals(rows: ir.Table) -> dict[str, ir.Value]:
    return {
        "n": rows.count(),
        "minor": rows.amount_minor.sum(),
        "micro": micro_units(rows.quantity).sum(),
        "latest": rows.occurred_at.max(),
    }


def _ends(sums: ir.Table) -> ir.Table:
    """(customer_id, account, product, occurred_at): when the movements were that remain."""
    first = [name for name in sums.columns if name.startswith("first")]
    last = [name for name in sums.columns if name.startswith("last")]
    found = sums.group_by(_KEY).aggregate(
        **{name: sums[name].min() for name in first}, **{name: sums[name].max() for name in last}
    )
    ends = ibis.array([found[name] for name in (*first, *last)])
    ends = found.select(*_KEY, occurred_at=ends.unnest())
    return ends.filter(ends.occurred_at.notnull()).distinct()


def _recencies(spec: FeatureSpec) -> set[tuple[str, Filter | None, str]]:
    """(measure, filter, which) of the first and last movements that features ask for."""
    definitions = (feature.definition for feature in spec.ordered)
    return {
        (d.measure, d.only, d.which)
        for d in definitions
        if isinstance(d, Recency) and d.table == "transactions"
    }


def _may_match(rows: ir.Table, only: Filter | None) -> ir.BooleanValue:
    """Whether a row meets the conditions on itself. Those on its product hold for all rows of the
    product alike, or for none, at any snapshot."""
    if only is None or not (only.asset_classes or only.min_grade or only.max_grade or only.after):
        return matches(rows, only)
    nothing = {"asset_classes": (), "min_grade": None, "max_grade": None, "after": None}
    return matches(rows, only.model_copy(update=nothing)) & rows.product_id.notnull()


def _carried(sums: ir.Table, stay: ir.Table) -> ir.Table:
    """A movement with the sum of those that are alike and do not stay, at the time of the last of
    them all. It has no channel or category, and of money no kind, so that it meets no condition but
    those that the last meets as well."""
    told = stay.group_by(_ALIKE).aggregate(**_totals(stay))
    both = sums.left_join(told, _ALIKE, rname="{name}_told")
    n, minor, micro = (both[c] - both[f"{c}_told"].fill_null(0) for c in ("n", "minor", "micro"))
    units = ibis.ifelse(both.direction.endswith("?"), None, micro.cast("float64") / float(MICRO))
    rows = both.select(
        "customer_id",
        "product",
        "money_counted",
        "units_counted",
        rest=n,
        unsized=both.direction.endswith("?") & ~both.of_kind.isin(POSITION_NEUTRAL_KINDS),
        account_id="account",
        product_id=both["product"].nullif(""),
        kind=both.of_kind.nullif(""),
        quantity=ibis.ifelse(both["product"] == "", None, units),
        occurred_at="latest",
        known_at="latest",
        amount_minor=minor.fill_null(0).cast("decimal(38, 0)").cast("int64"),
    )
    moved = rows.money_counted & (rows.amount_minor != 0)
    held = rows.units_counted & (rows.unsized | (rows.quantity != 0).fill_null(False))
    needed = moved | ((rows["product"] != "") & (held | (rows.kind == "buy")))
    rows = rows.filter(rows.rest > 0, needed.fill_null(False))
    return rows.drop("product", "money_counted", "units_counted", "rest", "unsized")
