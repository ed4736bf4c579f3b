"""Customers are told apart by when they became known, whatever their pseudonyms are."""

from datetime import datetime

from src.features.arrivals import arrivals
from tests.support.ledgers.handmade import small_ledger

EARLY, LATE = datetime(2020, 1, 1), datetime(2020, 3, 1, 8, 30)


def known(*customers):
    """The arrivals of customers in the ledger's order: (name, known_at)."""
    rows = [{"customer_id": name, "known_at": at} for name, at in customers]
    return arrivals(small_ledger(customers=rows)).to_dict()


def test_customers_of_one_instant_are_numbered_as_they_stand_in_the_ledger():
    found = known(("c", EARLY), ("a", EARLY), ("b", LATE))
    assert found == {
        "c": "2020-01-01T00:00:00.000000/00000000",
        "a": "2020-01-01T00:00:00.000000/00000001",
        "b": "2020-03-01T08:30:00.000000/00000000",
    }


def test_other_pseudonyms_and_later_customers_and_versions_change_nothing():
    before = known(("c", EARLY), ("a", EARLY), ("b", LATE))
    after = known(("k1", EARLY), ("k2", EARLY), ("k3", LATE), ("k4", LATE), ("k1", LATE))
    assert list(before.values()) == list(after.values())[:3]
    assert len(set(after.values())) == 4
