"""The stage audit stops where a feature leaks, and says which and how."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from src.core.errors import FeatureError
from src.features.audit.verdict import Audit, Counterexample, Hearing
from src.pipeline.modelling.audit import require_passed
from tests.support.features.specs import SPEC

NAMES = ("net_sum_30d", "dependants")
CLEAN = Hearing(
    "bank", 9, (datetime(2024, 1, 1),), {"poison": dict.fromkeys(NAMES, "clean")}, (), 1
)


def test_a_sound_audit_lets_the_pipeline_go_on():
    require_passed(Audit(SPEC.select(NAMES), (CLEAN,)), Path("audit.json"))


def test_a_leak_stops_it_with_the_feature_the_customer_and_the_remedy():
    example = Counterexample(
        "dependants",
        "leaks",
        "poison",
        "bank",
        "c7",
        datetime(2024, 1, 1),
        1.0,
        30.0,
        ("customers",),
    )
    leaking = replace(
        CLEAN,
        outcomes={"poison": {"net_sum_30d": "clean", "dependants": "leaks"}},
        counterexamples=(example,),
    )
    audit = Audit(SPEC.select(NAMES), (CLEAN, leaking))
    assert audit.counts == {"leaks": 1, "misses": 0, "clean": 1, "not exercised": 0}
    with pytest.raises(FeatureError) as stopped:
        require_passed(audit, Path("audit.json"))
    for stated in ("audit.json", "'dependants' leaks", "c7", "has 1, then 30 through customers"):
        assert stated in str(stopped.value)
    assert "kehu features audit --only dependants" in str(stopped.value)


def test_what_no_trial_could_move_is_not_called_clean():
    silent = replace(CLEAN, outcomes={"poison": dict.fromkeys(NAMES, "not exercised")})
    audit = Audit(SPEC.select(NAMES), (silent,))
    assert [audit.verdict(name) for name in NAMES] == ["not exercised"] * 2
    assert audit.passed
    both = Audit(SPEC.select(NAMES), (silent, CLEAN))
    assert [both.verdict(name) for name in NAMES] == ["clean"] * 2
