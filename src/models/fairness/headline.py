"""What `dvc metrics` compares of fairness: one number for each attribute and measure."""

from collections.abc import Mapping
from typing import Any


def headline(found: Mapping[str, Any], candidate: str) -> dict[str, dict[str, float]]:
    """By attribute: the largest difference between groups in each measure of the candidate, and the
    AUROC with which the features tell the attribute; only what was measured.

    found: of the stage fairness.
    """
    return {
        attribute: {
            **_differences(entry["disparities"].get("candidates", {}).get(candidate, {})),
            **_proxy(entry["proxies"]),
        }
        for attribute, entry in found["attributes"].items()
    }


def _differences(measures: Mapping[str, Any]) -> dict[str, float]:
    return {
        f"{name}_difference": entry["difference"]["value"]
        for name, entry in measures.items()
        if "difference" in entry
    }


def _proxy(entry: Mapping[str, Any]) -> dict[str, float]:
    return {"proxy_auroc": entry["auroc"]["value"]} if "auroc" in entry else {}
