"""Tables, statements, quotations and control totals that disagree are found with their lines."""

from src.quality.figures.consistency import Presence
from tests.support.quality.measuring import measured, moved, names, of
from tests.support.quality.sound_bank import MONTHS, core, sound_bank


def test_a_short_delivery_is_found_against_its_control_and_those_before(sound, tmp_path):
    world = sound_bank()
    world.files[2]["rows"] = 100
    found = measured(world, tmp_path)
    assert moved(sound, found) == {"series", "controls"}
    assert names(found.controls, "rows", "expected", "missing")[2] == (100, 400, 300)
    assert found.series[0].rows == (400, 400, 100)
    assert found.series[0].fewest_before == 400


def test_an_orphan_in_the_ledger_is_found_with_its_line(tmp_path):
    world = sound_bank()
    world.rows["transactions"][5]["customer_id"] = "nobody"
    found = measured(world, tmp_path)
    reference = of(found.references, table="transactions", column="customer_id")
    assert (reference.orphans, reference.rows) == (1, 1200)
    assert reference.lines == (f"{core(0)}:6",)
    assert of(found.references, table="balances", column="customer_id").orphans == 0


def test_a_missing_movement_breaks_one_statement_and_its_line_is_named(sound, tmp_path):
    world = sound_bank()
    moves = world.rows["transactions"]
    place = next(
        i for i, r in enumerate(moves) if r["occurred_at"] > MONTHS[0] and r["kind"] != "buy"
    )
    del world.rows["transactions"][place], world.lines["transactions"][place]
    found = measured(world, tmp_path)
    money, units = found.statements
    assert (money.agreeing, money.compared, units.agreeing) == (79, 80, 80)
    assert money.lines == ("statements.csv:4",)


def test_a_movement_that_no_longer_stands_moves_nothing(tmp_path):
    world = sound_bank()
    row = world.rows["transactions"][15]
    world.add("transactions", {**row, "amount_minor": 1, "known_until": MONTHS[2]}, (core(1), 999))
    assert measured(world, tmp_path).statements[0].agreeing == 80


def test_a_held_product_without_a_price_is_named(sound, tmp_path):
    world = sound_bank()
    world.rows["prices"].clear()
    world.lines["prices"].clear()
    found = measured(world, tmp_path)
    assert of(found.presence, what="price") == Presence("price", 1, 0, ("FUND",))
    assert of(found.presence, what="rate").share == 1
