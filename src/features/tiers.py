"""Which tier a customer asset size falls into."""

import ibis.expr.types as ir

from src.core.money import MINOR_PER_UNIT
from src.core.taxonomy import Taxonomy


def tier_of(asset_minor: ir.IntegerValue, taxonomy: Taxonomy) -> ir.IntegerValue:
    """The place of the tier that asset_minor (1/100 of base currency) falls into, 0 the lowest."""
    borders = [tier.from_units * MINOR_PER_UNIT for tier in taxonomy.value_tier.tiers[1:]]
    reached = [(asset_minor >= border).cast("int64") for border in borders]
    return sum(reached[1:], start=reached[0])
