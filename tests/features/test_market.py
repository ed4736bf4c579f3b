"""What the market did to what is held, what it had cost, and the record of trades."""

import math
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.features.definitions.conditions import Filter
from src.features.definitions.market import Market, Position, Trades
from tests.support.example_counts import few
from tests.support.features.definition_contract import hold_to_oracle, spec_of
from tests.support.ledgers.handmade import spine_of

AS_OF = datetime(2024, 6, 1)
FUNDS = Filter(name="funds", asset_classes=("bond_fund", "equity_fund"))
PRODUCTS = [
    {"product_id": "FUND", "asset_class": "bond_fund", "risk_grade": 2},
    {"product_id": "SHARE", "asset_class": "equity", "risk_grade": 5, "currency": "USD"},
    {"product_id": "STOCK", "asset_class": "equity_fund", "risk_grade": 4},
    {"product_id": "TERM", "asset_class": "deposit", "risk_grade": 1},
]
SPEC = spec_of(
    *(Market(how="return", days=days, only=only) for days in (30, 90) for only in (None, FUNDS)),
    *(Market(how="volatility", days=days) for days in (60, 180)),
    Market(how="currency_return", days=90),
    *(Position(how=how) for how in ("foreign_share", "days_held", "gain", "losing_share")),
    *(
        Trades(how=how, days=days)
        for how in ("gain_share", "days_to_sale", "new_products", "new_classes", "grade_step")
        for days in (30, 365)
    ),
    Trades(how="days_since_new_class"),
)


def trades():
    """Purchases and sales on a coarse grid, so that several of one instant are common."""
    return st.builds(
        traded,
        product=st.sampled_from([product["product_id"] for product in PRODUCTS] + ["UNKNOWN"]),
        days=st.sampled_from([1, 20, 30, 40, 80, 80, 200, 300, 400]),
        units=st.sampled_from([-2, -1, -0.25, 1, 2, 4, 8]),
        price=st.sampled_from([0.5, 1, 2, 3]),
        told=st.sampled_from([True, True, True, False]),
    )


def traded(product, days, units, price, told=True):
    return {
        "customer_id": "ada",
        "occurred_at": AS_OF - timedelta(days=days),
        "kind": "buy" if units > 0 else "sell",
        "amount_minor": int(-units * price * 100),
        "product_id": product,
        "quantity": units if told else None,
    }


def levels(key, names, column):
    row = st.fixed_dictionaries(
        {
            key: st.sampled_from(names),
            "date": st.sampled_from([2, 31, 45, 62, 91, 125, 151, 181, 401]).map(
                lambda days: AS_OF - timedelta(days=days)
            ),
            column: st.sampled_from([0.5, 1.0, 1.25, 2.0, 4.0]),
        }
    )
    return st.lists(row, min_size=6, max_size=18, unique_by=lambda row: (row[key], row["date"]))


@few(20)
@given(
    st.lists(trades(), min_size=2, max_size=14),
    levels("product_id", ["FUND", "SHARE", "STOCK"], "close"),
    levels("currency", ["USD"], "rate"),
)
def test_market_positions_and_trades_equal_the_slow_oracle(moves, prices, rates):
    rows = {
        "products": PRODUCTS,
        "transactions": moves,
        "prices": prices,
        "fx_rates": rates,
    }
    hold_to_oracle(rows, spine_of(("ada", AS_OF), ("nobody", AS_OF)), SPEC)


def quoted(product, **prices):
    return [
        {"product_id": product, "date": AS_OF - timedelta(days=int(day[1:])), "close": close}
        for day, close in prices.items()
    ]


def test_a_sale_above_the_average_price_paid_is_a_gain():
    moves = [traded("STOCK", 300, 2, 1), traded("STOCK", 200, 2, 3), traded("STOCK", 20, -1, 2)]
    for last, expected in ((2, 0.0), (2.5, 1.0)):
        moves[-1] = traded("STOCK", 20, -1, last)
        rows = {"products": PRODUCTS, "transactions": moves, "prices": quoted("STOCK", d400=4.0)}
        built = hold_to_oracle(rows, spine_of(("ada", AS_OF)), SPEC).iloc[0]
        assert built["trades_gain_share_365d"] == expected
        assert built["trades_days_to_sale_365d"] == 180
        assert built["held_gain"] == pytest.approx(1.0)
        assert built["held_days_held"] == 300


def test_the_first_equity_fund_after_years_of_deposits_is_a_new_class_and_a_step_up():
    moves = [traded("TERM", 400, 8, 1), traded("TERM", 300, 8, 1), traded("STOCK", 20, 1, 1)]
    rows = {"products": PRODUCTS, "transactions": moves, "prices": quoted("STOCK", d400=1.0)}
    built = hold_to_oracle(rows, spine_of(("ada", AS_OF)), SPEC).iloc[0]
    assert built["trades_new_classes_30d"] == built["trades_new_products_30d"] == 1
    assert built["trades_grade_step_30d"] == 3
    assert built["trades_days_since_new_class"] == 20


def test_a_foreign_share_moves_with_its_rate_alone_where_its_price_stands_still():
    rows = {
        "products": PRODUCTS,
        "transactions": [traded("SHARE", 200, 1, 2), traded("FUND", 200, 2, 1)],
        "prices": [*quoted("SHARE", d401=1.0), *quoted("FUND", d401=1.0)],
        "fx_rates": [
            {"currency": "USD", "date": AS_OF - timedelta(days=days), "rate": rate}
            for days, rate in ((401, 1.0), (45, 2.0))
        ],
    }
    built = hold_to_oracle(rows, spine_of(("ada", AS_OF)), SPEC).iloc[0]
    assert built["held_return_90d"] == built["held_currency_return_90d"] == pytest.approx(1 / 3)
    assert built["held_return_30d"] == 0
    assert math.isnan(built["trades_gain_share_30d"])
