"""A winner that breaks a gate gives way to the next best, and the reason names the gate."""

from typing import Any

import numpy as np

from src.models.gates import Gate, decide

HELD = Gate("calibration_error", 0.01, 0.05)
BROKEN = Gate("calibration_error", 0.08, 0.05)


def of(**gates: list[Gate]) -> dict[str, list[Gate]]:
    """Gates of each candidate; those not given hold."""
    return {name: gates.get(name, [HELD]) for name in ("lightgbm", "logistic", "base_rate")}


def metrics(winner: str) -> dict[str, Any]:
    figure = {"auroc": {"value": 0.8, "low": 0.7, "high": 0.9}}
    return {
        "class_shares": {"stays": 0.9, "churns": 0.1},
        "primary": {"name": "auroc"},
        "candidates": {
            "lightgbm": figure,
            "logistic": {"auroc": {"value": 0.75, "low": 0.7, "high": 0.8}},
            "base_rate": {"auroc": {"value": 0.5, "low": 0.5, "high": 0.5}},
        },
        "paired": {"logistic": {}, "base_rate": {}},
        "winner": winner,
        "reason": "It is better.",
    }


def test_a_winner_that_holds_every_gate_is_served() -> None:
    assert decide(metrics("lightgbm"), of(lightgbm=[HELD]))["served"] == "lightgbm"


def test_a_winner_that_breaks_a_gate_gives_way_to_the_best_baseline() -> None:
    decision = decide(metrics("lightgbm"), of(lightgbm=[HELD, BROKEN]))
    assert decision["served"] == "logistic"
    assert "calibration_error 0.08 above 0.05" in decision["reason"]


def test_a_baseline_that_breaks_the_same_gate_does_not_take_its_place() -> None:
    decision = decide(metrics("lightgbm"), of(lightgbm=[BROKEN], logistic=[BROKEN]))
    assert decision["served"] == "base_rate"


def test_the_winner_is_served_with_a_word_where_no_candidate_holds_every_gate() -> None:
    broken = of(lightgbm=[BROKEN], logistic=[BROKEN], base_rate=[BROKEN])
    decision = decide(metrics("lightgbm"), broken)
    assert decision["served"] == "lightgbm"
    assert "No candidate holds every gate" in decision["reason"]


def test_a_winning_baseline_is_served_whatever_the_gates_say() -> None:
    broken = of(lightgbm=[BROKEN], logistic=[BROKEN])
    assert decide(metrics("logistic"), broken)["served"] == "logistic"


def test_a_value_that_is_not_a_number_breaks_its_gate() -> None:
    assert not Gate("additivity_residual", float(np.nan), 1e-6).held
