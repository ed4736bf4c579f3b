"""Measures by group of a sensitive attribute, and how far the groups lie apart.

The points are fairlearn's; the intervals are by bootstrap over customers, as those of all other
figures.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from src.core.params import EvaluateParams
from src.core.params.fairness import FairnessParams
from src.models.calibration import Floats
from src.models.decision import Costs
from src.models.evaluate import customer_draws, interval
from src.models.fairness.groups import grouped
from src.models.fairness.measures import Mask, Measure, Placed, measures_of, placed
from src.models.fairness.points import metric_frame
from src.models.fairness.spread import ratio, spread


def disparities(
    rows: pd.DataFrame,
    attribute: str,
    probabilities: Mapping[str, Floats],
    costs: Costs,
    params: FairnessParams,
    intervals: EvaluateParams,
    seed: int,
) -> dict[str, Any]:
    """How the groups of one attribute fare with each candidate, as plain JSON.

    rows: the n test rows (customer_id, as_of, label, and the attribute, missing where it is not
    known). probabilities: (n, k) per candidate; costs: of the task's decisions. Returns the account
    of the groups, and either candidates or, where fewer than two groups are large enough, reason.
    A candidate's measures have by_group, difference and ratio, or too their reason; a group with
    fewer than params.min_cases customers whom a measure rests on is left out of it and named.
    """
    groups = grouped(rows[attribute], rows["customer_id"], attribute, params.min_customers)
    if groups.reason:
        return groups.account() | {"reason": groups.reason}
    kept = groups.kept
    labels = rows.loc[kept, "label"].to_numpy(dtype=np.int64)
    table = _Table(
        rows.loc[kept, "customer_id"].reset_index(drop=True),
        rows.loc[kept, attribute].astype("str").reset_index(drop=True),
        groups.names,
    )
    found = {}
    for name, p in probabilities.items():
        done = placed(labels, p[kept], costs)
        drawn = _drawn(table, done, measures_of(p.shape[1]), intervals, seed)
        found[name] = {
            measure.name: _compared(table, measure, done, draws, params, intervals.confidence)
            for measure, draws in drawn
        }
    shares = pd.Series(labels > 0).groupby(table.group).mean()
    rates = {group: float(shares[group]) for group in groups.names}
    return groups.account() | {"event_rates": rates, "candidates": found}


@dataclass(frozen=True)
class _Table:
    """Whose rows they are, of which group each is, and the groups' names in order."""

    customer: "pd.Series[str]"
    group: "pd.Series[str]"
    names: Sequence[str]

    @property
    def members(self) -> Floats:
        """(n, g) 1 where the row is of the group."""
        names = np.asarray(self.names, dtype=object)
        members: Floats = (self.group.to_numpy(dtype=object)[:, None] == names).astype(np.float64)
        return members

    def cases(self, among: Mask) -> "pd.Series[int]":
        """Customers of each group with a row that counts."""
        counted = self.customer[among].groupby(self.group[among]).nunique()
        return counted.reindex(list(self.names), fill_value=0)


def _drawn(
    table: _Table,
    done: Placed,
    measures: Sequence[Measure],
    intervals: EvaluateParams,
    seed: int,
) -> Iterator[tuple[Measure, Floats]]:
    """(draws, groups) of each measure; not a number where a draw has no row that counts."""
    members, g = table.members, len(table.names)
    columns = []
    for measure in measures:
        among = measure.among(done)[:, None]
        columns += [members * (measure.over(done)[:, None] * among), members * among]
    stacked = np.hstack(columns)
    sums = np.vstack(
        [w @ stacked for w in customer_draws(table.customer, intervals.bootstrap, seed)]
    )
    parts = np.split(sums, sums.shape[1] // g, axis=1)
    for measure, over, under in zip(measures, parts[::2], parts[1::2], strict=True):
        yield measure, np.divide(over, under, out=np.full_like(over, np.nan), where=under > 0)


def _compared(
    table: _Table,
    measure: Measure,
    done: Placed,
    draws: Floats,
    params: FairnessParams,
    confidence: float,
) -> dict[str, Any]:
    cases = table.cases(measure.among(done))
    judged = [name for name in table.names if cases[name] >= params.min_cases]
    entry: dict[str, Any] = {
        "cases": {name: int(cases[name]) for name in judged},
        "too_few": [name for name in table.names if name not in judged],
    }
    if len(judged) < 2:
        return entry | {
            "reason": f"{len(judged)} of {len(table.names)} groups have {params.min_cases} "
            "customers or more on whom the measure rests"
        }
    kept = table.group.isin(judged).to_numpy()
    points = metric_frame(measure, done.of(kept), table.group[kept]).by_group[measure.name]
    values = points.reindex(judged).to_numpy(dtype=np.float64)
    places = [list(table.names).index(name) for name in judged]
    of_judged = draws[:, places]
    entry["by_group"] = {
        name: interval(value, of_judged[:, place], confidence)
        for place, (name, value) in enumerate(zip(judged, values.tolist(), strict=True))
    }
    entry["lowest"], entry["highest"] = judged[values.argmin()], judged[values.argmax()]
    entry["difference"] = spread(values, of_judged, confidence)
    if measure.is_rate:
        entry["ratio"] = ratio(values, of_judged, confidence)
    return entry
