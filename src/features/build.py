"""The one door to features: training, batch scoring and the endpoint all call build_features."""

from collections.abc import Sequence
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from src.core.ledger import Ledger, MemoryLedger
from src.features.aggregates import aggregate_events
from src.features.definitions.derived import Difference, Mix, Ratio
from src.features.definitions.events import Periodic, Recency, Windowed
from src.features.definitions.state import BalancePath, Holding, Imputed, Profile, Questionnaire
from src.features.holding_features import holding_figures
from src.features.periods import period_figures
from src.features.plan import Plan
from src.features.profile import profile_figures, questionnaire_figures
from src.features.run import run_over_spine
from src.features.spec import FeatureSpec

Derived = Ratio | Difference | Mix
# What is 0, not unknown, for a customer without any visible event.
_ZERO_WITHOUT_EVENTS = {
    Windowed: {"sum", "count"},
    Periodic: {"active", "std", "slope"},
    Holding: {"value", "value_before", "products"},
    Questionnaire: {"count"},
}


def build_features(
    ledger: Ledger | MemoryLedger, spine: pd.DataFrame, spec: FeatureSpec
) -> pd.DataFrame:
    """The features of `spec` for each row of `spine` (customer_id, as_of), at that instant.

    Returns customer_id, as_of and spec.names (float64, NaN = unknown), sorted by as_of,
    customer_id: exactly the spine's rows. A customer without history gets zeros and NaN.
    Raises FeatureError on duplicate spine rows or duplicate keys in a table.
    """
    return run_over_spine(
        ledger, spine, ("features", spec.digest), lambda plan: feature_query(plan, spec)
    )


def feature_query(plan: Plan, spec: FeatureSpec) -> ir.Table:
    """The spec as one Ibis expression: (row, *spec.names), one row per row of the spine."""
    definitions = [feature.definition for feature in spec.ordered]
    zeros = {
        d.name
        for d in definitions
        if getattr(d, "how", None) in _ZERO_WITHOUT_EVENTS.get(type(d), set())
    }
    wide = _joined(plan, _parts(plan, definitions), zeros)
    for layer in _layers(definitions):
        wide = wide.mutate(**{d.name: derived_figure(wide, d) for d in layer})
    return wide.select("row", *spec.names)


def _parts(plan: Plan, definitions: Sequence[Any]) -> list[ir.Table]:
    """The spine-keyed tables that hold the definitions' figures, one per kind of computation."""
    parts = []
    for table in ("transactions", "interactions"):
        events = [d for d in _of(definitions, Windowed, Recency) if d.table == table]
        if events:
            parts.append(aggregate_events(plan, table, events))
    held, periodic = _of(definitions, Holding), _of(definitions, Periodic, BalancePath)
    cash = None
    if held or _of(definitions, BalancePath):
        figures = holding_figures(plan, held)
        cash = figures.select("row", "cash_minor")
        parts.append(figures.drop("cash_minor"))
    if periodic:
        parts += period_figures(plan, periodic, cash)
    if profile := _of(definitions, Profile, Imputed):
        parts.append(profile_figures(plan, profile))
    if declared := _of(definitions, Questionnaire):
        parts.append(questionnaire_figures(plan, declared))
    return parts


def _joined(plan: Plan, parts: Sequence[ir.Table], zeros: set[str]) -> ir.Table:
    """One row per spine row with the columns of all parts; without a row there 0 or unknown."""
    wide = plan.spine.select("row")
    for number, part in enumerate(parts):
        wide = wide.left_join(part, "row", rname=f"{{name}}_{number}")
    columns = {
        name: wide[name].fill_null(0.0) if name in zeros else wide[name]
        for part in parts
        for name in part.columns
        if name != "row"
    }
    return plan.keep("wide", wide.select("row", **columns)) if columns else wide


def _layers(definitions: Sequence[Any]) -> list[list[Derived]]:
    """Derived definitions in layers, each needing only what stands before it."""
    depth: dict[str, int] = {}
    layers: list[list[Derived]] = []
    for d in definitions:
        if not isinstance(d, Derived):
            depth[d.name] = 0
            continue
        depth[d.name] = 1 + max(depth[name] for name in d.needs)
        layers += [[] for _ in range(depth[d.name] - len(layers))]
        layers[depth[d.name] - 1].append(d)
    return layers


def derived_figure(wide: ir.Table, d: Derived) -> ir.FloatingValue:
    """A ratio, difference or mix of columns that `wide` has already."""
    if isinstance(d, Ratio):
        return wide[d.numerator] / wide[d.denominator].nullif(0.0) * d.scale
    if isinstance(d, Difference):
        return wide[d.left] - wide[d.right]
    parts = [ibis.greatest(wide[name].fill_null(0.0), 0.0) for name in d.parts]
    if d.how == "used":
        return _sum([(part > 0.0).cast("float64") for part in parts])
    total = _sum(parts)
    return _sum([part * part for part in parts]) / (total * total).nullif(0.0)


def _sum(parts: Sequence[ir.FloatingValue]) -> ir.FloatingValue:
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


def _of(definitions: Sequence[Any], *kinds: Any) -> list[Any]:
    return [d for d in definitions if isinstance(d, kinds)]
