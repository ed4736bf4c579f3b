"""What a report claims of gates, samples, costs and machines is what the code does."""

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from src.models.gates import Gate, decide
from src.reports.model.report import model_report
from src.reports.model.sections.making import making
from src.reports.model.sections.performance import verdict
from src.reports.model.sections.policy import RETIREMENT, limits
from tests.models.test_promotion import BROKEN
from tests.models.test_promotion import decide as promotion
from tests.support.html_pages import Page
from tests.support.models.known_causes import report_facts

PROJECT = Path(__file__).parents[3]
HOLDS, BREAKS = Gate("calibration_error", 0.01, 0.05), Gate("calibration_error", 0.08, 0.05)
_RENDERED = """
import hashlib
from src.reports.model.report import model_report
from tests.support.models.known_causes import report_facts
print(hashlib.sha256(model_report(report_facts("churn", rows=80)).encode()).hexdigest())
"""


@pytest.fixture(scope="module")
def facts():
    return report_facts("churn", rows=80)


def judged(facts, broken, winner="lightgbm"):
    """The same run with another winner and these candidates breaking a gate, as the run decides."""
    metrics = facts.metrics | {"winner": winner}
    gates = {name: [BREAKS if name in broken else HOLDS] for name in facts.candidates}
    decided = decide(metrics, gates)
    return replace(facts, metrics=metrics | decided, served=decided["served"])


def test_a_winner_that_breaks_no_gate_is_chosen_for_its_lead(facts):
    said = verdict(judged(facts, {"one_rule"}))
    assert said.tone == "good"
    assert said.text.en.startswith("This run chose: LightGBM model. On the deciding yardstick")
    assert "breaks" not in said.text.en


def test_a_winner_that_breaks_a_gate_gives_way_to_the_best_baseline_that_breaks_none(facts):
    found = judged(facts, {"lightgbm"})
    said = verdict(found)
    assert found.winner != "lightgbm"
    assert said.tone == "warning"
    assert facts.texts.candidate(found.winner).en in said.text.en
    assert "breaks a gate; this is the best baseline that breaks none" in said.text.en


def test_a_winner_that_breaks_a_gate_like_all_others_is_chosen_and_the_gate_is_named(facts):
    found = judged(facts, set(facts.candidates))
    said = verdict(found)
    assert found.winner == "lightgbm"
    assert said.tone == "bad"
    assert "It breaks gates itself: calibration error. No candidate was put" in said.text.en


def test_a_baseline_that_won_and_breaks_a_gate_is_chosen_and_the_gate_is_named(facts):
    found = judged(facts, {"logistic"}, winner="logistic")
    said = verdict(found)
    assert found.winner == "logistic"
    assert said.tone == "bad"
    assert "It breaks gates itself: calibration error" in said.text.en


def test_a_version_that_breaks_a_gate_replaces_none_that_can_still_be_served(facts):
    assert not promotion(gates=[BROKEN]).promoted
    assert promotion(gates=[BROKEN], unlike="its classes differ").promoted
    assert promotion(gates=[BROKEN], champion=None).promoted
    for claim in ("never replaces one that can still be served", "where none is, it is served"):
        assert claim in RETIREMENT.en
    assert RETIREMENT in [block.text for block in limits(facts).blocks]


def test_the_report_says_of_how_many_rows_the_search_learned(facts):
    words = Page(model_report(facts)).words
    assert "Development rows 开发样本行数 800" in words
    assert "Searched on 参数搜索所用 500" in words
    assert "they are a seeded sample" in words


def test_a_model_that_learned_from_all_rows_speaks_of_no_sample(facts):
    card = {**facts.bundle.card, "rows": {"development": 800, "fit": 800}}
    bundle = replace(facts.bundle, card=card)
    found = making(replace(facts, candidates={**facts.candidates, facts.winner: bundle}))
    assert "Fitted on" in repr(found)
    assert "sample" not in repr(found)


def test_a_candidates_report_is_the_same_bytes_at_another_place_and_time(facts, tmp_path):
    there = os.environ | {
        "PYTHONPATH": str(PROJECT),
        "PYTHONHASHSEED": "7",
        "TZ": "Asia/Shanghai",
        "LC_ALL": "C",
        "USER": "somebody-else",
    }
    done = subprocess.run(
        [sys.executable, "-c", _RENDERED],
        cwd=tmp_path,
        env=there,
        capture_output=True,
        text=True,
        check=True,
    )
    here = hashlib.sha256(model_report(facts).encode()).hexdigest()
    assert done.stdout.strip() == here
    assert str(PROJECT) not in model_report(facts)
