"""A column that changed its names or its unit drifts; its neighbours and seasons do not."""

from datetime import timedelta

from tests.support.quality.ledger_folders import World
from tests.support.quality.measuring import measured, of
from tests.support.quality.sound_bank import MONTHS, sound_bank


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
