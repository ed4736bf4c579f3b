"""Gates that a winning model must hold before it is served in place of a baseline."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from src.core.params import PromoteParams
from src.models.bundle import Bundle
from src.models.evaluate import MODEL, best_baseline

_BYTES_PER_MB = 1_000_000


@dataclass(frozen=True)
class Gate:
    """One measured value against its limit; a value above the limit breaks the gate."""

    name: str
    value: float
    limit: float

    @property
    def held(self) -> bool:
        """Whether the value stays within the limit. NaN does not."""
        return self.value <= self.limit


def judge(
    bundle: Bundle,
    folder: Path,
    rows: pd.DataFrame,
    metrics: Mapping[str, Any],
    params: PromoteParams,
) -> list[Gate]:
    """The gates of the trained model, measured on the n test `rows` (with the spec's columns).

    folder: where the bundle stands. metrics: of src.models.evaluate.evaluate.
    """
    gaps = np.abs(bundle.contributions(rows).sum(axis=2) - bundle.margins(rows))
    calibration = metrics["candidates"][MODEL]["calibration_error"]["value"]
    size = sum(path.stat().st_size for path in folder.iterdir()) / _BYTES_PER_MB
    return [
        Gate("additivity_residual", float(gaps.max()), params.max_additivity_residual),
        Gate("calibration_error", float(calibration), params.max_calibration_error),
        Gate("bundle_mb", size, params.max_bundle_mb),
    ]


def decide(metrics: Mapping[str, Any], gates: Sequence[Gate]) -> dict[str, Any]:
    """Which candidate is served and why: the winner, unless it is the model and breaks a gate.

    Returns served, reason and gates as plain values.
    """
    broken = [gate for gate in gates if not gate.held]
    listed = [asdict(gate) | {"held": gate.held} for gate in gates]
    if metrics["winner"] != MODEL or not broken:
        return {"served": metrics["winner"], "reason": metrics["reason"], "gates": listed}
    found = ", ".join(f"{gate.name} {gate.value:.3g} above {gate.limit:g}" for gate in broken)
    served = best_baseline(metrics)
    reason = f"{metrics['reason']} But it breaks a gate: {found}. So {served} is served."
    return {"served": served, "reason": reason, "gates": listed}
