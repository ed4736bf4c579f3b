"""Salaries and standing orders are found by their rhythm; variety by what moves."""

import math
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.features.definitions.recent import Recurring, Variety
from tests.support.example_counts import few
from tests.support.features.definition_contract import hold_to_oracle, spec_of
from tests.support.ledgers.handmade import spine_of

AS_OF = datetime(2024, 6, 1)
SPEC = spec_of(
    *(
        Recurring(direction=direction, amounts=amounts, how=how, periods=periods)
        for direction in ("inflow", "outflow")
        for amounts in ("similar", "equal")
        for how in ("streams", "mean", "share", "days_since_last")
        for periods in (4, 6)
    ),
    *(
        Variety(column=column, how=how, direction=direction, days=days)
        for column in ("category", "counterparty", "kind")
        for how in ("distinct", "entropy", "top_share")
        for direction in ("inflow", "outflow")
        for days in (30, 180)
    ),
)


def streams():
    """Monthly movements that are late, left out or doubled, of amounts that differ by little."""
    return st.builds(
        stream,
        kind=st.sampled_from(["deposit", "purchase", "interest"]),
        category=st.sampled_from(["salary", None]),
        counterparty=st.sampled_from(["acme", "landlord", None]),
        amount=st.sampled_from([70_000, -30_000]),
        months=st.lists(st.integers(0, 6), min_size=3, max_size=8),
        late=st.lists(st.integers(-2, 2), min_size=8, max_size=8),
        times=st.lists(st.sampled_from([1, 1, 1, 1.5, 2, 2.1]), min_size=8, max_size=8),
    )


def stream(kind, category, counterparty, amount, months, late, times):
    return [
        {
            "customer_id": "ada",
            "occurred_at": AS_OF - timedelta(days=30 * month + 15 + days),
            "kind": kind,
            "category": category,
            "counterparty": counterparty,
            "amount_minor": int(amount * factor),
        }
        for month, days, factor in zip(months, late, times, strict=False)
    ]


@few(8)
@given(st.lists(streams(), min_size=1, max_size=4))
def test_streams_and_variety_equal_the_slow_oracle(drawn):
    rows = {"transactions": [row for each in drawn for row in each]}
    hold_to_oracle(rows, spine_of(("ada", AS_OF), ("nobody", AS_OF)), SPEC)


def monthly(amount, count=6, **columns):
    return stream("deposit", None, "acme", amount, range(count), [0] * count, [1] * count)


@pytest.mark.parametrize(
    ("count", "found"), [(6, 1), (4, 1), (3, 0)], ids=["all", "all but two", "half"]
)
def test_a_payment_of_most_periods_is_regular_whatever_it_is_called(count, found):
    rows = {"transactions": monthly(500_000, count)}
    built = hold_to_oracle(rows, spine_of(("ada", AS_OF)), SPEC).iloc[0]
    assert built["similar_inflow_streams_6p"] == found
    assert built["similar_inflow_mean_6p"] == (5000 * count / 6 if found else 0)
    assert built["similar_inflow_share_6p"] == found


def test_shopping_every_week_is_no_standing_order():
    weekly = [
        {**row, "occurred_at": row["occurred_at"] + timedelta(days=7 * week), "kind": "purchase"}
        for row in monthly(-20_000)
        for week in range(2)
    ]
    built = hold_to_oracle({"transactions": weekly}, spine_of(("ada", AS_OF)), SPEC).iloc[0]
    assert built["equal_outflow_streams_6p"] == 0
    assert math.isnan(built["equal_outflow_days_since_last_6p"])


def test_one_value_has_no_entropy_and_two_equal_ones_have_the_logarithm_of_two():
    one, two = monthly(100), [{**row, "category": "salary"} for row in monthly(100)]
    two += [{**row, "category": "rent"} for row in monthly(100)]
    for rows, expected in ((one, math.nan), (two, math.log(2))):
        built = hold_to_oracle({"transactions": rows}, spine_of(("ada", AS_OF)), SPEC).iloc[0]
        assert built["inflow_category_entropy_180d"] == pytest.approx(expected, nan_ok=True)
        assert built["inflow_counterparty_entropy_180d"] == 0
