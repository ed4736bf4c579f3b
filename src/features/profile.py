"""Features of who the customer is and of what they declared."""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from src.features.definitions.state import Coded, Imputed, Profile, Questionnaire
from src.features.plan import Plan
from src.features.windows import age, in_days, is_known, is_visible

DAYS_PER_YEAR = 365.25


def known_version(plan: Plan) -> ir.Table:
    """The spine's rows with the version of the customer's row that was known at as_of; without
    those of customers who were not known then."""
    versions = plan.of_slice("customers")
    spine = plan.spine
    joined = spine.join(
        versions,
        [
            spine.customer_id == versions.customer_id,
            is_known(spine.as_of, versions.known_at, versions.known_until),
        ],
    )
    newest = ibis.window(group_by="row", order_by=ibis.desc("known_at"))
    joined = joined.mutate(place=ibis.row_number().over(newest))
    return joined.filter(joined.place == 0)


def profile_figures(plan: Plan, definitions: Sequence[Profile | Coded | Imputed]) -> ir.Table:
    """(row, one float64 column per definition), from the version that was known at as_of."""
    latest = known_version(plan)
    figures = {d.name: _profile(latest, d) for d in definitions}
    return plan.keep("profile", latest.select("row", **figures))


def years_since(latest: ir.Table, column: str) -> ir.FloatingValue:
    """Years of 365.25 days from an instant in the customer's row to as_of."""
    return in_days(age(latest.as_of, latest[column])) / DAYS_PER_YEAR


def _profile(latest: ir.Table, d: Profile | Coded | Imputed) -> ir.FloatingValue:
    if isinstance(d, Imputed):
        return latest.imputed.fill_null("").split(",").contains(d.column).cast("float64")
    if isinstance(d, Coded):
        return latest[d.column].isin(d.values).cast("float64")
    if d.field == "is_company":
        return (latest.kind == "company").cast("float64")
    if d.field == "age_years":
        return years_since(latest, "birth_date")
    if d.field == "tenure_years":
        return years_since(latest, "joined_on")
    return latest[d.field].cast("float64")


def questionnaire_figures(plan: Plan, definitions: Sequence[Questionnaire]) -> ir.Table:
    """(row, one float64 column per definition) for the rows with a questionnaire before them."""
    declared = plan.of_slice("questionnaires").select(
        "customer_id", "completed_at", "risk_level", "valid_until", "known_at", "known_until"
    )
    spine = plan.spine
    joined = spine.join(
        declared,
        [
            spine.customer_id == declared.customer_id,
            is_visible(spine.as_of, declared.completed_at, declared.known_at, declared.known_until),
        ],
    )
    newest = ibis.window(
        group_by="row", order_by=[ibis.desc("completed_at"), ibis.desc("known_at")]
    )
    joined = joined.mutate(place=ibis.row_number().over(newest))
    last, second = joined.place == 0, joined.place == 1
    level = joined.risk_level.cast("float64")
    figures: dict[str, ir.Value] = {
        "level": level.max(where=last),
        "change": level.max(where=last) - level.max(where=second),
        "age_days": in_days(age(joined.as_of, joined.completed_at).min(where=last)),
        "days_left": -in_days(age(joined.as_of, joined.valid_until).min(where=last)),
        "count": joined.count().cast("float64"),
    }
    chosen = {d.name: figures[d.how] for d in definitions}
    return plan.keep("declared", joined.group_by("row").aggregate(**chosen))
