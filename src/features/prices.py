"""The last price and rate known before an instant: by their own date, as they were known then.

Which row is the last one changes when a newer date becomes known, when the last one is corrected
(closed and replaced) and when it is withdrawn (closed without a successor). All but withdrawals
only ever move on to the same or a newer date, so one sorted pass finds the changes; the few rows
that are withdrawn stand beside them in a table of their own, and a query looks into both.
"""

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from src.features.plan import Plan
from src.features.windows import (
    instant_after,
    is_before,
    is_followed,
    is_known,
    until,
    visible_from,
)


@dataclass(frozen=True)
class Levels:
    """The levels of each key over time, in two tables (key, visible, date, level).

    A row holds from the instant after `visible` to the next row of its key. lasting: dates that
    stay known, and only grow. withdrawn: the last of the dates that don't; level null where none.
    """

    key: str
    lasting: ir.Table
    withdrawn: ir.Table


def slice_prices(plan: Plan) -> Levels:
    """Prices by product_id. They do not depend on the spine: all slices share them."""
    return _levels(plan, "prices", "product_id", "close")


def slice_rates(plan: Plan) -> Levels:
    """Rates to the base currency, its own included, by currency."""
    return _levels(plan, "fx_rates", "currency", "rate")


def _levels(plan: Plan, name: str, key: str, level: str) -> Levels:
    versions = plan.kept(f"{name}_versions", lambda: _versions(plan[name], key, level))
    return Levels(
        key,
        plan.kept(name, lambda: _lasting(versions.filter(versions.lasts), key)),
        plan.kept(f"{name}_withdrawn", lambda: _withdrawn(versions.filter(~versions.lasts), key)),
    )


def _versions(rows: ir.Table, key: str, level: str) -> ir.Table:
    """(key, date, level, visible, known_at, known_until, lasts) of the versions that ever count.

    lasts: from this version on, its date never ceases to be known.
    """
    rows = rows.select(
        key, "date", "known_at", level=rows[level], known_until=until(rows.known_until)
    )
    in_order = ibis.window(group_by=[key, "date"], order_by="known_at")
    rows = rows.mutate(held=is_followed(rows.known_until, rows.known_at.lead().over(in_order)))
    onwards = ibis.window(group_by=[key, "date"], order_by="known_at", preceding=0, following=None)
    rows = rows.mutate(
        lasts=rows.held.all().over(onwards), visible=visible_from(rows["date"], rows.known_at)
    )
    return rows.filter(is_before(rows.visible, rows.known_until)).drop("held")


def _lasting(rows: ir.Table, key: str) -> ir.Table:
    """Where the last date, or its level, changes: an older date than the last changes nothing."""
    newest_first = [ibis.desc("date"), ibis.desc("known_at")]
    at_once = ibis.window(group_by=[key, "visible"], order_by=newest_first)
    rows = rows.mutate(place=ibis.row_number().over(at_once))
    rows = rows.filter(rows.place == 0)
    before = ibis.window(group_by=key, order_by="visible", preceding=(None, 1))
    rows = rows.mutate(newest=rows["date"].max().over(before))
    kept = rows.filter(~is_before(rows["date"], rows.newest).fill_null(False))
    return kept.select(key, "visible", "date", "level")


def _withdrawn(rows: ir.Table, key: str) -> ir.Table:
    """The last of the dates known for a while, at each instant where one comes or goes."""
    marks = rows.select(key, visible="visible").union(
        rows.select(key, visible="known_until"), distinct=True
    )
    moved = marks.mutate(just_after=instant_after(marks.visible))
    joined = moved.left_join(
        rows,
        [moved[key] == rows[key], is_known(moved.just_after, rows.visible, rows.known_until)],
        rname="{name}_row",
    )
    newest_first = [ibis.desc("date"), ibis.desc("known_at")]
    last = ibis.window(group_by=[key, "visible"], order_by=newest_first)
    joined = joined.mutate(place=ibis.row_number().over(last))
    return joined.filter(joined.place == 0).select(key, "visible", "date", "level")


def price_before(rows: ir.Table, prices: Levels, instant: ir.TimestampValue, name: str) -> ir.Table:
    """`rows` with a column `name`: the last price known before `instant`, null if none.

    rows has the prices' key, product_id.
    """
    return _before(rows, prices, instant, name)


def rate_before(rows: ir.Table, rates: Levels, instant: ir.TimestampValue, name: str) -> ir.Table:
    """`rows` with a column `name`: the last rate known before `instant`, null if none.

    rows has the rates' key, currency.
    """
    return _before(rows, rates, instant, name)


def _before(rows: ir.Table, levels: Levels, instant: ir.TimestampValue, name: str) -> ir.Table:
    columns = [column for column in rows.columns if column != name]
    timed = rows.mutate(instant_=instant)
    for table, mark in ((levels.lasting, "lasting"), (levels.withdrawn, "withdrawn")):
        found = table.select(
            levels.key, "visible", **{f"date_{mark}": "date", f"level_{mark}": "level"}
        )
        later = timed.asof_join(
            found, is_before(found.visible, timed.instant_), predicates=levels.key
        )
        timed = later.select(*timed.columns, f"date_{mark}", f"level_{mark}")
    newer = is_before(timed.date_lasting, timed.date_withdrawn)
    newer = newer.fill_null(timed.date_withdrawn.notnull())
    level = ibis.ifelse(newer, timed.level_withdrawn, timed.level_lasting)
    return timed.select(*columns, **{name: level})
