"""A champion gives way to what is surely better, or as good where it no longer fits; never else."""

import dataclasses

import pytest

from src.core.errors import ModelError
from src.core.params.operation import PromoteParams
from src.models.comparison import Comparison
from src.models.promotion import Decision, decide_promotion
from tests.models.test_bundle import bundle_of

PARAMS = PromoteParams(
    max_additivity_residual=1e-6,
    max_calibration_error=0.05,
    max_bundle_mb=20,
    min_gain=0.01,
    max_shortfall=0.02,
    min_rows=1,
)
HELD = {"name": "bundle_mb", "value": 1.0, "limit": 20.0, "held": True}
BROKEN = {"name": "calibration_error", "value": 0.08, "limit": 0.05, "held": False}
CHALLENGER, CHAMPION = bundle_of("lightgbm", 2), bundle_of("rule", 2)


def comparison(low: float, champion_error: float = 0.01, error: float = 0.01) -> Comparison:
    return Comparison(
        yardstick="log_loss",
        rows=500,
        customers=250,
        of_rows=600,
        learned_from=100,
        too_early=0,
        champion=0.4,
        challenger=0.39,
        gain={"value": 0.01, "low": low, "high": 0.02},
        champion_calibration_error=champion_error,
        challenger_calibration_error=error,
        confidence=0.95,
        draws=100,
    )


def decide(found=None, champion=CHAMPION, gates=(HELD,), unlike="", back=None) -> Decision:
    def compared() -> Comparison:
        if isinstance(found, Exception):
            raise found
        assert found is not None, "compared, though another rule decides"
        return found

    none = "no model was served before"
    return decide_promotion(CHALLENGER, gates, champion, none, unlike, back or {}, compared, PARAMS)


def test_the_first_model_is_promoted_with_the_reason_why_there_was_none():
    first = decide(champion=None)
    assert first.promoted
    assert first.reason == "It is served because no model was served before."


def test_the_same_model_stays_whatever_its_card_says():
    same = dataclasses.replace(CHALLENGER, card={"rounds": 99})
    assert same.version != CHALLENGER.version
    assert decide(champion=same).rule == "same model"


def test_the_gain_that_is_asked_for_is_a_share_of_the_champions_loss():
    assert decide(comparison(low=0.0041)).promoted
    refused = decide(comparison(low=0.0039))
    assert not refused.promoted
    assert "0.0100 (95% interval 0.0039 to 0.0200) on 500 of 600 test rows" in refused.reason
    assert "has to be above 0.0040" in refused.reason


def test_a_champion_that_lost_its_calibration_gives_way_to_one_that_is_not_worse():
    unfit = decide(comparison(low=-0.007, champion_error=0.09))
    assert (unfit.promoted, unfit.rule) == (True, "non-inferiority")
    assert (
        "its calibration error, but for what chance adds to it, is 0.090, above 0.05"
        in unfit.reason
    )
    assert not decide(comparison(low=-0.009, champion_error=0.09)).promoted
    # where both miss the limit it is the data that are noisy, or the test too small
    both = decide(comparison(low=-0.007, champion_error=0.09, error=0.08))
    assert (both.promoted, both.rule) == (False, "superiority")


def test_a_broken_gate_or_an_impossible_comparison_leaves_the_champion():
    gate = decide(gates=(HELD, BROKEN))
    assert not gate.promoted
    assert gate.reason == "It breaks a gate: calibration_error 0.08 above 0.05."
    lost = decide(ModelError("nobody was unseen"))
    assert not lost.promoted
    assert lost.reason == "It can't be compared with the champion: nobody was unseen."


def test_an_undefined_interval_is_no_gain():
    found = dataclasses.replace(comparison(0.0), gain={"value": 0.1, "low": None, "high": None})
    assert not decide(found).promoted


def test_what_was_taken_back_returns_by_hand_alone():
    back = {CHALLENGER.fingerprint: "on 2026-01-02: it was unfair"}
    refused = decide(back=back)
    assert (refused.promoted, refused.rule) == (False, "taken back")
    assert "on 2026-01-02: it was unfair" in refused.reason
    assert decide(back={"another": "x"}, found=comparison(0.01)).promoted


def test_a_champion_that_answers_another_question_is_replaced():
    found = decide(unlike="it tells the classes a, b")
    assert found.promoted
    assert "The champion can't be served any more: it tells the classes a, b." in found.reason


@pytest.mark.parametrize("low", [-0.02, 0.02])
def test_a_decision_is_plain_json(low):
    import json

    told = json.loads(json.dumps(decide(comparison(low)).to_json(), allow_nan=False))
    assert told["comparison"]["rows"] == 500
