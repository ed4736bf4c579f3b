"""Features of what the customer holds, from the rows of src/features/assets.holdings.

All sums are over whole minor units, wide enough for squares, so that no order of addition shows
in a result: the engine's threads add up in any.
"""

from collections.abc import Sequence
from functools import partial

import ibis
import ibis.expr.types as ir

from src.features.aggregates import MINOR_PER_UNIT
from src.features.definitions.conditions import Filter
from src.features.definitions.state import Holding
from src.features.holding_kernels import held_figures as along_rows
from src.features.plan import Kernel, Plan


def lags_of(definitions: Sequence[Holding]) -> tuple[int, ...]:
    """The days before as_of at which the definitions want a value as well."""
    return tuple(sorted({d.days for d in definitions if d.days is not None}))


def holding_figures(plan: Plan, held: ir.Table, definitions: Sequence[Holding]) -> ir.Table:
    """(row, cash_minor, one float64 column per definition) for the rows that hold anything.

    held: src/features/assets.holdings, with the values before that `lags_of` names.
    """
    by_class = held.group_by("row", "asset_class").aggregate(
        class_minor=_wide(ibis.greatest(held.minor.sum(), 0))
    )
    squares = by_class.group_by("row").aggregate(class_herfindahl=_herfindahl(by_class.class_minor))
    assets = _wide(ibis.greatest(held.minor, 0))
    figures = {d.name: _figure(held, assets, d) for d in definitions if not _by_class(d)}
    sums = held.group_by("row").aggregate(
        cash_minor=held.minor.sum(where=held.product_id.isnull()).fill_null(0).cast("float64"),
        **figures,
    )
    joined = sums.join(squares, "row")
    classes = {d.name: joined.class_herfindahl for d in definitions if _by_class(d)}
    kernel = Kernel((held,), partial(along_rows, definitions=tuple(definitions)))
    told = joined.select("row", "cash_minor", *figures, **classes)
    return plan.keep("held_figures", told, kernel)


def _by_class(d: Holding) -> bool:
    return d.how == "class_herfindahl"


def _wide(minor: ir.IntegerValue) -> ir.DecimalValue:
    """The same whole number in a type whose square has 38 digits."""
    return minor.cast("decimal(19, 0)")


def _figure(held: ir.Table, assets: ir.DecimalValue, d: Holding) -> ir.FloatingValue:
    kept = _matches(held, d.only)
    if d.how in ("value", "value_before"):
        minor = held[f"before{d.days}"] if d.days else held.minor
        return minor.sum(where=kept).fill_null(0).cast("float64") / MINOR_PER_UNIT
    if d.how == "complete":
        return held.gap.isnull().all().cast("float64")
    chosen = ibis.ifelse(kept, assets, _wide(ibis.literal(0)))
    if d.how == "share":
        return _total(chosen) / _total(assets).nullif(0.0)
    if d.how in ("grade", "grade_before"):
        grade = held.risk_grade.fill_null(1).cast("decimal(2, 0)")
        if d.days:
            before = _wide(ibis.greatest(held[f"before{d.days}"], 0))
            chosen = ibis.ifelse(kept, before, _wide(ibis.literal(0)))
        return _total(chosen * grade) / _total(chosen).nullif(0.0)
    if d.how == "products":
        owned = held.product_id.notnull() & (held.minor != 0) & kept
        return owned.cast("int64").sum().cast("float64")
    return _herfindahl(chosen)


def _herfindahl(parts: ir.DecimalValue) -> ir.FloatingValue:
    """Sum of squared shares (Herfindahl, 1950): 1 for one part, 1/n for n equal ones."""
    total = _total(parts)
    return _total(parts * parts) / (total * total).nullif(0.0)


def _total(parts: ir.DecimalValue) -> ir.FloatingValue:
    return parts.sum().cast("float64")


def _matches(held: ir.Table, only: Filter | None) -> ir.BooleanValue:
    conditions = []
    if only is not None and only.asset_classes:
        conditions.append(held.asset_class.isin(only.asset_classes))
    if only is not None and only.min_grade is not None:
        conditions.append(held.risk_grade >= only.min_grade)
    if only is not None and only.max_grade is not None:
        conditions.append(held.risk_grade <= only.max_grade)
    holds: ir.BooleanValue = ibis.and_(*conditions) if conditions else ibis.literal(True)
    return holds.fill_null(False)
