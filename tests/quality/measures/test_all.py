"""In a sound bank nothing is found, and a second look finds the same."""

from src.quality.figures.consistency import Presence, Statements
from tests.support.quality.measuring import measured
from tests.support.quality.sound_bank import sound_bank


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


def test_two_measurements_are_equal(sound, tmp_path):
    assert measured(sound_bank(), tmp_path) == sound
