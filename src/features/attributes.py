"""The sensitive attributes by which audits compare customers. None of them is ever a feature."""

import ibis
import ibis.expr.types as ir
import pandas as pd

from src.core.ledger import Ledger
from src.core.taxonomy import Taxonomy
from src.features.plan import Plan
from src.features.profile import known_version, years_since
from src.features.run import run_over_spine
from src.features.segments import UNKNOWN, band

ATTRIBUTES = ("gender", "age", "region")
_NONE = ibis.null("string")


def attributes(ledger: Ledger, spine: pd.DataFrame, taxonomy: Taxonomy) -> pd.DataFrame:
    """(customer_id, as_of, *ATTRIBUTES) of each row of the spine, sorted by as_of, customer_id.

    Texts, by what was known at as_of, missing where it was not: gender and region as the ledger has
    them, age the band of taxonomy.segments. A company has neither gender nor age.
    """
    borders = taxonomy.segments.age_years

    def make(plan: Plan) -> ir.Table:
        latest = known_version(plan)
        person, years = latest.kind == "person", years_since(latest, "birth_date")
        known = latest.select(
            "row",
            gender=ibis.ifelse(person, latest.gender, _NONE),
            age=ibis.ifelse(person, band(years, borders), UNKNOWN).nullif(UNKNOWN),
            region=latest.region,
        )
        return plan.spine.select("row").left_join(known, "row").drop("row_right")

    found: pd.DataFrame = run_over_spine(ledger, spine, ("attributes", tuple(borders)), make)
    return found
