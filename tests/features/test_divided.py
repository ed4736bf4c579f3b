"""What each slice is given of a ledger, beside the rows that are its customers' own."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from src.features import divided
from src.features.divided import DIVIDED
from tests.features.test_build import AS_OF
from tests.support.ledgers.handmade import small_ledger

CUSTOMERS = [f"c{number}" for number in range(7)]
WANTED = ("customer_id", "occurred_at", "amount_minor", "category")


def moves(count):
    """Movements that became known in another order than they happened in."""
    drawn = np.random.default_rng(3)
    return [
        {
            "transaction_id": f"T{n}",
            "customer_id": CUSTOMERS[drawn.integers(7)],
            "occurred_at": AS_OF + timedelta(minutes=n + int(drawn.integers(3)) * 5),
            "amount_minor": n,
            "category": [None, "rent", "salary"][n % 3] if n < count / 2 else "travel",
        }
        for n in range(count)
    ]


def slices_of(*customers):
    """Slices with one row of each of their customers."""
    rows = [pd.DataFrame({"customer_id": each, "as_of": AS_OF}) for each in customers]
    ends = np.cumsum([0, *(len(each) for each in rows)])
    return [each.assign(row=np.arange(len(each)) + e) for each, e in zip(rows, ends, strict=False)]


@pytest.mark.parametrize(
    ("few", "texts"),
    [(0, 5_000), (0, 0), (8, 5_000)],
    ids=["chunks on disk", "with texts as they are", "held"],
)
def test_a_slice_has_its_customers_rows_by_customer_and_time(monkeypatch, few, texts):
    monkeypatch.setattr(divided, "FEW_SLICES", few)
    monkeypatch.setattr(divided, "MOST_TEXTS", texts)
    monkeypatch.setattr(divided, "FEWEST_ROWS", 1_000)
    rows = moves(5_000)
    written = []
    sound = divided._write
    monkeypatch.setattr(divided, "_write", lambda *a: written.append(a) or sound(*a))
    wanted = {"transactions": WANTED, "products": ("product_id",), "balances": ("customer_id",)}
    ledger = small_ledger(transactions=rows, products=[{"product_id": "P"}])
    # c2 has rows in two slices, c6 in none
    slices = slices_of(["c3", "c0", "c2"], ["c2", "c5"], ["c4", "c1"])
    with divided.divided(ledger, slices, wanted) as part:
        for number, each in enumerate(slices):
            tables = part(number)
            found = tables[f"{DIVIDED}transactions"].select(WANTED).to_pandas()
            order = {who: place for place, who in enumerate(each["customer_id"])}
            own = pd.DataFrame([row for row in rows if row["customer_id"] in order])
            place = own["customer_id"].map(order)
            own = own.assign(place=place).sort_values(["place", "occurred_at", "amount_minor"])
            found = found.assign(place=found["customer_id"].map(order))
            assert found[["place", "occurred_at"]].equals(
                found[["place", "occurred_at"]].sort_values(["place", "occurred_at"])
            )
            found = found.sort_values(["place", "occurred_at", "amount_minor"])
            expected = own[list(WANTED)].to_numpy(dtype=object, na_value="")
            assert (found[list(WANTED)].to_numpy(dtype=object, na_value="") == expected).all()
            assert tables[f"{DIVIDED}products"].num_rows == 1
            assert tables[f"{DIVIDED}balances"].num_rows == 0
        nobody = part(None)
        assert nobody[f"{DIVIDED}transactions"].num_rows == 0
        assert nobody[f"{DIVIDED}products"].num_rows == 1
    chunks = [path for path, _ in written if path.name.startswith("transactions")]
    assert (len(chunks) > 1) == (few == 0)
