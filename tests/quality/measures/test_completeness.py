"""What is empty is found by column, and by what a rule filled."""

import pytest

from tests.support.quality.measuring import measured, moved, of
from tests.support.quality.sound_bank import MONTHS, sound_bank


def test_empty_values_are_found_with_their_column_and_lines(sound, tmp_path):
    world = sound_bank()
    for row in world.rows["customers"][4:10]:
        row["region"] = None
    found = measured(world, tmp_path)
    assert moved(sound, found) == {"filled"}
    figure = of(found.filled, table="customers", column="region")
    assert (figure.rows, figure.filled, figure.share) == (40, 34, 0.85)
    assert figure.lines == ("crm.csv:6", "crm.csv:7", "crm.csv:8")


def test_a_column_of_persons_is_not_missed_of_companies(sound, tmp_path):
    world = sound_bank()
    world.rows["customers"][1]["occupation"] = None  # a person
    found = measured(world, tmp_path)
    figure = of(found.filled, table="customers", column="occupation")
    assert (figure.rows, figure.filled) == (36, 35)
    assert of(found.filled, table="customers", column="industry").rows == 4


def test_empty_values_of_the_latest_delivery_stand_apart(tmp_path):
    world = sound_bank()
    for row in world.rows["transactions"]:
        if row["occurred_at"] >= MONTHS[1]:
            row["account_id"] = None
    found = measured(world, tmp_path)
    latest = of(found.filled, table="transactions", column="account_id", scope="latest")
    whole = of(found.filled, table="transactions", column="account_id", scope="all")
    assert (latest.share, whole.share) == (0, pytest.approx(2 / 3))
    drift = of(found.drift, column="account_id")
    assert (drift.empty_before, drift.empty_now, drift.empty_change) == (0, 400, 1)


def test_values_that_a_rule_filled_are_counted_as_imputed(sound, tmp_path):
    world = sound_bank()
    world.rows["customers"][1]["imputed"] = "income_band, region"
    world.rows["customers"][2]["imputed"] = "region"
    found = measured(world, tmp_path)
    assert moved(sound, found) == {"filled"}
    imputed = {f.column: f.imputed for f in found.filled if f.imputed}
    assert imputed == {"income_band": 1, "region": 2}
