"""What positions are worth: the last price and exchange rate known before the instant, and where
one of them is missing, which.
"""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from src.features.plan import Plan
from src.features.positions import MICRO
from src.features.prices import price_before, rate_before, slice_prices, slice_rates
from src.features.products import product_versions
from src.features.rejected import REJECTED_ROWS
from src.features.windows import days_earlier, is_known

# What is worth its face value where nobody quotes a price.
FACE_VALUE_CLASSES = ("cash", "deposit", "insurance", "loan")
# What a customer can owe: elsewhere fewer units than none mean that earlier ones are not known of.
OWED_CLASSES = ("loan", "derivative")
NOTHING_KNOWN = "nothing_known"
# Why a customer's asset size is not complete.
GAPS = (
    NOTHING_KNOWN,
    "no_statement",
    "unknown_product",
    "no_price",
    "no_rate",
    REJECTED_ROWS,
    "unknown_quantity",
)


def valued(positions: ir.Table, plan: Plan, lags: Sequence[int], quoted: Sequence[int]) -> ir.Table:
    """The positions with their class, grade and value in minor units, now and before, and gap.

    quoted: further days before as_of at which `quotes_of` is to know a price.
    """
    quotes = plan.keep("quotes", _quotes(positions, plan, sorted({*lags, *quoted})))
    held = positions.left_join(quotes, ["product_id", "as_of"], rname="{name}_quote")
    return held.select(
        "row",
        "product_id",
        "asset_class",
        "risk_grade",
        minor=worth(held, 0).fill_null(0),
        gap=gap(held),
        **{f"before{lag}": worth(held, lag).fill_null(0) for lag in lags},
    )


def quotes_of(plan: Plan) -> ir.Table:
    """What a unit of each product held was worth, as `valued` found it: see `_quotes`."""
    return plan.made("quotes")


def _quotes(positions: ir.Table, plan: Plan, lags: Sequence[int]) -> ir.Table:
    """(product_id, as_of, asset_class, risk_grade, currency, unit<lag>, rate<lag>, missing): worth
    of one unit in base currency at as_of - lag days, by the product's version known at as_of.

    Null without a price or without a rate; the base currency has its row of rate 1 in fx_rates.
    missing: which of GAPS leaves unit0 null.
    """
    held = positions.select("product_id", "as_of").distinct()
    products = product_versions(plan)
    quoted = held.left_join(
        products,
        [
            held.product_id == products.product_id,
            is_known(held["as_of"], products.known_at, products.known_until),
        ],
        rname="{name}_product",
    )
    quoted = quoted.select(
        "product_id",
        "as_of",
        "asset_class",
        "risk_grade",
        "currency",
        lag=ibis.array([0, *lags]).unnest(),
    )
    before = days_earlier(quoted["as_of"], quoted.lag)
    quoted = price_before(quoted, slice_prices(plan), before, "price")
    quoted = rate_before(quoted, slice_rates(plan), before, "rate")
    quoted = with_unit(quoted)
    return quoted.group_by("product_id", "as_of").aggregate(
        asset_class=quoted.asset_class.max(),
        risk_grade=quoted.risk_grade.max(),
        currency=quoted.currency.max(),
        missing=quoted.missing.max(where=quoted.lag == 0),
        **{
            f"{level}{lag}": quoted[level].max(where=quoted.lag == lag)
            for level in ("unit", "rate")
            for lag in (0, *lags)
        },
    )


def with_unit(quoted: ir.Table) -> ir.Table:
    """`quoted` (asset_class, price, rate) with unit, the worth of one, and what is missing."""
    face = quoted.asset_class.isin(FACE_VALUE_CLASSES).fill_null(False)
    price = ibis.coalesce(quoted.price, ibis.ifelse(face, 1.0, None))
    missing = ibis.cases(
        (quoted.asset_class.isnull(), "unknown_product"),
        (price.isnull(), "no_price"),
        (quoted.rate.isnull(), "no_rate"),
        else_=ibis.null("string"),
    )
    return quoted.mutate(unit=price * quoted.rate, missing=missing)


def worth(held: ir.Table, lag: int) -> ir.IntegerValue:
    """Value in minor units, half away from zero; 0 units are worth 0 even without a price.

    held: micro (units in millionths), stated_minor (money stated in the place of units), unit<lag>,
    asset_class, and moved<lag> for a lag. Null where it can't be known.
    """
    micro = held.micro - held[f"moved{lag}"] if lag else held.micro
    units = micro.cast("float64") / float(MICRO)
    money = (units * held[f"unit{lag}"] * 100.0).round().cast("int64")
    money = ibis.ifelse(micro == 0, 0, money) + held.stated_minor
    known = held.asset_class.notnull() | ((micro == 0) & (held.stated_minor == 0))
    return ibis.ifelse(known, money, None)


def gap(held: ir.Table) -> ir.StringValue:
    """Which of GAPS keeps the position from being known whole; null where none does."""
    owed = held.asset_class.isin(OWED_CLASSES).fill_null(False)
    return ibis.cases(
        (held.unsized > 0, "unknown_quantity"),
        ((held.micro == 0) & (held.stated_minor == 0), ibis.null("string")),
        (held.asset_class.isnull(), "unknown_product"),
        ((held.micro != 0) & held.missing.notnull(), held.missing),
        ((held.micro < 0) & ~owed, "no_statement"),
        else_=ibis.null("string"),
    )
