"""DuckDB and Spark say the same of the same ledger: whole numbers exactly, floats to 1e-9."""

import statistics
import warnings
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from src.core.engine import EngineParams, connect, connect_engine
from src.core.engine.java import find_java
from src.core.errors import ConfigError, FeatureError
from src.core.files import read_parquet
from src.core.ledger import known_before, ledger_from_arrow, open_ledger
from src.core.schemas import TABLES
from src.core.taxonomy import load_taxonomy
from src.features.arrivals import arrivals
from src.features.assets import asset_size, sizes_at
from src.features.build import build_features
from src.features.label_account import LabelAccounts
from src.features.labels import Outcomes, build_labels
from src.features.spec import load_catalogue
from src.features.spine import engine_spine, make_spine
from src.features.stored import read_spine, write_rows
from src.serving.scoring import score_batch, scores_table
from src.serving.spark_scoring import latest_features, score_on_spark
from tests.features.test_assets import AS_OF, in_foreign_currencies
from tests.support.features.specs import SPEC
from tests.support.ledgers.handmade import BASE, arrow_of, spine_of
from tests.support.ledgers.strategies import SNAPSHOTS, many_customers
from tests.support.serving import served_bank as bank

pytestmark = pytest.mark.slow  # a Spark session, and a quarter of a minute a comparison
CATALOGUE = load_catalogue(Path("configs/features.yaml"))
POLICY = load_taxonomy(Path("configs/taxonomy.yaml"), "simulated")
# As the bank's, with borders that fall within what the customers hold.
BORDERS = (0, 150, 5_000, 130_000)
LOW = POLICY.model_copy(
    update={
        "value_tier": POLICY.value_tier.model_copy(
            update={
                "tiers": tuple(
                    tier.model_copy(update={"from_units": border})
                    for tier, border in zip(POLICY.value_tier.tiers, BORDERS, strict=True)
                )
            }
        ),
        "churn": POLICY.churn.model_copy(
            update={"minimum_assets_units": 0.01, "active_days": 300, "horizon_days": 90}
        ),
    }
)
# Days and amounts of two customers of whom one churns.
HISTORIES = {
    "stays": [(day, 10_000_00) for day in range(5, 500, 20)],
    "leaves": [(5, 90_000_00), (140, 1_00), (160, -89_000_00)],
}
EARLIER = [BASE + timedelta(days=days) for days in (150, 210, 270, 330)]
# For small tables Spark's compiler costs more than it saves: these settings do without it.
QUICK = {
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",
}


def java_is_here():
    pytest.importorskip("pyspark")
    try:
        find_java()
    except ConfigError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def spark():
    java_is_here()
    return connect_engine(EngineParams(name="spark", threads=2, options=QUICK))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The ledger in files, those of customers by buckets, as a larger bank has them."""
    where, tables = tmp_path_factory.mktemp("ledger"), many_customers(ledgers=30)
    for name in ("stays", "leaves"):
        tables["customers"].append({"customer_id": f"x-{name}", "known_at": BASE})
        for number, (days, amount) in enumerate(HISTORIES[name]):
            moved = {"transaction_id": f"{name}-{number}", "customer_id": f"x-{name}"}
            at = BASE + timedelta(days=days)
            tables["transactions"].append({**moved, "occurred_at": at, "amount_minor": amount})
    for name, rows in tables.items():
        table, path = arrow_of(name, rows), where / f"{name}.parquet"
        if "customer_id" not in table.column_names:
            pq.write_table(table, path)
            continue
        bucket = pc.utf8_slice_codeunits(table["customer_id"], 2, 3)
        pq.write_to_dataset(table.append_column("bucket", bucket), path, ["bucket"])
    pq.write_table(arrow_of("labels", []), where / "labels.parquet")
    return where


@pytest.fixture(scope="module")
def ledgers(folder, spark):
    """The same ledger on DuckDB and on Spark."""
    return open_ledger(folder, connect(EngineParams(threads=1))), open_ledger(folder, spark)


@pytest.fixture(scope="module")
def spine(ledgers):
    return make_spine(ledgers[0], SNAPSHOTS)


def assert_same(found, expected):
    """Equal columns, rows, types and unknowns; whole numbers exactly, others to 1e-9."""
    assert list(found.columns) == list(expected.columns)
    assert len(found) == len(expected)
    for name, wanted in expected.items():
        values = found[name]
        if wanted.dtype.kind != "f":
            assert values.dtype == wanted.dtype, name
            assert values.equals(wanted), name
            continue
        known = wanted.dropna()
        tolerance = 0 if (known % 1 == 0).all() else 1e-9
        np.testing.assert_allclose(values, wanted, rtol=tolerance, atol=0, err_msg=name)


def test_the_spine_is_the_same(ledgers, spine):
    assert len(spine) > 80
    assert_same(make_spine(ledgers[1], SNAPSHOTS), spine)


def test_every_feature_of_the_catalogue_is_the_same(ledgers, spine):
    duckdb, spark = (build_features(ledger, spine, CATALOGUE) for ledger in ledgers)
    assert_same(spark, duckdb)
    varied = [name for name in CATALOGUE.names if duckdb[name].min() < duckdb[name].max()]
    assert len(varied) > len(CATALOGUE) / 3


def test_asset_sizes_are_the_same_to_the_last_cent(ledgers, spine):
    duckdb, spark = (asset_size(ledger, spine) for ledger in ledgers)
    assert len(set(duckdb["asset_minor"])) > 20
    assert len(set(duckdb["why_incomplete"])) > 3
    assert_same(spark, duckdb)


def test_positions_are_worth_every_digit_of_their_rate_on_spark_too(spark):
    tables = {name: arrow_of(name, rows) for name, rows in in_foreign_currencies().items()}
    found, expected = (
        asset_size(ledger_from_arrow(tables, engine), spine_of(("a", AS_OF)))
        for engine in (spark, connect(EngineParams(threads=1)))
    )
    assert expected["asset_minor"].iloc[0] > 10**13
    assert_same(found, expected)


@pytest.mark.parametrize(
    ("task", "ends", "classes"),
    [
        ("risk_appetite", "together", 2),
        ("value_tier", "together", 2),
        ("value_tier", "by_customer", 1),  # few of the drawn customers last until the horizon
        ("churn", "together", 2),
    ],
)
def test_labels_are_the_same(ledgers, task, ends, classes):
    spine = make_spine(ledgers[0], EARLIER)
    duckdb, spark = (build_labels(ledger, spine, task, LOW, ends) for ledger in ledgers)
    assert len(set(duckdb["label"])) >= classes
    assert_same(spark, duckdb)


def account(ledger, spine):
    outcomes = Outcomes(ledger, spine, LOW)
    return LabelAccounts(ledger, outcomes, LOW).of("churn", outcomes.of("churn", 30))


def test_the_account_of_the_labels_is_the_same(ledgers):
    duckdb, spark = (account(ledger, make_spine(ledgers[0], EARLIER)) for ledger in ledgers)
    assert min(len(duckdb["unlabelled"]), len(duckdb["by_segment"]["age"])) > 1
    assert spark == duckdb


def test_arrivals_are_the_same(ledgers):
    duckdb, spark = (arrivals(ledger) for ledger in ledgers)
    assert spark.equals(duckdb)


def test_the_ledger_as_it_stood_answers_the_same(ledgers, spine):
    some = CATALOGUE.select(["net_sum_90d", "movements_count_30d", "questionnaire_level"])
    stood = (known_before(ledger, SNAPSHOTS[1]) for ledger in ledgers)
    duckdb, spark = (build_features(ledger, spine, some) for ledger in stood)
    assert_same(spark, duckdb)


def test_tables_that_stay_in_spark_are_written_by_snapshots_and_read_as_duckdbs(
    ledgers, spine, tmp_path
):
    duckdb, spark = ledgers
    some = CATALOGUE.select(["net_sum_90d", "holding_value"])
    write_rows(duckdb, build_features(duckdb, spine, some), tmp_path / "one.parquet")
    held = engine_spine(spark, SNAPSHOTS)
    write_rows(spark, build_features(spark, held, some), tmp_path / "many.parquet")
    folders = {path.name for path in (tmp_path / "many.parquet").glob("snapshot=*")}
    assert folders == {f"snapshot={as_of:%Y-%m-%d}" for as_of in SNAPSHOTS}
    assert_same(read_parquet(tmp_path / "many.parquet"), read_parquet(tmp_path / "one.parquet"))
    again = read_spine(spark, tmp_path / "many.parquet")
    labels = build_labels(spark, again, "risk_appetite", POLICY)
    write_rows(spark, labels, tmp_path / "labels.parquet")
    assert_same(
        read_parquet(tmp_path / "labels.parquet"),
        build_labels(duckdb, spine, "risk_appetite", POLICY),
    )


def test_sizes_at_the_datas_end_are_written_whole(ledgers, tmp_path):
    duckdb, spark = ledgers
    write_rows(spark, sizes_at(spark, SNAPSHOTS[-1]), tmp_path / "sizes.parquet")
    found = read_parquet(tmp_path / "sizes.parquet")
    assert_same(found, asset_size(duckdb, found[["customer_id", "as_of"]]))


def test_batch_scores_are_the_same_with_their_reasons(spark, tmp_path):
    features, bundles, manifest = bank.promote(tmp_path)
    given = spark.given("features", pa.Table.from_pandas(features, preserve_index=False))
    currency, bundles = manifest["base_currency"], dict(sorted(bundles.items()))
    scored = score_on_spark(spark, latest_features(given), tmp_path / "bundle", 3, currency)
    spark.write(scored, tmp_path / "scores.parquet", ["customer_id"], snapshots=False)
    latest = features[features["as_of"] == bank.AS_OF].sort_values("customer_id")
    expected = scores_table(latest, score_batch(latest, bundles, 3, currency))
    found = pq.read_table(tmp_path / "scores.parquet")
    assert found.schema.field("as_of").type == pa.timestamp("us")
    told = [name for name in expected.column_names if name.endswith("_reasons")]
    assert_same(found.drop_columns(told).to_pandas(), expected.drop_columns(told).to_pandas())
    for name in told:
        assert_same(reasons(found[name]), reasons(expected[name]))


def reasons(column):
    """All reasons, row by row, with the row that each is of."""
    return pd.DataFrame(
        [{"row": row, **reason} for row, told in enumerate(column.to_pylist()) for reason in told]
    )


def test_a_version_that_occurs_twice_is_refused_by_table_and_key(spark):
    twice = [{"product_id": "P", "asset_class": "bond"}] * 2
    tables = {name: arrow_of(name, []) for name in TABLES} | {
        "products": arrow_of("products", twice)
    }
    own = connect_engine(EngineParams(name="spark"))  # another session of the same Spark
    spine = pd.DataFrame({"customer_id": ["a"], "as_of": pd.to_datetime(["2024-06-01"])})
    with pytest.raises(FeatureError, match=r"products: key .* = \(P, .*\) occurs twice"):
        build_features(ledger_from_arrow(tables, own), spine, SPEC)


def test_squares_of_money_beyond_64_bits_are_exact(spark):
    moves = [
        {"customer_id": "a", "occurred_at": datetime(2024, 5, day), "amount_minor": 4 * 10**12}
        for day in range(1, 29)
    ]
    tables = {"transactions": arrow_of("transactions", moves), "fx_rates": arrow_of("fx_rates", [])}
    spine = pd.DataFrame({"customer_id": ["a"], "as_of": pd.to_datetime(["2024-06-01"])})
    some = SPEC.select(["net_std_6p", "holding_herfindahl"])
    own = connect_engine(EngineParams(name="spark"))
    found = build_features(ledger_from_arrow(tables, own), spine, some)
    sums = [27 * 4 * 10**10, 4 * 10**10, 0, 0, 0, 0]  # the first of May lies 31 days back
    assert found["net_std_6p"][0] == pytest.approx(statistics.pstdev(sums), rel=1e-12)
    assert found["holding_herfindahl"][0] == 1.0


def test_no_warning_of_pysparks_reaches_the_user(ledgers, spine):
    some = CATALOGUE.select(["movements_count_30d"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        build_features(ledgers[1], spine, some)
