"""What section 5 tells of decisions, calibration, sets and expected amounts."""

from dataclasses import replace

import numpy as np
import pytest

from src.core.params import EvaluateParams
from src.models.amounts import judge_amounts
from src.models.calibration_figures import calibration_by_class
from src.models.prediction_sets import PredictionSets
from src.models.set_figures import judge_sets
from src.reports.model.sections.performance import performance
from tests.models.test_amounts import table
from tests.support.models.known_causes import CLASSES, report_facts

TASK = "risk_appetite"
PARAMS = EvaluateParams(bootstrap=50, confidence=0.95)


@pytest.fixture(scope="module")
def facts():
    bare = report_facts(TASK, served="lightgbm")
    classes, p = CLASSES[TASK], bare.probabilities["lightgbm"]
    labels = bare.test["label"].to_numpy()
    costs = ((0.0, 2.0, 5.0), (1.0, 0.0, 2.0), (2.0, 1.0, 0.0))
    sets = PredictionSets(0.9, (0.8, 0.8, 0.8))
    bundle = replace(bare.bundle, costs=costs, sets=sets)
    judged = judge_sets(
        sets, bundle.members(p), bundle.decided(p), bare.test, classes, {}, PARAMS, 1
    )
    of_class = calibration_by_class(bare.test["customer_id"], classes, labels, p, PARAMS, 1)
    found = {
        "sets": {"lightgbm": judged},
        "calibration": {"lightgbm": of_class},
        "assets": judge_amounts(table(), 0.9, PARAMS, 1),
    }
    return replace(
        bare,
        candidates={**bare.candidates, "lightgbm": bundle},
        metrics=bare.metrics | found,
        amounts=table(),
    )


def texts(facts):
    """The English captions and paragraphs of the section."""
    blocks = performance(facts).blocks
    found = [getattr(block, "caption", getattr(block, "text", None)) for block in blocks]
    return " ".join(word.en for word in found if word is not None)


def test_the_report_states_costs_calibration_sets_and_expected_assets(facts):
    text = texts(facts)
    assert "costs play no part in training" in text
    assert "what sampling noise alone would make of it" in text
    assert "A set of more than one class means: ask the customer." in text
    assert f"hold it for {facts.metrics['sets']['lightgbm']['covered']['value']:.3f}" in text
    assert "Normalised Gini of the expected amount" in text
    assert "Deciles by expected amount" in text


def test_the_confusion_table_is_of_what_is_decided(facts):
    p, labels = facts.probabilities["lightgbm"], facts.test["label"].to_numpy()
    decided = facts.bundle.decided(p)
    assert (decided != p.argmax(axis=1)).any()
    (confusion,) = [
        block
        for block in performance(facts).blocks
        if "decided class (columns)" in getattr(getattr(block, "caption", None), "en", "")
        and "Actual" in block.caption.en.split(" ")[0]
    ]
    hits = int(np.sum((labels == 0) & (decided == 0)))
    assert confusion.rows[0][1].text.startswith(f"{hits} ")


def test_a_model_without_any_of_it_says_nothing_of_it():
    text = texts(report_facts(TASK, served="logistic"))
    for absent in ("costs play no part", "sampling noise", "ask the customer", "Normalised Gini"):
        assert absent not in text
