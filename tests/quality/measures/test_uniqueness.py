"""Keys with several rows are found, and customers with several records are counted."""

import json

from tests.support.quality.measuring import measured, of
from tests.support.quality.sound_bank import DAY, MONTHS, START, sound_bank


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
