"""Gates of fairness: no sensitive feature, no sure disparity or proxy beyond its limit."""

from collections.abc import Iterator, Mapping
from typing import Any

from src.core.params.fairness import FairnessGates
from src.models.boosted import LightGBM
from src.models.bundle import Bundle
from src.models.gates import Gate
from src.models.logistic import Logistic

PROXY = "proxy_auroc"
# Those that read all their features; a rule reads one, the base rate none.
_READ_ALL = (LightGBM.kind, Logistic.kind)


def fairness_gates(
    bundle: Bundle, candidate: str, found: Mapping[str, Any], gates: FairnessGates
) -> list[Gate]:
    """The gates of one candidate.

    found: of the stage fairness. A disparity counts from where its interval begins: what may be
    chance holds nobody back. What could not be measured is no gate; the report says why.
    """
    sensitive = sum(feature.sensitive for feature in bundle.spec.ordered)
    judged = [Gate("sensitive_features", float(sensitive), 0.0)]
    for attribute, entry in found["attributes"].items():
        limits = getattr(gates, attribute).model_dump()
        values = dict(_sure(entry["disparities"].get("candidates", {}).get(candidate, {})))
        if bundle.predictor.kind in _READ_ALL:
            values[PROXY] = entry["proxies"].get("auroc", {}).get("low")
        judged += [
            Gate(f"{attribute}_{name}", float(value), limits[name])
            for name, value in values.items()
            if value is not None and limits.get(name) is not None
        ]
    return judged


def _sure(measures: Mapping[str, Any]) -> Iterator[tuple[str, float | None]]:
    for name, entry in measures.items():
        if "difference" in entry:
            yield name, entry["difference"]["low"]
