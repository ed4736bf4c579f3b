"""In a sound bank nothing is found; each planted fault is found by its measure and by no other."""

import json
from dataclasses import fields
from datetime import timedelta

import pytest

from src.quality.figures.consistency import Presence, Statements
from src.quality.figures.measures import Measures

from .worlds import DAY, MONTHS, START, World, core, masked, measured, names, sound_bank


@pytest.fixture(scope="module")
def sound(tmp_path_factory) -> Measures:
    return measured(sound_bank(), tmp_path_factory.mktemp("sound"))


def moved(sound: Measures, found: Measures) -> set[str]:
    """The measures that differ from the sound bank's."""
    return {f.name for f in fields(Measures) if getattr(sound, f.name) != getattr(found, f.name)}


def of(figures, **wanted):
    """The one figure with these fields."""
    (found,) = [f for f in figures if all(getattr(f, k) == v for k, v in wanted.items())]
    return found


def test_in_a_sound_bank_nothing_is_found(sound):
    mapped = {"sector", "issuer", "category", "counterparty"}  # the world leaves these empty
    assert all(f.share == 1 for f in sound.filled if f.column not in mapped)
    assert sound.rejected == sound.changed == ()
    assert all(k.repeated == k.repeated_versions == 0 and k.things == k.rows for k in sound.keys)
    assert all(d.late == 0 for d in sound.delays)
    assert all(c.missing == 0 for c in sound.controls)
    assert all(r.orphans == 0 for r in sound.references)
    assert sound.statements == (Statements("money", 80, 80), Statements("units", 80, 80))
    assert sound.presence == (Presence("price", 1, 1, ()), Presence("rate", 1, 1, ()))
    assert all((d.excess or 0) == 0 and d.empty_change == 0 for d in sound.drift)


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


def test_a_key_with_two_standing_rows_is_found(tmp_path):
    world = sound_bank()
    world.add(
        "prices",
        {"product_id": "FUND", "date": START, "close": 9.0, "known_at": START + DAY},
        ("prices.csv", 9),
    )
    keys = of(measured(world, tmp_path).keys, table="prices")
    assert (keys.rows, keys.standing, keys.things, keys.repeated) == (4, 4, 3, 1)
    assert keys.lines == ("prices.csv:2", "prices.csv:9")


def test_a_version_that_took_the_place_of_another_is_no_repetition(tmp_path):
    world = sound_bank()
    later = START + 90 * DAY
    world.rows["prices"][0]["known_until"] = later
    price = {"product_id": "FUND", "date": START, "close": 9.0, "known_at": later}
    world.add("prices", price, ("prices.csv", 9))
    found = measured(world, tmp_path)
    keys = of(found.keys, table="prices")
    assert (keys.rows, keys.standing, keys.things, keys.repeated) == (4, 3, 3, 0)
    assert of(found.delays, table="prices").late == 0  # what was known first counts


def test_two_versions_known_at_one_instant_are_found(tmp_path):
    world = sound_bank()
    world.add("prices", {**world.rows["prices"][0], "known_until": MONTHS[0]}, ("prices.csv", 9))
    assert of(measured(world, tmp_path).keys, table="prices").repeated_versions == 1


def test_customers_found_across_systems_are_counted_and_none_is_named(tmp_path):
    world = sound_bank()
    for record, customer in (
        ("crm:C1", "K1"),
        ("crm:C2", "K2"),
        ("core:X1", "K1"),
        ("core:X3", "K3"),
    ):
        world.references.append({"record": record, "customer_id": customer, "known_at": START})
    link = {"left_record": "crm:C1", "right_record": "core:X1", "probability": 0.99}
    evidence = json.dumps(
        {"name": {"weight": 3.5}, "phone": {"weight": 6}, "email": {"weight": -1}}
    )
    world.links.append({**link, "weight": 9.0, "evidence": evidence, "known_at": START})
    found = measured(world, tmp_path).identities
    assert (found.records, found.customers, found.merged, found.across) == (4, 3, 1, 1)
    assert found.systems == (("core", 2), ("crm", 2))
    assert found.evidence == (("name, phone", 1),)


def test_late_rows_are_found(sound, tmp_path):
    world = sound_bank()
    for row in world.rows["transactions"][:6]:
        row["known_at"] = row["occurred_at"] + timedelta(days=41)
    found = measured(world, tmp_path)
    assert moved(sound, found) == {"delays"}
    delay = of(found.delays, table="transactions", scope="all")
    assert (delay.late, delay.median, delay.largest) == (6, 120, 41 * 1440)


def test_a_short_delivery_is_found_against_its_control_and_those_before(sound, tmp_path):
    world = sound_bank()
    world.files[2]["rows"] = 100
    found = measured(world, tmp_path)
    assert moved(sound, found) == {"series", "controls"}
    assert names(found.controls, "rows", "expected", "missing")[2] == (100, 400, 300)
    assert found.series[0].rows == (400, 400, 100)
    assert found.series[0].fewest_before == 400


def test_a_file_that_did_not_come_with_the_others_is_overdue(tmp_path):
    world = sound_bank()
    for number, day in enumerate((70, 60, 55)):
        arrived = (MONTHS[2] - day * DAY).isoformat()
        file = {"name": "weekly", "file": f"weekly_{number}.csv", "rows": 1, "delivered": arrived}
        world.files.append(file)
    series = of(measured(world, tmp_path).series, name="weekly")
    assert (series.behind_days, series.overdue_days) == (55, 45)  # the longest gap was 10


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


def test_new_names_and_another_unit_drift_and_their_neighbours_do_not(sound, tmp_path):
    world = sound_bank()
    for row in world.rows["transactions"]:
        if row["occurred_at"] >= MONTHS[1]:
            row["amount_minor"] *= 100
            row["channel"] = row["channel"].replace("branch", "kiosk")
    found = measured(world, tmp_path)
    assert {d.column for d in found.drift if (d.excess or 0) > 0.2} == {"amount_minor", "channel"}
    channel = of(found.drift, column="channel")
    assert (channel.new, channel.vanished) == (("kiosk",), ("branch",))
    assert of(found.drift, column="amount_minor").shift > 10


def test_what_came_in_an_earlier_delivery_too_is_a_season(tmp_path):
    world = sound_bank()
    for row in world.rows["transactions"]:
        if not MONTHS[0] <= row["occurred_at"] < MONTHS[1]:
            row["channel"] = "festival" if row["channel"] == "branch" else None
    channel = of(measured(world, tmp_path).drift, column="channel")
    assert channel.new == ("festival",)
    assert channel.excess > 0.5
    assert (channel.least_excess, channel.least_empty_change) == (0, 0)


def test_prices_may_move(tmp_path):
    world = World()
    for month, arrived in enumerate(MONTHS):
        file = f"prices_{arrived:%Y%m%d}.csv"
        world.files.append({"file": file, "rows": 50, "delivered": arrived.isoformat()})
        for line in range(50):
            at = arrived - timedelta(hours=line)
            row = {"product_id": "FUND", "date": at, "close": 10.0**month, "known_at": at}
            world.add("prices", row, (file, line + 2))
    assert of(measured(world, tmp_path).drift, column="close").stability is None


def test_two_measurements_are_equal(sound, tmp_path):
    assert measured(sound_bank(), tmp_path) == sound


def test_masked_rows_stay_masked(tmp_path):
    world = sound_bank()
    world.reject("customers", "crm.csv", 99, "missing_kind", masked(name="[name 字字]"))
    assert measured(world, tmp_path).rejected[0].rows == 1
