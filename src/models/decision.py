"""From probabilities to a class: the one that the bank's stated costs make the cheapest.

Rare classes count by what it costs to miss them. No row is left out, repeated or weighted for it,
so that probabilities stay those of the customers as they are (Elkan, 2001).
"""

import numpy as np
import numpy.typing as npt

from src.models.calibration import Floats

# costs[actual][decided], of configs/taxonomy.yaml; empty: every mistake costs 1.
Costs = tuple[tuple[float, ...], ...]
Indices = npt.NDArray[np.int64]


def expected_costs(probabilities: Floats, costs: Costs = ()) -> Floats:
    """(n, k) what each decision costs on average, of (n, k) probabilities."""
    if not costs:
        return 1.0 - probabilities
    # no matrix product: a row's sum must not depend on the other rows
    result: Floats = (probabilities[:, :, None] * np.asarray(costs)).sum(axis=1)
    return result


def decide(probabilities: Floats, costs: Costs = ()) -> Indices:
    """(n,) the class of least expected cost, the lowest of equals; the likeliest without costs."""
    cheapest: Indices = expected_costs(probabilities, costs).argmin(axis=1)
    return cheapest


def costs_of(labels: Indices, probabilities: Floats, costs: Costs = ()) -> Floats:
    """(n,) what the decision on each row cost, given what happened."""
    chosen = decide(probabilities, costs)
    if not costs:
        return np.not_equal(chosen, labels).astype(np.float64)
    paid: Floats = np.asarray(costs)[labels, chosen]
    return paid
