"""The store holds the latest row of every customer and the market, and says what is missing."""

import pandas as pd
import pytest

from src.core.errors import KehuError
from src.serving.store import latest_rows, open_store, write_store
from tests.support.serving.served_bank import AS_OF, CUSTOMERS, SILENT


def test_the_latest_snapshot_of_each_customer_is_served(served, scorer):
    assert len(scorer.store.features) == CUSTOMERS
    assert (scorer.store.features["as_of"] == pd.Timestamp(AS_OF)).all()
    assert scorer.store.without_history == {SILENT}


def test_a_customer_who_left_is_served_at_the_last_snapshot_that_holds_it(served):
    features = served.features
    gone = features[~((features["customer_id"] == "C0001") & (features["as_of"] == AS_OF))]
    rows = latest_rows(gone.sample(frac=1, random_state=0)).set_index("customer_id")
    assert rows.loc["C0001", "as_of"] == pd.Timestamp("2024-06-01")
    assert rows.loc["C0002", "as_of"] == pd.Timestamp(AS_OF)
    assert rows.index.is_unique and len(rows) == CUSTOMERS


def test_only_the_market_of_the_products_asked_for_is_taken(scorer):
    market = scorer.store.market_of({"EQ2", "unknown"})
    assert market["products"]["product_id"].to_pylist() == ["EQ2"]
    assert set(market["prices"]["product_id"].to_pylist()) == {"EQ2"}
    assert len(market["prices"]) == 18
    assert len(scorer.store.market_of(set())["prices"]) == 0


def test_the_rate_of_the_base_currency_is_there_whatever_is_asked_for(scorer):
    assert scorer.store.currencies == {"CNY"}
    assert scorer.store.market_of(set())["fx_rates"]["rate"].to_pylist() == [1.0]


def test_the_base_currency_is_priced_offline_beside_a_product_without_rates(served):
    features = served.features
    assert (features["equity_holding_share"] > 0).sum() == 88


def test_the_same_inputs_give_the_same_bytes(served, tmp_path):
    folder, features = served.release.folder, served.features
    write_store(served.ledger, features.sample(frac=1, random_state=1), tmp_path / "s")
    for path in (folder / "serving").iterdir():
        assert (tmp_path / "s" / path.name).read_bytes() == path.read_bytes()


def test_a_missing_store_names_the_command_that_makes_it(tmp_path):
    with pytest.raises(KehuError, match="Run `make run` first"):
        open_store(tmp_path / "serving")


@pytest.mark.parametrize("name", ["features", "prices", "without_history"])
def test_a_missing_or_damaged_file_is_named(served, tmp_path, name):
    write_store(served.ledger, served.features, tmp_path / "serving")
    path = tmp_path / "serving" / f"{name}.parquet"
    path.write_bytes(b"no parquet")
    with pytest.raises(KehuError, match=f"{name}.parquet"):
        open_store(tmp_path / "serving")
    path.unlink()
    with pytest.raises(KehuError, match=f"{name}.parquet"):
        open_store(tmp_path / "serving")
