from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from src.core.errors import ModelError
from src.models.splits import (
    before_the_thin_tail,
    grouped_folds,
    out_of_time,
    require_classes,
    split_rows,
    subsample,
    unseen_customers,
)


@st.composite
def labelled_rows(draw):
    customers = draw(st.integers(30, 80))
    snapshots = draw(st.integers(8, 16))
    present = draw(st.floats(0.5, 1.0))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    instants = pd.date_range("2023-02-01", periods=snapshots, freq="MS").as_unit("us")
    rows = pd.DataFrame(
        [(f"C{c}", t) for t in instants for c in range(customers)],
        columns=["arrival", "as_of"],
    )
    return rows[rng.random(len(rows)) < present].reset_index(drop=True)


ARGUMENTS = {
    "horizon_days": st.integers(1, 90),
    "test_share": st.floats(0.3, 0.6),
    "test_snapshots": st.integers(1, 3),
    "seed": st.integers(0, 1000),
}


@settings(max_examples=60, deadline=None)
@given(labelled_rows(), st.fixed_dictionaries(ARGUMENTS))
def test_no_customer_stands_on_both_sides_and_the_gap_is_the_horizon(rows, arguments):
    split = out_of_time(rows, **arguments)
    development, test = rows[split.development], rows[split.test]
    assert not set(development["arrival"]) & set(test["arrival"])
    horizon = timedelta(days=arguments["horizon_days"])
    assert development["as_of"].max() + horizon <= test["as_of"].min()
    assert test["as_of"].nunique() <= arguments["test_snapshots"]
    assert set(test["as_of"]) <= set(
        before_the_thin_tail(rows["as_of"])[-arguments["test_snapshots"] :]
    )
    # and nothing that may train is left out
    may = ~rows["arrival"].isin(held_out(rows, arguments)) & (
        rows["as_of"] + horizon <= split.first_test
    )
    assert (may.to_numpy() == split.development).all()


def held_out(rows: pd.DataFrame, arguments: dict) -> set[str]:
    """The customers that stand in the test however early their rows are."""
    moved = rows.assign(as_of=rows["as_of"].max())
    names = [f"other{i}" for i in range(len(rows))]
    far = pd.DataFrame({"arrival": names, "as_of": rows["as_of"].min() - timedelta(days=400)})
    both = pd.concat([moved, far], ignore_index=True)
    split = out_of_time(both, **{**arguments, "test_snapshots": 1})
    return set(both[split.test]["arrival"])


@settings(max_examples=40, deadline=None)
@given(labelled_rows(), st.integers(2, 4), st.integers(0, 1000))
def test_every_row_is_in_one_fold_and_a_customer_in_one(rows, folds, seed):
    places = grouped_folds(rows["arrival"], folds, seed)
    assert len(places) == len(rows)
    assert set(places) == set(range(folds))
    pairs = rows.assign(fold=places)[["arrival", "fold"]].drop_duplicates()
    assert pairs["arrival"].is_unique


@settings(max_examples=40, deadline=None)
@given(labelled_rows(), st.integers(20, 600), st.integers(0, 1000))
def test_a_subsample_holds_whole_customers_and_keeps_to_its_size(rows, max_rows, seed):
    kept = subsample(rows, max_rows, seed)
    assert len(kept) <= max_rows
    assert len(np.unique(kept)) == len(kept)
    some = rows.iloc[kept]
    instants = set(some["as_of"])
    chosen = rows["arrival"].isin(some["arrival"]) & rows["as_of"].isin(instants)
    assert chosen.sum() == len(kept)
    if len(rows) <= max_rows:
        assert len(kept) == len(rows)


def test_a_customer_keeps_its_side_whatever_other_customers_there_are():
    instants = pd.date_range("2023-01-01", periods=6, freq="MS")

    def rows(count):
        return pd.DataFrame(
            [(f"C{c}", t) for t in instants for c in range(count)],
            columns=["arrival", "as_of"],
        )

    few, many = rows(50), rows(200)
    sides = [set(part[out_of_time(part, 30, 0.3, 1, 7).test]["arrival"]) for part in (few, many)]
    assert sides[0] == sides[1] & set(few["arrival"])
    assert 0.2 < len(sides[1]) / 200 < 0.4


@settings(max_examples=40, deadline=None)
@given(st.integers(30, 200), st.floats(0.2, 0.6), st.integers(0, 1000))
def test_labels_of_one_instant_are_judged_on_customers_never_seen(customers, share, seed):
    rows = pd.DataFrame({"arrival": [f"C{c}" for c in range(customers)]})
    rows["as_of"] = pd.Timestamp("2019-10-01").as_unit("us")
    split = split_rows(rows, 90, share, 3, seed)
    assert (split.development ^ split.test).all()
    assert split.facts()["kind"] == "unseen_customers"
    assert split.last_development == split.first_test == split.last_test
    # a customer stands on the side on which a test out of time would have it
    earlier = rows.assign(as_of=rows["as_of"] - timedelta(days=100))
    both = pd.concat([earlier, rows], ignore_index=True)
    timed = split_rows(both, 90, share, 1, seed)
    assert timed.facts()["kind"] == "out_of_time"
    assert set(both[timed.test]["arrival"]) == set(rows[split.test]["arrival"])


def test_too_few_customers_at_the_one_instant_are_refused():
    rows = pd.DataFrame({"arrival": ["C0"], "as_of": [pd.Timestamp("2019-10-01")]})
    with pytest.raises(ModelError, match="no test rows among 1 customers"):
        unseen_customers(rows, 1e-9, 1)


def test_too_short_a_history_says_what_it_found_and_what_to_do():
    rows = pd.DataFrame(
        [(f"C{c}", t) for t in pd.date_range("2023-01-01", periods=4, freq="MS") for c in range(9)],
        columns=["arrival", "as_of"],
    )
    with pytest.raises(ModelError, match=r"4 labelled snapshots from 2023-01-01 to 2023-04-01"):
        out_of_time(rows, 180, 0.3, 2, 1)
    with pytest.raises(ModelError, match=r"lower train\.test_snapshots"):
        out_of_time(rows, 1, 0.3, 4, 1)
    with pytest.raises(ModelError, match="no labelled rows"):
        out_of_time(rows[:0], 30, 0.3, 1, 1)
    with pytest.raises(ModelError, match="no test rows among 1 customers"):
        out_of_time(rows[rows["arrival"] == "C0"], 30, 1e-9, 1, 1)
    with pytest.raises(ModelError, match="is empty with 1 customers"):
        grouped_folds(pd.Series(["C1"] * 5), 3, 1)


def test_a_target_of_one_class_is_refused_with_the_counts():
    with pytest.raises(ModelError, match=r"too few classes \(stays: 3, churns: 0\)"):
        require_classes(np.zeros(3, dtype=np.int64), ("stays", "churns"), "churn", True)
    require_classes(np.array([0, 2]), ("a", "b", "c"), "tier", False)


def test_the_last_snapshots_of_an_extract_that_runs_dry_do_not_judge():
    months = pd.date_range("2024-01-01", periods=5, freq="MS")
    as_of = pd.Series(np.repeat(months, [40, 40, 40, 30, 3]))
    assert list(before_the_thin_tail(as_of)) == list(months[:4])
