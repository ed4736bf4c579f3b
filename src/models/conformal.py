"""What split conformal prediction guarantees (Vovk, Gammerman and Shafer, 2005)."""

import numpy as np

from src.models.calibration import Floats


def quantile_with_guarantee(scores: Floats, share: float) -> float:
    """The least number that a further score exceeds with chance 1 - share at most.

    scores: (n,) of rows exchangeable with it. It is the ceil((n + 1) * share)-th smallest of them;
    infinite where n is too small for any guarantee.
    """
    place = int(np.ceil((len(scores) + 1) * share - 1e-9))
    if place > len(scores):
        return float("inf")
    return float(np.sort(scores)[max(place, 1) - 1])
