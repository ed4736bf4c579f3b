"""The report is whole, self-contained, safe, and the same bytes for the same run."""

from dataclasses import replace

import pandas as pd
import pytest

from src.core.errors import ModelError
from src.core.taxonomy import Wording
from src.explain.facts import find
from src.explain.overview import index_page
from src.explain.report import model_report, unsupported_report
from src.explain.sections.performance import performance
from src.explain.sections.windows import windows
from src.explain.texts import load_texts
from tests.explain.test_values import Leaky
from tests.support.html_pages import Page
from tests.support.models.known_causes import AGE, WORDINGS_FILE, report_facts

SECTIONS = [
    "identity",
    "data",
    "making",
    "windows",
    "performance",
    "drivers",
    "fidelity",
    "exclusions",
    "constraints",
    "drift",
    "changes",
    "limits",
    "rules",
    "sign-off",
]


@pytest.fixture(scope="module")
def facts():
    return report_facts("churn")


@pytest.fixture(scope="module")
def html(facts):
    return model_report(facts)


@pytest.fixture(scope="module")
def page(html):
    return Page(html)


def test_all_fourteen_sections_stand_in_order_with_a_table_of_contents(page):
    page.hold_sections(SECTIONS)


def test_the_page_is_self_contained(page):
    page.hold_self_contained("data:image/")
    assert page.tags.count("img") == 5


def test_the_page_stays_below_five_megabytes(html):
    assert len(html.encode()) < 5_000_000


def test_two_renders_are_the_same_bytes(facts, html):
    assert model_report(facts) == html


def test_pictures_have_texts_and_both_languages_are_marked(page):
    page.hold_accessible()


def test_it_states_identity_data_split_and_decision(facts, page):
    for stated in (
        facts.bundle.version,
        "kehu_churn",
        "bad date: 3, duplicate: 7",
        "0123abc",
        "as_of ≤ occurred_at < as_of + 90 days",
        "2024-10-01",
        "The LightGBM model is served.",
        "is better than every baseline",
        "SR 26-2",
        "not measured in this version",
    ):
        assert stated in page.words


def test_a_test_at_the_one_labelled_instant_is_not_called_out_of_time(facts):
    card = {
        **facts.bundle.card,
        "split": {**facts.bundle.card["split"], "kind": "unseen_customers"},
    }
    bundle = replace(facts.bundle, card=card)
    unseen = replace(facts, candidates={**facts.candidates, facts.winner: bundle})
    for given, stated, title in (
        (facts, "Out of time and out of sample", "Performance out of time"),
        (unseen, "Out of sample, not out of time", "Performance on customers never seen"),
    ):
        assert stated in repr(windows(given))
        assert performance(given).title.en == title


def test_no_customer_is_named(facts, html):
    assert "customer-" not in html.replace("customer-grouped", "")


def test_hostile_text_is_printed_and_not_obeyed(facts):
    attack = '<script>alert("x")</script><img src=x onerror=alert(1)>'
    integration = {
        **facts.integration,
        "source": attack,
        "rows": [
            {"file": attack, "table": "t", "rows_in": 1, "rows_out": 1, "rejected": {attack: 0}}
        ],
    }
    texts = facts.texts.model_copy(update={"owner": Wording(zh=attack, en=attack)})
    html = model_report(
        replace(
            facts,
            integration=integration,
            texts=texts,
            params={attack: attack},
            extracts=[{"name": attack, "bytes": 1, "md5": attack}],
        )
    )
    found = Page(html)
    assert "script" not in found.tags
    assert not any(name.startswith("on") for _, name, _ in found.attributes)
    assert attack.split("<img")[0] in found.words


@pytest.mark.parametrize(
    ("task", "served"),
    [("risk_appetite", "lightgbm"), ("churn", "logistic"), ("risk_appetite", "one_rule")],
)
def test_every_kind_of_winner_has_a_report(task, served):
    found = Page(model_report(report_facts(task, served, rows=80)))
    assert [name for name in found.ids if name in SECTIONS] == SECTIONS
    assert ("A baseline is served" in found.words) == (served != "lightgbm")


def test_a_served_base_rate_has_no_drivers_and_says_so():
    found = Page(model_report(report_facts("churn", "base_rate", rows=80)))
    assert [name for name in found.ids if name in SECTIONS] == SECTIONS
    words = found.words
    assert "A baseline is served: Base rate" in words
    assert "No individual reasons: the base rate is served" in words


def test_a_sensitive_attribute_in_the_model_is_flagged(page):
    assert "The model uses sensitive attributes" in page.words
    assert AGE in page.words


def test_fidelity_holds_both_the_residual_and_the_second_implementation(facts):
    findings = find(facts)
    assert findings.explanation.residual <= 1e-6
    gap, rows = findings.second_opinion
    assert gap < 1e-9
    assert rows == 100


def test_explanations_that_do_not_add_up_stop_the_report(facts):
    leaky = replace(facts.bundle, predictor=Leaky(facts.bundle.predictor, 0.1))
    with pytest.raises(ModelError, match="miss the margin"):
        model_report(replace(facts, candidates={**facts.candidates, "lightgbm": leaky}))


def test_the_sample_is_seeded_and_of_test_rows_only(facts):
    unseen = facts.features.assign(customer_id="other " + facts.features["customer_id"])
    more = replace(facts, features=pd.concat([unseen, facts.features], ignore_index=True))
    pd.testing.assert_frame_equal(find(more).X, find(facts).X)
    assert len(find(facts).X) == facts.rows
    assert not find(facts).X.equals(find(replace(facts, seed=2)).X)


def test_an_unsupported_task_has_a_page_that_names_the_reason():
    html = unsupported_report(
        "value_tier", "there are no <prices> to value holdings", "berka", load_texts(WORDINGS_FILE)
    )
    found = Page(html)
    assert "berka does not support this task" in found.words
    assert "there are no <prices> to value holdings" in found.words
    assert len(html) < 30_000


def test_the_index_links_every_report_and_marks_what_is_served(facts):
    html = index_page(
        {"churn": facts.metrics},
        {"value_tier": "there are no prices"},
        "simulated",
        facts.texts,
        served={"churn": "lightgbm"},
        versions={"churn": facts.bundle.version},
    )
    found = Page(html)
    links = [value for tag, name, value in found.attributes if (tag, name) == ("a", "href")]
    assert links == ["#main", "churn.html", "value_tier.html", "labels.html", "data_quality.html"]
    assert facts.bundle.version in found.words
    assert "not supported: there are no prices" in found.words
    assert found.words.count("served") == 1


def test_the_report_states_what_the_leak_audit_found_of_the_models_features(facts):
    names = facts.bundle.spec.names
    entry = {"verdict": "clean", "trials": {"poison": "clean"}}
    leaking = {"verdict": "leaks", "trials": {"poison": "leaks"}}
    other = {"of another model": leaking}
    for features, stated, tone in (
        (dict.fromkeys(names, entry) | other, f"{len(names)} clean, 0 leaking", "good"),
        (
            dict.fromkeys(names, entry) | {names[0]: leaking},
            f"{len(names) - 1} clean, 1 leaking",
            "bad",
        ),
    ):
        audit = {"trials": {"poison": "nothing later counts"}, "features": features}
        said = windows(replace(facts, audit=audit))
        assert stated in repr(said)
        assert f"tone='{tone}'" in repr(said)
    assert "not audited" in repr(windows(facts))
