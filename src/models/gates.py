"""Gates that a winner must hold before it is served."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from src.core.params import PromoteParams
from src.models.bundle import Bundle
from src.models.evaluate import ranked_baselines

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

    size_bytes: of its files. error: its calibration error on the same rows.
    """
    gaps = np.abs(bundle.contributions(rows).sum(axis=2) - bundle.margins(rows))
    return [
        Gate("additivity_residual", float(gaps.max()), params.max_additivity_residual),
        Gate("calibration_error", error, params.max_calibration_error),
        Gate("bundle_mb", size_bytes / _BYTES_PER_MB, params.max_bundle_mb),
    ]


def decide(metrics: Mapping[str, Any], gates: Mapping[str, Sequence[Gate]]) -> dict[str, Any]:
    """Which candidate is served and why: the winner if it holds its gates, else the next best.

    gates: of each candidate. After the winner come the baselines, best first; if no candidate
    holds every gate, the winner is served and the reason says so.
    Returns served, reason and gates as plain values.
    """
    winner = metrics["winner"]
    order = [winner, *(name for name in ranked_baselines(metrics) if name != winner)]
    holding = [name for name in order if all(gate.held for gate in gates[name])]
    served = holding[0] if holding else winner
    reason = str(metrics["reason"])
    if served != winner:
        reason += f" But {winner} breaks a gate: {_broken(gates[winner])}. So {served} is served."
    elif not holding:
        reason += f" No candidate holds every gate ({winner}: {_broken(gates[winner])})."
    listed = [
        {"candidate": name, **asdict(gate), "held": gate.held}
        for name, judged in gates.items()
        for gate in judged
    ]
    return {"served": served, "reason": reason, "gates": listed}


def _broken(gates: Sequence[Gate]) -> str:
    return ", ".join(
        f"{gate.name} {gate.value:.3g} above {gate.limit:g}" for gate in gates if not gate.held
    )
