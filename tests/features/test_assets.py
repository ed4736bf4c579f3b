from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given

from src.core.schemas import ASSET_CLASSES
from src.features.assets import asset_size
from tests.support.example_counts import few
from tests.support.features.oracle import Oracle
from tests.support.ledgers.handmade import complete, small_ledger, spine_of
from tests.support.ledgers.strategies import full_spine, ledger_rows

AS_OF = datetime(2024, 6, 1)
DAY = timedelta(days=1)
SHARE = {"product_id": "SHARE", "asset_class": "equity"}
FOREIGN = {"product_id": "FOREIGN", "asset_class": "equity", "currency": "USD"}


def sized(**tables):
    return asset_size(small_ledger(**tables), spine_of(("a", AS_OF))).iloc[0]


def move(days, amount=0, **columns):
    return {
        "customer_id": "a",
        "occurred_at": AS_OF - days * DAY,
        "amount_minor": amount,
        **columns,
    }


@few(15)
@given(ledger_rows())
def test_customer_asset_size_equals_the_slow_oracle_by_class_and_in_sum(rows):
    found = asset_size(small_ledger(**rows), full_spine())
    tables = {name: complete(name, content) for name, content in rows.items()}
    for _, row in found.iterrows():
        held = Oracle(tables, row["customer_id"], row["as_of"].to_pydatetime()).holdings()
        assert row["asset_minor"] == sum(h[3] for h in held)
        gaps = {h[4] for h in held if h[4]} if held else {"nothing_known"}
        assert row["complete"] == (not gaps)
        why = "" if row["complete"] else row["why_incomplete"]
        assert {reason for reason in why.split(",") if reason} == gaps
        for name in ASSET_CLASSES:
            assert row[f"{name}_minor"] == sum(h[3] for h in held if h[1] == name)


def test_cash_is_the_latest_statement_and_the_movements_since():
    stated = [
        {
            "customer_id": "a",
            "account_id": "A1",
            "as_of": AS_OF - days * DAY,
            "amount_minor": amount,
        }
        for days, amount in ((40, 7_000), (20, 9_000))
    ]
    moves = [move(30, 500), move(20, 300), move(10, -100)]
    assert sized(balances=stated, transactions=moves)["cash_minor"] == 9_000 + 300 - 100


def test_a_statement_at_the_snapshot_itself_holds_if_it_was_known_before():
    stated = {"customer_id": "a", "account_id": "A1", "as_of": AS_OF, "amount_minor": 9_000}
    known = {**stated, "known_at": AS_OF - DAY}
    assert sized(balances=[known])["asset_minor"] == 9_000
    assert not sized(balances=[stated])["complete"]


def test_a_position_is_worth_the_last_price_known_before_the_snapshot():
    prices = [
        {"product_id": "SHARE", "date": AS_OF - 3 * DAY, "close": 10.0},
        {"product_id": "SHARE", "date": AS_OF - 2 * DAY, "close": 99.0, "known_at": AS_OF},
        {"product_id": "SHARE", "date": AS_OF - 9 * DAY, "close": 50.0, "known_at": AS_OF - DAY},
    ]
    buy = move(5, -1_000, product_id="SHARE", quantity=2.0)
    row = sized(products=[SHARE], prices=prices, transactions=[buy])
    assert (row["equity_minor"], row["cash_minor"]) == (2_000, -1_000)


def test_foreign_positions_use_the_last_rate_and_loans_subtract():
    loan = {"product_id": "LOAN", "asset_class": "loan"}
    row = sized(
        products=[FOREIGN, loan],
        prices=[{"product_id": "FOREIGN", "date": AS_OF - DAY, "close": 3.0}],
        fx_rates=[{"currency": "USD", "date": AS_OF - DAY, "rate": 7.0}],
        transactions=[
            move(5, product_id="FOREIGN", quantity=1.5),
            move(4, 50_000, product_id="LOAN", quantity=-500.0, kind="drawdown"),
        ],
    )
    assert row["equity_minor"] == 3_150
    assert row["loan_minor"] == -50_000
    assert row["asset_minor"] == 3_150
    assert row["complete"]


PRICES = [{"product_id": name, "date": AS_OF - DAY, "close": 3.0} for name in ("FOREIGN", "SHARE")]


def test_an_unrated_foreign_product_leaves_those_in_base_currency_priced():
    market = {"products": [FOREIGN, SHARE], "prices": PRICES}
    buys = [move(5, product_id=name, quantity=2.0) for name in ("SHARE", "FOREIGN")]
    row = sized(**market, transactions=buys[:1])
    assert (row["equity_minor"], row["complete"]) == (600, True)
    row = sized(**market, transactions=buys)
    assert (row["equity_minor"], row["complete"]) == (600, False)


@pytest.mark.parametrize("currency", ["CNY", "USD", "JPY"])
def test_a_future_rate_of_any_currency_changes_nothing(currency):
    tables = {
        "products": [FOREIGN, SHARE],
        "prices": PRICES,
        "transactions": [move(5, product_id=name, quantity=2.0) for name in ("SHARE", "FOREIGN")],
    }
    future = {"currency": currency, "date": AS_OF, "rate": 9.0}
    assert sized(**tables, fx_rates=[future]).equals(sized(**tables))


@pytest.mark.parametrize(
    "tables",
    [
        {},
        {"transactions": [move(5, product_id="NOWHERE", quantity=1.0)]},
        {"products": [SHARE], "transactions": [move(5, product_id="SHARE", quantity=1.0)]},
        {
            "products": [FOREIGN],
            "prices": [{"product_id": "FOREIGN", "date": AS_OF - DAY, "close": 3.0}],
            "transactions": [move(5, product_id="FOREIGN", quantity=1.0)],
        },
    ],
    ids=["nothing known", "unknown product", "no price", "no exchange rate"],
)
def test_what_can_not_be_valued_is_flagged_as_incomplete(tables):
    assert not sized(**tables)["complete"]


RATES = ("0.0002851234", "0.0000004", "0.000285123456789", "7.123456789", "151.25")


def in_foreign_currencies():
    """A position of many units in each currency, at a price of 1."""
    last = AS_OF - DAY
    return {
        "products": [
            {"product_id": f"P{n}", "asset_class": "equity", "currency": f"C{n}"}
            for n in range(len(RATES))
        ],
        "prices": [{"product_id": f"P{n}", "date": last, "close": 1.0} for n in range(len(RATES))],
        "fx_rates": [
            {"currency": f"C{n}", "date": last, "rate": float(rate)} for n, rate in enumerate(RATES)
        ],
        "transactions": [
            move(10, product_id=f"P{n}", quantity=1e9, kind="buy") for n in range(len(RATES))
        ],
    }


def test_positions_are_worth_every_digit_of_their_rate():
    exact = sum(round(Decimal(rate) * 10**11) for rate in RATES)
    assert sized(**in_foreign_currencies())["asset_minor"] == exact
