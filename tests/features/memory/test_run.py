"""One customer's features without an engine: the same expressions, the same bits."""

import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from subprocess import run

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given

from src.core.engine import EngineParams, connect
from src.core.errors import FeatureError
from src.core.ledger import ledger_from_arrow, ledger_in_memory
from src.features.build import build_features
from src.features.definitions.events import Periodic, Windowed
from src.features.definitions.state import Holding
from src.features.spec import FeatureSpec, load_catalogue
from tests.support.example_counts import few
from tests.support.features.specs import SPEC, feature
from tests.support.ledgers.handmade import arrow_of, spine_of
from tests.support.ledgers.strategies import full_spine, ledger_rows

AS_OF = datetime(2024, 6, 1)
CATALOGUE = load_catalogue(Path("configs/features.yaml"))
BACKEND = connect(EngineParams(threads=1))


def tables_of(rows):
    return {name: arrow_of(name, content) for name, content in ({"fx_rates": []} | rows).items()}


def no_engine():
    raise AssertionError("an engine was asked for")


def in_memory(rows, spine, spec, session=no_engine):
    return build_features(ledger_in_memory(tables_of(rows), session), spine, spec)


def on_engine(rows, spine, spec):
    return build_features(ledger_from_arrow(tables_of(rows), BACKEND), spine, spec)


def assert_same_bits(found, expected):
    pd.testing.assert_frame_equal(found, expected, check_exact=True)


def money(customer, days, amount, **more):
    at = AS_OF - timedelta(days=days)
    return {"customer_id": customer, "occurred_at": at, "amount_minor": amount, **more}


@few(15)
@given(ledger_rows())
def test_all_kinds_of_definition_are_computed_to_the_same_bits_as_by_the_engine(rows):
    assert_same_bits(in_memory(rows, full_spine(), SPEC), on_engine(rows, full_spine(), SPEC))


@few(6)
@given(ledger_rows())
def test_the_shipped_catalogue_is_computed_to_the_same_bits_as_by_the_engine(rows):
    found = in_memory(rows, full_spine(), CATALOGUE)
    assert_same_bits(found, on_engine(rows, full_spine(), CATALOGUE))


def test_a_customer_without_history_is_answered_without_an_engine():
    spine = spine_of(("nobody", AS_OF))
    assert_same_bits(in_memory({}, spine, CATALOGUE), on_engine({}, spine, CATALOGUE))


def test_sums_beyond_64_bits_are_exact():
    moves = [money("A", days, 3_000_000_017 * days) for days in range(1, 170, 7)]
    fund = {"product_id": "FUND", "asset_class": "bond_fund"}
    buys = [money("A", 3, -5, kind="buy", product_id="FUND", quantity=900_000_000.5)]
    price = {"product_id": "FUND", "date": AS_OF - timedelta(days=9), "close": 701.25}
    rows = {"transactions": moves + buys, "products": [fund], "prices": [price]}
    spec = FeatureSpec(
        [
            feature(definition)
            for definition in (
                Periodic(measure="net", how="slope", periods=6),
                Holding(how="class_herfindahl"),
                Holding(how="herfindahl"),
                Holding(how="value"),
            )
        ]
    )
    spine = spine_of(("A", AS_OF), ("nobody", AS_OF))
    assert_same_bits(in_memory(rows, spine, spec), on_engine(rows, spine, spec))


def test_several_requests_at_once_get_each_their_own_answer():
    def rows(number):
        return {"transactions": [money("A", days, number * days) for days in range(1, 60)]}

    def answer(number):
        return in_memory(rows(number), spine_of(("A", AS_OF)), SPEC)

    expected = [answer(number) for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(answer, [*range(8)] * 5))
    for number, frame in enumerate(found):
        assert_same_bits(frame, expected[number % 8])


def test_another_spec_is_answered_by_its_own_definitions():
    rows = {"transactions": [money("A", 10, 100), money("A", 50, 1000)]}
    for days, expected in ((30, 1.0), (90, 11.0)):
        spec = FeatureSpec([feature(Windowed(measure="net", how="sum", days=days))])
        built = in_memory(rows, spine_of(("A", AS_OF)), spec)
        assert built.iloc[0, 2] == expected


def test_another_price_of_the_same_product_is_seen_by_the_next_request():
    product = {"product_id": "FUND", "asset_class": "bond_fund"}
    held = [money("A", 3, -5, kind="buy", product_id="FUND", quantity=10.0)]
    spec = FeatureSpec([feature(Holding(how="value", only=None))])
    for close in (2.0, 3.0):
        price = {"product_id": "FUND", "date": AS_OF - timedelta(days=9), "close": close}
        rows = {"transactions": held, "products": [product], "prices": [price]}
        built = in_memory(rows, spine_of(("A", AS_OF)), spec)
        assert built.iloc[0, 2] == pytest.approx(10 * close - 0.05)


def test_numbers_beyond_their_type_are_refused_and_the_next_request_is_answered():
    fine = {"transactions": [money("A", 1, 100)]}
    much = money("A", 2, -100, kind="buy", product_id="FUND", quantity=1e18)
    session, spine = connect(EngineParams(threads=1)), spine_of(("A", AS_OF))
    with pytest.raises(duckdb.ConversionException):
        in_memory({"transactions": [much]}, spine, SPEC, lambda: session)
    assert_same_bits(in_memory(fine, spine, SPEC), on_engine(fine, spine, SPEC))
    twice = {"customers": [{"customer_id": "A"}] * 2, **fine}
    with pytest.raises(FeatureError):
        in_memory(twice, spine, SPEC, lambda: session)
    again = build_features(ledger_from_arrow(tables_of(fine), session), spine, SPEC)
    assert_same_bits(again, in_memory(fine, spine, SPEC))


@pytest.mark.parametrize(
    ("table", "row", "key"),
    [
        ("customers", {"customer_id": "A"}, "A"),
        ("products", {"product_id": "P", "asset_class": "bond"}, "P"),
    ],
)
def test_a_version_that_occurs_twice_is_named_with_its_table_and_key(table, row, key):
    with pytest.raises(FeatureError, match=rf"{table}: key .*{key}.*occurs twice"):
        in_memory({table: [row, row]}, spine_of(("A", AS_OF)), SPEC, lambda: BACKEND)


def test_where_there_is_no_numba_the_engine_answers():
    """In a process of its own: this one has loaded it already."""
    program = """
import sys
sys.modules["numba"] = None
from tests.features.memory.test_run import *
rows = {"transactions": [money("A", 10, 100)]}
spec = FeatureSpec([feature(Windowed(measure="net", how="sum", days=30))])
built = in_memory(rows, spine_of(("A", AS_OF)), spec, lambda: BACKEND)
assert built.iloc[0, 2] == 1.0
try:
    in_memory(rows, spine_of(("A", AS_OF)), spec)
except AssertionError as error:
    print(error)
"""
    done = run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "an engine was asked for" in done.stdout


def test_several_customers_at_several_instants_come_back_sorted():
    rows = {"transactions": [money("B", 10, 100), money("A", 50, 1000)]}
    spine = spine_of(("B", AS_OF), ("A", AS_OF), ("B", AS_OF - timedelta(days=30)))
    built = in_memory(rows, spine, SPEC)
    assert built["customer_id"].tolist() == ["B", "A", "B"]
    assert built["as_of"].is_monotonic_increasing
    assert np.array_equal(built["net_sum_90d"], [0.0, 10.0, 1.0])
