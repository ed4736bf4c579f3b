"""Rows that a rule rejected and values that it changed are found by rule and delivery."""

from tests.support.quality.measuring import masked, measured, moved, names
from tests.support.quality.sound_bank import core, sound_bank


def test_rejected_rows_are_found_by_rule_kind_and_delivery(sound, tmp_path):
    world = sound_bank()
    for line in (901, 902, 903):
        world.reject("transactions", core(2), line, "unreadable_amount")
    world.reject("transactions", core(0), 950, "orphan_customer")
    world.reject("transactions", core(0), 951, "repeated")
    found = measured(world, tmp_path)
    assert moved(sound, found) == {"rejected", "unreadable"}
    assert names(found.unreadable, "file", "latest", "rows", "malformed", "unreadable") == [
        (core(2), True, 400, 0, 3)
    ]
    assert names(found.rejected, "rule", "kind", "fault", "scope", "rows", "rows_in") == [
        ("orphan_customer", "orphan", True, "all", 1, 1205),
        ("repeated", "repeated", False, "all", 1, 1205),
        ("unreadable_amount", "unreadable", True, "all", 3, 1205),
        ("unreadable_amount", "unreadable", True, "latest", 3, 403),
    ]
    assert found.rejected[2].lines == tuple(f"{core(2)}:{line}" for line in (901, 902, 903))


def test_changed_values_are_found_by_column_and_rule(sound, tmp_path):
    world = sound_bank()
    world.correct("customers", "birth_date", "swapped", "corrected", ("crm.csv", 3))
    world.correct("customers", "birth_date", "swapped", "corrected", ("crm.csv", 2))
    world.correct("transactions", "channel", "usual", "imputed", (core(2), 7))
    found = measured(world, tmp_path)
    assert moved(sound, found) == {"changed"}
    assert names(found.changed, "table", "column", "rule", "kind", "scope", "values") == [
        ("customers", "birth_date", "swapped", "corrected", "all", 2),
        ("transactions", "channel", "usual", "imputed", "all", 1),
        ("transactions", "channel", "usual", "imputed", "latest", 1),
    ]
    assert found.changed[0].lines == ("crm.csv:2", "crm.csv:3")


def test_masked_rows_stay_masked(tmp_path):
    world = sound_bank()
    world.reject("customers", "crm.csv", 99, "missing_kind", masked(name="[name 字字]"))
    assert measured(world, tmp_path).rejected[0].rows == 1
