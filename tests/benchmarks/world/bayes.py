"""What somebody would say of churn who sees all that the simulator knows at as_of, and no more.

The hazard of deciding this month, whether the decision has fallen, whether the money has begun to
go: the chances of what is still open follow from src/bank/behaviour/leaving.py. Nobody can be
better, whoever sees the movements alone will be worse.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from tests.support.bank.sealed_truth import persons_of_customers, read_truth

# Of the months from the decision to the first money that goes, and from there to the last.
LEAD = np.array([0.25, 0.45, 0.30])
LENGTH = np.array([0.0, 0.50, 0.38, 0.12])
# Whoever is gone within two months has been quiet in the last 30 of the 90 days.
MONTHS = 2


def leaving_chances(rows: pd.DataFrame, truth: Path, vault: Path) -> np.ndarray:
    """(n,) chance that each row's customer is gone in time to count; NaN if nobody knows who it
    is. rows: customer_id and as_of, a month's first instant."""
    known = read_truth(truth)
    persons = persons_of_customers(known, vault).set_index("customer_id")["person"]
    who = rows["customer_id"].map(persons)
    asked = pd.DataFrame({"person": who.to_numpy(), "as_of": rows["as_of"].to_numpy()})
    months = known.months[["person", "as_of", "hazard"]]
    months = months.assign(as_of=months["as_of"].astype("datetime64[us]"))
    found = asked.merge(months, on=["person", "as_of"], how="left", validate="m:1")
    found = found.merge(known.customers, on="person", how="left", validate="m:1")
    since = _months(found["as_of"]) - _months(found["decided_on"])
    draining = (found["drains_from"] < found["as_of"]).to_numpy()
    chance = of_the_undecided(found["hazard"].to_numpy(np.float64))
    for passed in (1, 2):
        chance = np.where(since == passed, of_the_decided(passed), chance)
    chance = np.where((since > 0) & draining, 1.0, chance)
    return np.where(who.isna(), np.nan, chance)


def of_the_undecided(hazard: np.ndarray) -> np.ndarray:
    """Gone within MONTHS, by a decision now, or else by one next month at the same hazard."""
    return hazard * _within(MONTHS, 0) + (1 - hazard) * hazard * _within(MONTHS - 1, 0)


def of_the_decided(passed: int) -> float:
    """The same of who decided `passed` months ago and has taken no money away yet."""
    return _within(MONTHS + passed, passed)


def _within(months: int, least: int) -> float:
    """Chance that lead and length last `months` together at most, the lead `least` at least."""
    leads = np.arange(least, len(LEAD))
    in_time = [LEAD[lead] * LENGTH[: max(months - lead + 1, 0)].sum() for lead in leads]
    return float(sum(in_time) / LEAD[least:].sum())


def _months(instants: pd.Series) -> np.ndarray:
    """Months since 0, NaN for never."""
    return (instants.dt.year * 12 + instants.dt.month).to_numpy(np.float64)
