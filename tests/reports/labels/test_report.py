"""The report on labels: every figure of labels.json that a reader needs, in one page of its own."""

import re
from pathlib import Path

import pytest

from src.core.taxonomy import load_taxonomy
from src.features.labels import REASONS
from src.features.segments import SEGMENTS
from src.reports.labels.report import label_report
from src.reports.labels.texts import REASON_TEXTS, SEGMENT_NAMES, target
from src.reports.texts import load_texts
from tests.support.html_pages import Page

POLICY = load_taxonomy(Path("configs/taxonomy.yaml"), "simulated")
TEXTS = load_texts(Path("configs/wordings.yaml"))


def counts(churners, others, **unlabelled):
    rows = churners + others
    return {
        "spine_rows": rows + sum(unlabelled.values()),
        "rows": rows,
        "unlabelled": unlabelled,
        "class_rows": {"stays": others, "churns": churners},
        "base_rates": {"stays": others / rows, "churns": churners / rows} if rows else {},
    }


def entry(**changes):
    whole = counts(37, 963, beyond_data_end=200, assets_below_minimum=11)
    horizon = whole | {
        "customers": 321,
        "untrainable": None,
        "by_month": [{"month": "2024-03", **whole}],
        "by_segment": {
            "kind": [{"value": "person", **whole}],
            "tier": [{"value": "mass", **whole}],
        },
    }
    none = counts(0, 0, beyond_data_end=1211)
    empty = none | {"customers": 0, "untrainable": "too few", "by_month": [], "by_segment": {}}
    found = {"supported": True, "horizon_days": 90, "horizons": {"90": horizon, "180": empty}}
    return found | changes


def page(churn):
    lacking = {"supported": False, "reason": "no <questionnaire>", "horizon_days": 180}
    return label_report({"risk_appetite": lacking, "churn": churn}, POLICY, "simulated", TEXTS)


def test_each_reason_and_segment_has_words_in_both_languages():
    assert set(REASON_TEXTS) == set(REASONS)
    assert set(SEGMENT_NAMES) == set(SEGMENTS)
    for text in (*REASON_TEXTS.values(), *SEGMENT_NAMES.values()):
        assert text.zh != text.en


def test_the_page_names_rows_reasons_base_rates_and_what_is_not_supported():
    html = page(entry())
    found = Page(html).words
    for text in (
        "Not supported: no <questionnaire>",
        "trained and served",
        "1,000 (82.6%)",
        "200 (16.5%)",
        "Window not fully observed: the data end first",
        "Not eligible: assets below the minimum",
        "3.7% (37)",
        "2024-03",
        "Persons",
    ):
        assert text in found, text
    assert "Delivered label" not in found
    for outside in ('src="http', "<script", '<link rel="stylesheet"', "@import"):
        assert outside not in html


def test_delivered_labels_are_named_and_late_ones_are_a_warning():
    for most, late in ((90.0, False), (92.0, True)):
        html = page(entry(delivered={"known_after_days": (89.0, most)}))
        found = Page(html).words
        assert f"89 to {most:g} days after their snapshot" in found
        assert ("raise horizon_days" in found) == late


@pytest.mark.parametrize(("days", "silence"), [(30, 10), (90, 30)])
def test_the_target_is_told_as_the_policy_has_it(days, silence):
    told = target("churn", POLICY, days).en
    assert re.search(rf"60% or more within {days} days .* last {silence} days", told)
    assert "inferred are never a label" in target("risk_appetite", POLICY, days).en
    assert "tier of customer asset size" in target("value_tier", POLICY, days).en


def test_a_task_without_a_text_of_its_target_is_refused():
    with pytest.raises(ValueError, match="task 'upsell' has no text of its target"):
        target("upsell", POLICY, 90)
