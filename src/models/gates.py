"""Gates that a winner must hold before it is served."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from src.core.params.operation import PromoteParams
from src.models.bundle import Bundle
from src.models.evaluate import MODEL, ranked_baselines

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
    bundle: Bundle, size_bytes: int, rows: pd.DataFrame, error: float, params: PromoteParams
) -> list[Gate]:
    """The gates of one candidate, measured on the n test `rows` (with the spec's columns).

    size_bytes: of its files. error: its calibration error on the same rows, without what chance
    adds to it (src/models/calibration_figures.py): with few customers even right probabilities
    would break a limit on the error as it is measured.
    """
    gaps = np.abs(bundle.contributions(rows).sum(axis=2) - bundle.margins(rows))
    return [
        Gate("additivity_residual", float(gaps.max()), params.max_additivity_residual),
        Gate("calibration_error_without_chance", error, params.max_calibration_error),
        Gate("bundle_mb", size_bytes / _BYTES_PER_MB, params.max_bundle_mb),
    ]


def decide(metrics: Mapping[str, Any], gates: Mapping[str, Sequence[Gate]]) -> dict[str, Any]:
    """Which candidate the run chooses and why: the winner, unless it is LightGBM and breaks a gate.

    gates: of each candidate. In the model's place comes the best baseline that holds its gates;
    if none does, the model is chosen and the reason says so. A baseline that wins is chosen as it
    is, also if it breaks a gate. Whether the choice is served is decided elsewhere.
    Returns served, reason and gates as plain values.
    """
    served, reason = metrics["winner"], str(metrics["reason"])
    if served == MODEL and not _all_held(gates[MODEL]):
        holding = [name for name in ranked_baselines(metrics) if _all_held(gates[name])]
        broken = _broken(gates[MODEL])
        if holding:
            served = holding[0]
            reason += f" But {MODEL} breaks a gate: {broken}. So {served} is chosen."
        else:
            reason += f" No candidate holds every gate ({MODEL}: {broken})."
    listed = [
        {"candidate": name, **asdict(gate), "held": gate.held}
        for name, judged in gates.items()
        for gate in judged
    ]
    return {"served": served, "reason": reason, "gates": listed}


def _all_held(gates: Sequence[Gate]) -> bool:
    return all(gate.held for gate in gates)


def _broken(gates: Sequence[Gate]) -> str:
    return ", ".join(
        f"{gate.name} {gate.value:.3g} above {gate.limit:g}" for gate in gates if not gate.held
    )
