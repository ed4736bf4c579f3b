"""With `engine.name: spark` the pipeline's own stages run, and write what they write on DuckDB."""

import json
from typing import Any

import pandas as pd
import pytest

from src.core.files import read_parquet
from tests.contracts.test_engines import QUICK, assert_same, java_is_here
from tests.support.project.checkout import Checkout

pytestmark = pytest.mark.slow  # the small bank's features on Spark take a minute or two
STAGES = ("assets", "features", "labels", "candidate")
TABLES = (
    "assets/asset_size",
    "features/features",
    "labels/risk_appetite",
    "labels/value_tier",
    "labels/churn",
    "candidate/release/scores/unscored",
)


@pytest.fixture(scope="module")
def on_spark(copied_bank: Checkout) -> Checkout:
    """The small bank, whose stages have run on Spark from the assets on."""
    java_is_here()
    path = copied_bank.folder / "params.yaml"
    text = path.read_text("utf-8").replace("  options: {}", f"  options: {json.dumps(QUICK)}")
    path.write_text(text.replace("  name: duckdb", "  name: spark"), "utf-8")
    copied_bank.run("dvc", "repro", "--single-item", *STAGES)
    return copied_bank


@pytest.mark.parametrize("table", TABLES)
def test_each_table_is_a_folder_with_the_same_rows(
    on_spark: Checkout, small_bank: Checkout, table: str
) -> None:
    path = f"data/simulated/{table}.parquet"
    assert len(list((on_spark.folder / path).rglob("*.parquet"))) > 1
    expected = read_parquet(small_bank.folder / path)
    assert len(expected) or table == "candidate/release/scores/unscored"
    assert_same(read_parquet(on_spark.folder / path), expected)


def test_every_customer_is_scored_the_same_with_the_same_reasons(
    on_spark: Checkout, small_bank: Checkout
) -> None:
    found, expected = (
        bank.scores().sort_values("customer_id", ignore_index=True)
        for bank in (on_spark, small_bank)
    )
    told = [name for name in expected if name.endswith("_reasons")]
    assert len(expected) > 100
    assert told
    assert_same(found.drop(columns=told), expected.drop(columns=told))
    for name in told:
        assert_same(_told(found[name]), _told(expected[name]))


def _told(column: "pd.Series[Any]") -> pd.DataFrame:
    """All reasons, with the row that each is of."""
    return pd.DataFrame(
        [{"row": row, **reason} for row, reasons in enumerate(column) for reason in reasons]
    )
