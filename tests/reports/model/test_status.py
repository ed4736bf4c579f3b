"""A report says what became of its version, and nothing but that changes."""

import re

import pytest

from src.core.errors import ModelError
from src.reports.model.report import model_report
from src.reports.model.status import Status, with_status
from tests.support.html_pages import Page
from tests.support.models.known_causes import report_facts

AT = "2025-07-01T09:30:00+08:00"
MADE_BY = {"git_revision": "abc123", "machine": "<host>", "operator": "lin", "lightgbm": "4.7.0"}
STATES = {
    "candidate": Status(),
    "served": Status("served", AT, made_by=MADE_BY),
    "refused": Status("refused", AT, reason="its gain <b>is</b> noise"),
    "retired": Status("retired", AT, replaced_by="0123456789ab", made_by=MADE_BY),
}
SAID = {
    "candidate": ("Candidate: not served", "候选:未上线"),
    "served": ("Served since 2025-07-01 01:30 UTC", "自 2025-07-01 01:30 UTC 起上线"),
    "refused": ("Refused because: its gain <b>is</b> noise", "未予采用的原因:its gain"),
    "retired": ("Retired 2025-07-01 01:30 UTC, replaced by 0123456789ab", "由 0123456789ab 取代"),
}
SIGNERS = ("Validator, date", "验证人,日期")


@pytest.fixture(scope="module")
def html():
    return model_report(report_facts("churn", rows=80))


def test_the_pipeline_renders_a_candidate(html):
    assert with_status(html, Status()) == html


@pytest.mark.parametrize("state", STATES)
def test_each_state_is_said_in_both_languages_and_no_other(html, state):
    words = Page(with_status(html, STATES[state])).words
    for other, texts in SAID.items():
        for text in texts:
            assert (text in words) == (other == state), text


@pytest.mark.parametrize("state", STATES)
def test_only_a_served_version_is_signed(html, state):
    words = Page(with_status(html, STATES[state])).words
    for signer in SIGNERS:
        assert (signer in words) == (state == "served")
    assert ("nothing to sign" in words) == (state != "served")


@pytest.mark.parametrize("state", STATES)
def test_who_made_it_where_is_said_where_it_was_given(html, state):
    words = Page(with_status(html, STATES[state])).words
    given = bool(STATES[state].made_by)
    for text in ("Git revision 代码版本 abc123", "Machine 机器 <host>", "lightgbm 4.7.0"):
        assert (text in words) == given, text


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("before", STATES)
def test_going_from_any_state_to_any_other_gives_what_a_candidate_would(html, before, state):
    direct = with_status(html, STATES[state])
    assert with_status(with_status(html, STATES[before]), STATES[state]) == direct
    assert with_status(direct, STATES[state]) == direct
    assert with_status(direct, Status()) == html


def test_nothing_outside_the_three_blocks_changes(html):
    def rest(text):
        return re.sub(r"<!-- slot (\S+) -->.*?<!-- end of \1 -->", "", text, flags=re.S)

    assert html.count("<!-- slot ") == 3
    assert rest(with_status(html, STATES["served"])) == rest(html)


@pytest.mark.parametrize("name", ["status", "made-by", "sign-off"])
def test_a_report_without_one_of_the_blocks_is_refused(html, name):
    with pytest.raises(ModelError, match=f"0 blocks named '{name}'"):
        with_status(html.replace(f"<!-- slot {name} -->", ""), STATES["served"])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"state": "served"}, "'served' with nothing; expected at"),
        ({"state": "refused", "at": AT}, "'refused' with at; expected at, reason"),
        ({"state": "retired", "at": AT, "reason": "x"}, "expected at, replaced_by"),
        ({"made_by": MADE_BY}, "'candidate' with made_by; expected nothing"),
        ({"state": "saved"}, "'saved'; expected one of candidate, served, refused, retired"),
        ({"state": "served", "at": "2025-07-01T09:30:00"}, "expected ISO 8601 with an offset"),
        ({"state": "served", "at": "yesterday"}, "instant 'yesterday'"),
    ],
)
def test_a_status_that_lacks_something_or_says_too_much_is_refused(given, message):
    with pytest.raises(ModelError, match=re.escape(message)):
        Status(**given)
