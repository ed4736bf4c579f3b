"""The message that stops the pipeline below a gate."""

from dataclasses import asdict

import pytest

from src.core.errors import QualityError
from src.quality.content import content
from src.quality.gates import judge
from src.quality.refusal import require_passed
from tests.support.quality.gate_damage import lose_regions
from tests.support.quality.measuring import TEXTS, measured, small_params
from tests.support.quality.sound_bank import sound_bank


def test_the_message_tells_where_what_was_found_what_was_expected_and_what_to_do(tmp_path):
    world = sound_bank()
    lose_regions(world)
    measures = measured(world, tmp_path)
    made = content(measures, judge(measures, small_params()))
    with pytest.raises(QualityError) as caught:
        require_passed(made, "data/quality/quality.json", "data/reports/data_quality.html", TEXTS)
    message = str(caught.value)
    for part in (
        "data/quality/quality.json: the delivery of source 'test' falls below 1 of",
        "customers.region: share filled is 0.5, expected >= 0.8",
        "(quality.gates.min_completeness.customers.region)",
        "First: crm.csv:2, crm.csv:3, crm.csv:4.",
        "Ask the source system for the column",
        "Read data/reports/data_quality.html",
        "quality.exceptions.test",
    ):
        assert part in message


def test_nothing_is_raised_where_every_gate_holds(tmp_path):
    params = small_params()
    verdicts = judge(measured(sound_bank(), tmp_path, params), params)
    made = {"source": "test", "gates": [asdict(v) for v in verdicts]}
    require_passed(made, "quality.json", "report.html", TEXTS)
