"""What prices and exchange rates do to what is held, and what it had cost."""

from collections.abc import Sequence
from itertools import pairwise

import ibis
import ibis.expr.types as ir

from src.features.definitions.market import Market, Position
from src.features.plan import Plan
from src.features.positions import MICRO
from src.features.rows import matches
from src.features.valuation import quotes_of
from src.features.windows import DAY_US, is_known, is_since_ever, until

_WORTH = "decimal(19, 0)"


def market_figures(
    plan: Plan,
    held: ir.Table,
    definitions: Sequence[Market | Position],
    record: ir.Table | None,
) -> ir.Table:
    """(row, one float64 column per definition) for the rows with assets above 0.

    held: src/features/assets.holdings. record: of src/features/trades.traded_products; needed by
    positions.
    """
    owned = held.filter(held.minor > 0).join(plan.spine, "row").drop("customer_id")
    priced = owned.left_join(quotes_of(plan), ["product_id", "as_of"], rname="{name}_quote")
    if record is not None:
        past = record.select("row", "product_id", "bought_micro", "bought_minor", "first")
        priced = priced.left_join(past, ["row", "product_id"], rname="{name}_past")
    priced = priced.left_join(
        own := own_rates(plan),
        [priced.currency == own.base, is_known(priced.as_of, own.known_at, own.known_until)],
    )
    priced = priced.mutate(**_worths(priced, definitions))
    sums = priced.group_by("row").aggregate(**_sums(priced, definitions))
    figures = {d.name: _figure(sums, d) for d in definitions}
    return plan.keep("market_figures", sums.select("row", **figures))


def own_rates(plan: Plan) -> ir.Table:
    """(base, known_at, known_until): the base currency's own rate, the one that has held since
    ever, as it was known."""
    rates = plan["fx_rates"]
    own = rates.filter(is_since_ever(rates["date"]))
    return own.select(base="currency", known_at="known_at", known_until=until(own.known_until))


def _worths(priced: ir.Table, definitions: Sequence[Market | Position]) -> dict[str, ir.Value]:
    """Each holding's worth at earlier prices or rates, and what it cost, in whole minor units."""
    lags = {lag for d in definitions if isinstance(d, Market) for lag in d.lags}
    worths: dict[str, ir.Value] = {}
    for level in ("unit", "rate"):
        for lag in sorted(lags):
            ratio = priced[f"{level}{lag}"] / priced[f"{level}0"].nullif(0.0)
            worths[f"at_{level}{lag}"] = _whole(priced.minor * ratio.fill_null(1.0))
    if any(isinstance(d, Position) for d in definitions):
        now = priced.unit0 * (100.0 / MICRO)
        paid = priced.bought_minor / priced.bought_micro.nullif(0.0)
        worths["cost"] = _whole(priced.minor * (paid / now.nullif(0.0)))
    return worths


def _whole(minor: ir.FloatingValue) -> ir.IntegerValue:
    return minor.round().cast("int64")


def _sums(priced: ir.Table, definitions: Sequence[Market | Position]) -> dict[str, ir.Value]:
    """Exact sums per spine row, so that no order of addition shows in what is made of them."""
    product = priced.product_id.notnull()
    sums: dict[str, ir.Value] = {}
    for d in definitions:
        if isinstance(d, Market):
            kept = product & matches(priced, d.only)
            level = "rate" if d.how == "currency_return" else "unit"
            sums[f"{d.name}_0"] = _total(priced.minor, kept)
            for lag in d.lags:
                sums[f"{d.name}_{lag}"] = _total(priced[f"at_{level}{lag}"], kept)
        elif d.how == "foreign_share":
            foreign = priced.currency.notnull() & priced.base.isnull()
            sums |= _two(d, _total(priced.minor, product & foreign), _total(priced.minor, None))
        elif d.how == "days_held":
            bought = priced["first"].notnull()
            days = (priced["first"] // DAY_US).cast("decimal(9, 0)")
            aged = priced.minor.cast(_WORTH) * days
            sums |= _two(d, _total(aged, bought), _total(priced.minor, bought))
        else:
            known = priced.cost.notnull()
            part = priced.cost if d.how == "gain" else priced.minor
            losing = known if d.how == "gain" else priced.cost > priced.minor
            sums |= _two(d, _total(part, losing), _total(priced.minor, known))
    return sums


def _two(d: Position, part: ir.FloatingValue, whole: ir.FloatingValue) -> dict[str, ir.Value]:
    return {f"{d.name}_part": part, f"{d.name}_whole": whole}


def _total(minor: ir.NumericValue, kept: ir.BooleanValue | None) -> ir.FloatingValue:
    chosen = minor if kept is None else ibis.ifelse(kept, minor, None)
    return chosen.sum().fill_null(0).cast("float64")


def _figure(sums: ir.Table, d: Market | Position) -> ir.FloatingValue:
    if isinstance(d, Position):
        part, whole = sums[f"{d.name}_part"], sums[f"{d.name}_whole"]
        return whole / part.nullif(0.0) - 1.0 if d.how == "gain" else part / whole.nullif(0.0)
    worth = [sums[f"{d.name}_{lag}"] for lag in (0, *d.lags)]
    steps = [new / old.nullif(0.0) - 1.0 for new, old in pairwise(worth)]
    return _deviation(steps) if d.how == "volatility" else steps[0]


def _deviation(values: Sequence[ir.FloatingValue]) -> ir.FloatingValue:
    """Population standard deviation of a few columns."""
    mean = sum(values[1:], values[0]) / len(values)
    squares = [(value - mean) * (value - mean) for value in values]
    return (sum(squares[1:], squares[0]) / len(values)).sqrt()
