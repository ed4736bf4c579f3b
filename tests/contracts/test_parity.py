"""A batch of many customers and instants equals each of its rows computed alone."""

from pathlib import Path

import numpy as np
from hypothesis import given

from src.features.assets import asset_size
from src.features.build import build_features
from src.features.spec import load_catalogue
from tests.support.example_counts import few
from tests.support.ledgers.handmade import small_ledger
from tests.support.ledgers.strategies import full_spine, ledger_rows

CATALOGUE = load_catalogue(Path("configs/features.yaml"))


def products_of(rows):
    """As an endpoint sees it: the products that the customer moved or stated, no others."""
    names = {row.get("product_id") for table in ("transactions", "balances") for row in rows[table]}
    return [product for product in rows["products"] if product["product_id"] in names]


@few(2)
@given(ledger_rows())
def test_features_of_a_batch_equal_those_of_a_single_row_and_its_own_rows_of_the_ledger(rows):
    names, spine = list(CATALOGUE.names), full_spine()
    batch = build_features(small_ledger(**rows), spine, CATALOGUE)
    for number in range(len(batch)):
        row = batch.iloc[[number]]
        alone = {
            name: [
                event
                for event in content
                if event.get("customer_id", row["customer_id"].iloc[0])
                == row["customer_id"].iloc[0]
            ]
            for name, content in rows.items()
        }
        alone["products"] = products_of(alone)
        single = build_features(small_ledger(**alone), row[["customer_id", "as_of"]], CATALOGUE)
        found, expected = single[names].to_numpy(), row[names].to_numpy()
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9, equal_nan=True)
        whole = [n for n in names if CATALOGUE[n].unit == "count" and "slope" not in n]
        np.testing.assert_array_equal(single[whole], row[whole])


@few(4)
@given(ledger_rows())
def test_asset_size_of_a_batch_equals_that_of_a_single_row_to_the_bit(rows):
    ledger = small_ledger(**rows)
    batch = asset_size(ledger, full_spine())
    for number in range(len(batch)):
        row = batch.iloc[[number]].reset_index(drop=True)
        assert asset_size(ledger, row[["customer_id", "as_of"]]).equals(row)
