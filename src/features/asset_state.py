"""Customer asset size that moves on: what is held at an instant, advanced by what changed since.

The state keeps, per customer, account and product, the latest statement and the movements since,
and the last price and rate. To advance it, only the rows are read that came into sight or went
out of it (src/features/increments.py), and, of what was stated anew, the movements since. It
equals src/features/assets.asset_size to the last cent, whether advanced or started anew.
"""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from src.core.ledger import Ledger
from src.features.assets import MONEY_COLUMNS, asset_sums, nothing_known, with_completeness
from src.features.increments import Scratch
from src.features.rejected import REJECTED_ROWS, uncovered
from src.features.valuation import gap, with_unit, worth
from src.features.windows import FIRST_INSTANT, is_known, moment, until

KEYS = ("customer_id", "account", "product")
_TIME = pa.timestamp("us")
_KEY_FIELDS = [(name, pa.string()) for name in KEYS]
_LEVEL = [("rows", pa.int64()), ("at", _TIME), ("known_at", _TIME), ("level", pa.float64())]
SCHEMAS: dict[str, pa.Schema] = {
    # moved: minor units of money (product is empty), millionths of units of a product
    # unsized: those of them of which nobody said how much they moved
    "movements": pa.schema(
        [*_KEY_FIELDS, ("events", pa.int64()), ("moved", pa.int64()), ("unsized", pa.int64())]
    ),
    # what integration put aside, by when it happened
    "rejected": pa.schema([*_KEY_FIELDS, ("happened_at", _TIME), ("rows", pa.int64())]),
    "statements": pa.schema(
        [
            *_KEY_FIELDS,
            ("rows", pa.int64()),
            ("at", _TIME),
            ("known_at", _TIME),
            ("money_class", pa.string()),
            ("stated_micro", pa.int64()),
            ("stated_minor", pa.int64()),
        ]
    ),
    "prices": pa.schema([("product_id", pa.string()), *_LEVEL]),
    "rates": pa.schema([("currency", pa.string()), *_LEVEL]),
}
KEYS_OF = {
    "movements": KEYS,
    "rejected": (*KEYS, "happened_at"),
    "statements": KEYS,
    "prices": ("product_id",),
    "rates": ("currency",),
}


@dataclass(frozen=True)
class AssetState:
    """What is held and what it is worth as seen at `instant`, as the tables of SCHEMAS, sorted."""

    instant: datetime
    tables: Mapping[str, pa.Table]


def first_state() -> AssetState:
    """The state before anything: to start anew is to advance it."""
    empty = {name: schema.empty_table() for name, schema in SCHEMAS.items()}
    return AssetState(FIRST_INSTANT, empty)


def state_sizes(ledger: Ledger, state: AssetState) -> pd.DataFrame:
    """Asset size at state.instant of each customer known then, with the columns of asset_size."""
    as_of = moment(state.instant)
    with closing(Scratch(ledger)) as scratch:
        held = {name: scratch.given(name, table) for name, table in state.tables.items()}
        sums = asset_sums(scratch.keep("holdings", _holdings(ledger, held, as_of)), "customer_id")
        known = ledger["customers"]
        known = known.filter(is_known(as_of, known.known_at, until(known.known_until)))
        joined = known.select("customer_id").distinct().left_join(sums, "customer_id")
        filled = {name: joined[name].fill_null(0) for name in MONEY_COLUMNS}
        sizes = with_completeness(
            joined.select(
                "customer_id", as_of=as_of, **filled, gaps=joined.gaps.fill_null(nothing_known())
            )
        )
        frame: pd.DataFrame = scratch.fetch(sizes.order_by("customer_id")).to_pandas()
    return frame


def _holdings(ledger: Ledger, held: Mapping[str, ir.Table], as_of: ir.TimestampValue) -> ir.Table:
    """(customer_id, asset_class, minor, gap): money by account, positions by product."""
    stated, moved = held["statements"], held["movements"]
    both = stated.outer_join(moved, KEYS, rname="{name}_moved")
    whole = both.select(
        customer_id=ibis.coalesce(both.customer_id, both.customer_id_moved),
        product_id=ibis.coalesce(both["product"], both.product_moved),
        asset_class=both.money_class.fill_null("cash"),
        micro=both.stated_micro.fill_null(0),
        stated_minor=both.stated_minor.fill_null(0),
        moved=both.moved.fill_null(0),
        unsized=both.unsized.fill_null(0),
    )
    money = whole.filter(whole.product_id == "")
    plain = money.select(
        "customer_id",
        "asset_class",
        minor=money.stated_minor + money.moved,
        gap=ibis.null("string"),
    )
    owned = whole.filter(whole.product_id != "")
    positions = owned.group_by("customer_id", "product_id").aggregate(
        micro=owned.micro.sum() + owned.moved.sum(),
        stated_minor=owned.stated_minor.sum(),
        unsized=owned.unsized.sum(),
    )
    quoted = positions.left_join(_quotes(ledger, held, as_of), "product_id", rname="{name}_quote")
    valued = quoted.select(
        "customer_id", "asset_class", minor=worth(quoted, 0).fill_null(0), gap=gap(quoted)
    )
    return ibis.union(plain, valued, _lacking(held))


def _lacking(held: Mapping[str, ir.Table]) -> ir.Table:
    """A holding of no worth for each customer of whom rows are lacking."""
    stated = held["statements"].select(*KEYS, stated_at="at")
    lacking = uncovered(held["rejected"].drop("rows"), stated, KEYS)
    return (
        lacking.select("customer_id")
        .distinct()
        .mutate(
            asset_class=ibis.literal("cash"),
            minor=ibis.literal(0, type="int64"),
            gap=ibis.literal(REJECTED_ROWS),
        )
    )


def _quotes(ledger: Ledger, held: Mapping[str, ir.Table], as_of: ir.TimestampValue) -> ir.Table:
    """(product_id, asset_class, unit0, missing) of each product known then."""
    products = ledger["products"]
    products = products.filter(is_known(as_of, products.known_at, until(products.known_until)))
    newest = ibis.window(group_by="product_id", order_by=ibis.desc("known_at"))
    placed = products.mutate(place=ibis.row_number().over(newest))
    known = placed.filter(placed.place == 0).select("product_id", "asset_class", "currency")
    prices, rates = held["prices"], held["rates"]
    quoted = known.left_join(prices.select("product_id", price="level"), "product_id").left_join(
        rates.select("currency", rate="level"), "currency"
    )
    unit = with_unit(quoted)
    return unit.select("product_id", "asset_class", "missing", unit0="unit")
