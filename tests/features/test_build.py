import math
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given

from src.core.errors import FeatureError
from src.features.build import build_features
from src.features.definitions.events import Periodic, Windowed
from src.features.definitions.state import Holding
from src.features.spec import FeatureSpec, load_catalogue
from tests.support.example_counts import few
from tests.support.features.definition_contract import hold_to_oracle
from tests.support.features.specs import SPEC, feature
from tests.support.ledgers.handmade import small_ledger, spine_of
from tests.support.ledgers.revision_strategies import CUSTOMERS
from tests.support.ledgers.strategies import SNAPSHOTS, full_spine, ledger_rows

FEW = few(15)
AS_OF = datetime(2024, 6, 1)


@FEW
@given(ledger_rows())
def test_every_kind_of_definition_equals_the_slow_oracle(rows):
    hold_to_oracle(rows, full_spine(), SPEC)


def test_a_customer_without_history_gets_zeros_and_unknowns():
    built = build_features(small_ledger(), spine_of(("nobody", AS_OF)), SPEC)
    row = built.iloc[0]
    assert row["net_sum_90d"] == 0.0
    assert row["movements_count_30d"] == 0.0
    assert math.isnan(row["inflow_max_30d"])
    assert math.isnan(row["questionnaire_level"])


def test_rows_come_back_sorted_and_columns_are_the_spec_in_order():
    spine = spine_of(("b", AS_OF), ("a", AS_OF), ("c", AS_OF - timedelta(days=31)))
    built = build_features(small_ledger(), spine, SPEC)
    assert list(built["customer_id"]) == ["c", "a", "b"]
    assert list(built.columns) == ["customer_id", "as_of", *SPEC.names]
    assert (built[list(SPEC.names)].dtypes == "float64").all()


def test_an_empty_spine_gives_an_empty_table_with_all_columns():
    built = build_features(small_ledger(), spine_of(), SPEC)
    assert built.empty
    assert list(built.columns) == ["customer_id", "as_of", *SPEC.names]


def test_a_spine_row_given_twice_is_refused_by_name():
    with pytest.raises(FeatureError, match="'a', as_of 2024-06-01 00:00:00 occurs twice"):
        build_features(small_ledger(), spine_of(("a", AS_OF), ("a", AS_OF)), SPEC)


@pytest.mark.parametrize(
    ("spine", "message"),
    [
        (pd.DataFrame({"customer_id": ["a"]}), "column 'as_of' is missing"),
        (spine_of(("a", None)), "is empty"),
        (
            pd.DataFrame({"customer_id": ["a"], "as_of": pd.to_datetime(["2024-01-01"], utc=True)}),
            "naive timestamps",
        ),
    ],
)
def test_a_malformed_spine_is_refused_with_the_remedy(spine, message):
    with pytest.raises(FeatureError, match=message):
        build_features(small_ledger(), spine, SPEC)


def test_a_product_listed_twice_is_refused_by_table_and_key():
    twice = [{"product_id": "P", "asset_class": "bond"}] * 2
    with pytest.raises(
        FeatureError, match=r"products: key \(product_id, known_at\) = \(P, .*\) occurs twice"
    ):
        build_features(small_ledger(products=twice), spine_of(("a", AS_OF)), SPEC)


@few(5)
@given(ledger_rows())
def test_a_selection_of_features_computes_equal_values(rows):
    ledger = small_ledger(**rows)
    chosen = SPEC.select(
        ["flow_mix_used_to_holding_value", "cash_slope_6p", "net_sum_30d", "net_std_6p"]
    )
    assert chosen.names[0] == "flow_mix_used_to_holding_value"
    some = build_features(ledger, full_spine(), chosen)
    whole = build_features(ledger, full_spine(), SPEC)
    pd.testing.assert_frame_equal(some, whole[list(some.columns)], check_exact=True)


def test_sums_of_money_beyond_the_precision_of_floats_stay_exact():
    large, small = 2**53, 1
    moves = [
        {"customer_id": "a", "occurred_at": AS_OF - timedelta(days=1), "amount_minor": amount}
        for amount in (large, small, small, -large)
    ]
    spec = FeatureSpec([feature(Windowed(measure="net", how="sum", days=30))])
    built = build_features(small_ledger(transactions=moves), spine_of(("a", AS_OF)), spec)
    assert built["net_sum_30d"][0] == 0.02


def test_the_deviation_of_sums_whose_squares_pass_64_bits_is_right():
    moves = [
        {"customer_id": "a", "occurred_at": AS_OF - timedelta(days=days), "amount_minor": amount}
        for days, amount in ((5, 10**13), (40, 3 * 10**13))
    ]
    spec = FeatureSpec(
        [feature(Periodic(measure="inflow", how=how, periods=2)) for how in ("std", "cv")]
    )
    built = build_features(small_ledger(transactions=moves), spine_of(("a", AS_OF)), spec)
    assert built["inflow_std_2p"][0] == 10**11
    assert built["inflow_cv_2p"][0] == 0.5


def test_figures_of_holdings_show_no_order_of_addition():
    held = np.random.default_rng(1).integers(10**8, 10**9, (60, 25)).tolist()
    products = [
        {"product_id": f"P{i}", "asset_class": "insurance", "risk_grade": 1 + i % 5}
        for i in range(25)
    ]
    moves = [
        {
            "customer_id": f"C{number:02}",
            "occurred_at": AS_OF - timedelta(days=1),
            "product_id": f"P{i}",
            "quantity": minor / 100,
        }
        for number, units in enumerate(held)
        for i, minor in enumerate(units)
    ]
    spec = FeatureSpec([feature(Holding(how="herfindahl")), feature(Holding(how="grade"))])
    ledger = small_ledger(products=products, transactions=moves)
    spine = spine_of(*[(f"C{number:02}", AS_OF) for number in range(60)])
    built = build_features(ledger, spine, spec)
    for units, (_, row) in zip(held, built.iterrows(), strict=True):
        # whole numbers up to the division: the engine's threads may add them in any order
        total = float(sum(units))
        squares = float(sum(minor * minor for minor in units))
        graded = float(sum(minor * (1 + i % 5) for i, minor in enumerate(units)))
        assert row["holding_herfindahl"] == squares / (total * total)
        assert row["holding_grade"] == graded / total


def test_the_shipped_catalogue_computes_on_any_ledger():
    spec = load_catalogue(Path("configs/features.yaml"))
    built = build_features(small_ledger(), spine_of((CUSTOMERS[0], SNAPSHOTS[0])), spec)
    assert len(built.columns) == len(spec) + 2
