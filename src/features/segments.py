"""Who the rows of a spine are, by what was known at as_of: the segments of base rates."""

from collections.abc import Sequence
from itertools import pairwise

import ibis
import ibis.expr.types as ir

from src.core.ledger import Ledger
from src.core.taxonomy import Taxonomy
from src.features.definitions.state import Profile
from src.features.plan import Plan
from src.features.profile import profile_figures
from src.features.run import run_over_spine
from src.features.tiers import tier_of

SEGMENTS = ("kind", "age", "tenure", "tier")
UNKNOWN = "unknown"
_PROFILE = [Profile(field=name) for name in ("is_company", "age_years", "tenure_years")]


def segments(
    ledger: Ledger, rows: ir.Table, known_assets: ir.Table, taxonomy: Taxonomy
) -> ir.Table:
    """(row, month, *SEGMENTS) of each row of a spine of the engine: row, customer_id, as_of.

    month: the first instant of as_of's. kind: person or company; age, tenure: the bands of
    taxonomy.segments, in years; tier: of the customer asset size known then. All of them texts,
    "unknown" where it is. known_assets: (row, asset_minor, complete) at as_of.
    """

    def make(plan: Plan) -> ir.Table:
        figures = profile_figures(plan, _PROFILE)
        return plan.spine.select("row").left_join(figures, "row").drop("row_right")

    known = run_over_spine(ledger, rows, "segments", make)
    joined = known.left_join(known_assets, "row").drop("row_right")
    tiers = taxonomy.classes("value_tier")
    tier = ibis.cases(
        *((tier_of(joined.asset_minor, taxonomy) == i, t) for i, t in enumerate(tiers))
    )
    company = joined.is_company
    return joined.select(
        "row",
        month=joined["as_of"].truncate("M"),
        kind=ibis.cases((company == 1.0, "company"), (company == 0.0, "person"), else_=UNKNOWN),
        age=band(joined.age_years, taxonomy.segments.age_years),
        tenure=band(joined.tenure_years, taxonomy.segments.tenure_years),
        tier=ibis.ifelse(joined.complete, tier, UNKNOWN).fill_null(UNKNOWN),
    )


def segment_values(taxonomy: Taxonomy) -> dict[str, tuple[str, ...]]:
    """The values that each segment can have, in order, unknown last."""
    return {
        "kind": ("person", "company", UNKNOWN),
        "age": (*bands(taxonomy.segments.age_years), UNKNOWN),
        "tenure": (*bands(taxonomy.segments.tenure_years), UNKNOWN),
        "tier": (*taxonomy.classes("value_tier"), UNKNOWN),
    }


def bands(borders: Sequence[float]) -> tuple[str, ...]:
    """Names of the bands between borders, lowest first.

    >>> bands([30, 45.5])
    ('below 30', '30 to 45.5', '45.5 and above')
    """
    texts = [f"{border:g}" for border in borders]
    between = [f"{low} to {high}" for low, high in pairwise(texts)]
    return (f"below {texts[0]}", *between, f"{texts[-1]} and above") if texts else ("all",)


def band(years: ir.FloatingValue, borders: Sequence[float]) -> ir.StringValue:
    """The name of the band that holds the number, "unknown" where it is; a border belongs to the
    band above it."""
    names = bands(borders)
    pairs = [(years < border, name) for border, name in zip(borders, names, strict=False)]
    return ibis.cases((years.isnull(), UNKNOWN), *pairs, else_=names[-1])
