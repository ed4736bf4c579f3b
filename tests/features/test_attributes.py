"""Sensitive attributes of audits: as known at as_of, in groups, of persons where they are so."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from src.core.taxonomy import load_taxonomy
from src.features.attributes import attributes
from tests.support.ledgers.handmade import small_ledger, spine_of

POLICY = load_taxonomy(Path("configs/taxonomy.yaml"), "simulated")  # bands at 30, 45 and 60
AS_OF = datetime(2024, 3, 1)
BEFORE, AFTER = AS_OF - timedelta(days=90), AS_OF + timedelta(days=90)
YEAR = timedelta(days=365.25)


def found(*customers, as_ofs=(AS_OF,)):
    ledger = small_ledger(customers=customers)
    names = sorted({row["customer_id"] for row in customers})
    table = attributes(ledger, spine_of(*((n, t) for t in as_ofs for n in names)), POLICY)
    kept = table[["gender", "age", "region"]].astype(object)
    return [tuple(row) for row in kept.where(kept.notna(), None).to_numpy()]


def person(**changes):
    born = AS_OF - 40 * YEAR
    row = {"customer_id": "a", "gender": "female", "birth_date": born, "region": "Hubei"}
    return row | changes


def test_a_person_has_gender_band_and_region():
    assert found(person()) == [("female", "30 to 45", "Hubei")]


@pytest.mark.parametrize(
    ("years", "band"), [(29.99, "below 30"), (30.01, "30 to 45"), (80, "60 and above")]
)
def test_the_band_is_that_of_the_age_at_the_snapshot(years, band):
    assert found(person(birth_date=AS_OF - years * YEAR)) == [("female", band, "Hubei")]


def test_the_band_moves_on_with_the_snapshots():
    born = person(birth_date=AS_OF - 30 * YEAR + timedelta(days=10))
    assert [age for _, age, _ in found(born, as_ofs=(AS_OF, AFTER))] == ["below 30", "30 to 45"]


def test_a_company_has_a_region_alone():
    assert found(person(kind="company", gender=None)) == [(None, None, "Hubei")]


def test_what_is_not_known_is_missing():
    assert found(person(gender=None, birth_date=None, region=None)) == [(None, None, None)]
    assert found(person(known_at=AFTER)) == [(None, None, None)]


def test_who_moved_counts_where_they_were_known_to_live():
    moved = person(known_at=BEFORE, known_until=AFTER), person(known_at=AFTER, region="Fujian")
    later = AFTER + timedelta(days=1)
    assert [region for *_, region in found(*moved, as_ofs=(AS_OF, later))] == ["Hubei", "Fujian"]
