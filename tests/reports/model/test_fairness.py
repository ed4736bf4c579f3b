"""What compliance reads of fairness: every figure, who was not judged and why, the gates' word."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from src.core.params import EvaluateParams
from src.features.attributes import ATTRIBUTES
from src.models.fairness.disparity import disparities
from src.models.fairness.gates import fairness_gates
from src.models.fairness.measures import measures_of
from src.models.fairness.proxies import Fitting, proxies
from src.reports.model.report import model_report
from src.reports.model.sections.fairness import ATTRIBUTE_NAMES, MEASURE_NAMES, fairness
from tests.support.html_pages import Page
from tests.support.models.grouped_customers import PARAMS, limits
from tests.support.models.known_causes import AGE, OUT_90, report_facts

INTERVALS = EvaluateParams(bootstrap=60, confidence=0.9)
GATES = limits(
    gender={"selection_rate": 0.5, "proxy_auroc": 0.55},
    age={"selection_rate": 0.001, "calibration_gap": 0.5},
)


def grouped(rows, features):
    """Gender is told by the money that went out, region is of one value, age by the age."""
    known = rows.merge(features, on=["customer_id", "as_of"], how="left")
    out, age = known[OUT_90].fillna(known[OUT_90].median()), known[AGE].fillna(50)
    gender = pd.Series(np.where(out > out.median(), "female", "male"), dtype="str")
    gender[known["customer_id"].isin([f"customer-{i}" for i in range(7)])] = "other"
    return rows.assign(gender=gender, age=np.where(age < 50, "young", "old"), region="Hubei")


def with_fairness(task):
    facts = report_facts(task, rows=60)
    tested = grouped(facts.test, facts.features)
    once = tested.drop_duplicates("customer_id").assign(arrival=lambda t: t["customer_id"])
    once = once.drop(columns="label").merge(facts.features, on=["customer_id", "as_of"])
    found = {
        name: {
            "disparities": disparities(tested, name, facts.probabilities, (), PARAMS, INTERVALS, 1),
            "proxies": proxies(
                once, name, facts.bundle.spec.names, PARAMS, INTERVALS, Fitting(2, 1, 1)
            ),
        }
        for name in ATTRIBUTES
    }
    measured = {"task": task, "confidence": 0.9, "attributes": found}
    gates = [
        {"candidate": name, "name": g.name, "value": g.value, "limit": g.limit, "held": g.held}
        for name, bundle in facts.candidates.items()
        for g in fairness_gates(bundle, name, measured, GATES)
    ]
    return replace(facts, metrics={**facts.metrics, "fairness": measured, "gates": gates})


@pytest.fixture(scope="module", params=["churn", "risk_appetite"])
def facts(request):
    return with_fairness(request.param)


@pytest.fixture(scope="module")
def words(facts):
    return Page(model_report(facts)).words


def test_each_attribute_and_measure_has_words_in_both_languages():
    assert set(ATTRIBUTE_NAMES) == set(ATTRIBUTES)
    assert set(MEASURE_NAMES) == {measure.name for measure in measures_of(3)}
    for text in (*ATTRIBUTE_NAMES.values(), *MEASURE_NAMES.values()):
        assert text.zh != text.en


def test_the_page_has_every_figure_of_the_served_model(facts, words):
    gender = facts.metrics["fairness"]["attributes"]["gender"]
    for name, entry in gender["disparities"]["candidates"][facts.winner].items():
        assert f"{MEASURE_NAMES[name].en} ({name})" in words
        assert f"{entry['difference']['value']:.3f} [{entry['difference']['low']:.3f}," in words
        for group in ("female", "male"):
            assert f"{entry['by_group'][group]['value']:.3f} [" in words


def test_who_is_not_judged_is_named_with_the_reason(words):
    assert "Too few to be judged: other 7." in words
    assert "customers whose region is known are 'Hubei'; there is nobody to compare" in words


def test_gates_tell_limit_and_result_and_what_is_broken(words):
    assert "Gates broken: sensitive features, gender proxy auroc, age selection rate." in words
    assert "no gate" in words


def test_features_that_carry_an_attribute_are_named(facts, words):
    found = facts.metrics["fairness"]["attributes"]["gender"]["proxies"]
    assert found["auroc"]["low"] > 0.9
    first = found["features"][0]
    assert first["name"].startswith("outflow")
    wording = facts.catalogue[first["name"]].wording.en
    assert f"{wording} {100 * first['share']:.0f}%" in words


def test_no_customer_is_named(facts):
    assert "customer-" not in repr(fairness(facts))


def test_a_run_without_these_figures_says_so():
    (note,) = fairness(report_facts("churn", rows=60))
    assert "were not measured" in note.text.en
