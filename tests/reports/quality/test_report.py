"""The report is whole, self-contained, masked, and the same bytes for the same ledger."""

import json

import pytest

from src.reports.document.numbers import percent
from src.reports.quality import charts
from src.reports.quality.assess import Assessment
from tests.support.html_pages import Page
from tests.support.quality.measuring import assessed, masked
from tests.support.quality.sound_bank import MONTHS, START, core, sound_bank

SECTIONS = ["overview", "deliveries", "customers", "products", "prices", "fx_rates"]
SECTIONS += ["transactions", "balances", "drift", "rules", "identities", "quarantine", "lineage"]


def spoilt_bank():
    """A bank with something to show in every section."""
    world = sound_bank()
    row = masked(name="[name 字字字]", phone="[phone 999-9999-9999]", since="<b>2020-13-01</b>")
    for line in range(90):
        world.reject("transactions", core(2), 900 + line, "unreadable_amount", row)
    world.correct("customers", "birth_date", "swapped", "corrected", ("crm.csv", 3))
    world.rules.append(
        {"name": "swapped", "table": "customers", "kind": "correct", "reason": "Day & month."}
        | {"checked": 40, "found": 1, "changed": 1, "empty_before": 3, "empty_after": 2}
    )
    for number in range(40):
        customer = {"customer_id": f"K{number:04d}", "known_at": START}
        world.references.append({"record": f"crm:SECRET{number}", **customer})
        world.references.append({"record": f"core:HIDDEN{number}", **customer})
    link = {"left_record": "core:HIDDEN1", "right_record": "crm:SECRET1", "probability": 0.99}
    evidence = json.dumps({"key": "phone", "prior": -9.0, "phone": {"level": "same", "weight": 6}})
    world.links.append({**link, "weight": 9.0, "evidence": evidence, "known_at": START})
    for row in world.rows["transactions"]:
        if row["occurred_at"] >= MONTHS[1]:
            row["channel"] = "kiosk"
    world.files[0]["expected_rows"] = 404
    world.reject("", core(1), 990, "truncated_line", '{"text": "7;K0"}')
    world.files[1]["copy_of"] = core(0)
    return world


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory) -> Assessment:
    return assessed(spoilt_bank(), tmp_path_factory.mktemp("spoilt"))


@pytest.fixture(scope="module")
def page(spoilt) -> Page:
    return Page(spoilt.html)


def test_all_sections_stand_in_order_with_a_table_of_contents(page):
    page.hold_sections(SECTIONS)


def test_the_page_is_self_contained_and_small(page):
    page.hold_self_contained()
    assert len(page.html.encode()) < 1_000_000


def test_pictures_have_texts_and_both_languages_are_marked(page):
    page.hold_accessible()


def test_it_tells_what_failed_where_and_what_to_do(page):
    for told in (
        "gates failed",
        "闸门未通过",
        f"{core(2)}:900 (unreadable_amount)",
        "quality.gates.max_unreadable_share",
        "Check the formats, encoding and delimiter",
        "kiosk",
        "Day & month.",
        f"{core(0)} 400 404",
        "Customers with several records",
        "python -m src.quality lineage customers 1",
        "crm.csv:3",
        f"1 deliveries hold the very bytes of an earlier one; their rows count once: {core(1)} =",
        f"cut within their last line, and what came after it is missing: {core(1)}",
    ):
        assert told in page.words, told


def test_examples_are_masked_and_escaped_and_nobody_is_named(spoilt):
    assert "[name 字字字]" in spoilt.html
    assert "<b>2020-13-01</b>" not in spoilt.html
    both = spoilt.html + json.dumps(spoilt.content)
    assert "SECRET" not in both
    assert "HIDDEN" not in both


def test_two_assessments_are_the_same_bytes(spoilt, tmp_path):
    again = assessed(spoilt_bank(), tmp_path)
    assert again.html == spoilt.html
    assert json.dumps(again.content) == json.dumps(spoilt.content)


def test_the_json_says_what_the_page_says(spoilt, page):
    failed = [g for g in spoilt.content["gates"] if g["outcome"] == "failed"]
    assert spoilt.content["passed"] is False
    assert f"{len(failed)} gates failed" in page.words
    rejected = [r for r in spoilt.content["rejected"] if r["scope"] == "all"]
    assert [(r["rows"], r["rows_in"]) for r in rejected] == [(90, 1290)]
    assert percent(rejected[0]["share"], 2) in page.words
    json.dumps(spoilt.content, allow_nan=False)


def test_a_sound_bank_has_a_page_as_well(tmp_path):
    sound = assessed(sound_bank(), tmp_path)
    words = Page(sound.html).words
    assert sound.content["passed"] is True
    assert "All gates passed" in words
    assert "No row was rejected." in words


def test_an_empty_ledger_has_a_page_as_well(tmp_path):
    world = sound_bank()
    for part in (world.rows, world.lines):
        for table in part:
            part[table] = []
    assert "Overview" in Page(assessed(world, tmp_path).html).words


def test_charts_of_nothing_and_of_one_value_can_be_drawn():
    assert charts.columns([]).count("<rect") == 0
    assert charts.columns([0]).count('height="0.0"') == 1
    assert charts.columns([1, 3]).count("<rect") == 2
    assert ">3</text>" in charts.columns([1, 3])
    assert charts.pairs([], [], []).count("<rect") == 0
    assert charts.pairs([0.5], [1.0], ["<a>"]).count("<rect") == 2
    assert "&lt;a&gt;" in charts.pairs([0.5], [1.0], ["<a>"])
