"""Late rows and files that stay away are found."""

from datetime import timedelta

from tests.support.quality.measuring import measured, moved, of
from tests.support.quality.sound_bank import DAY, MONTHS, sound_bank


def test_late_rows_are_found(sound, tmp_path):
    world = sound_bank()
    for row in world.rows["transactions"][:6]:
        row["known_at"] = row["occurred_at"] + timedelta(days=41)
    found = measured(world, tmp_path)
    assert moved(sound, found) == {"delays"}
    delay = of(found.delays, table="transactions", scope="all")
    assert (delay.late, delay.median, delay.largest) == (6, 120, 41 * 1440)


def test_a_file_that_did_not_come_with_the_others_is_overdue(tmp_path):
    world = sound_bank()
    for number, day in enumerate((70, 60, 55)):
        arrived = (MONTHS[2] - day * DAY).isoformat()
        file = {"name": "weekly", "file": f"weekly_{number}.csv", "rows": 1, "delivered": arrived}
        world.files.append(file)
    series = of(measured(world, tmp_path).series, name="weekly")
    assert (series.behind_days, series.overdue_days) == (55, 45)  # the longest gap was 10
