"""Sources of shapes that no other test has: each is a YAML file and a few generated rows, no Python
of its own, and runs from its files to judged models for the tasks that it supports."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from tests.support.sources.generated_sources import source
from tests.support.sources.pipeline_stages import (
    data_of,
    integrated,
    judged,
    labelled,
    ledger_table,
    split_of,
    totals,
)

MONTHS = pd.date_range("2023-01-01", periods=12, freq="MS")


def trades(customers: int = 60) -> pd.DataFrame:
    """Customer, day, units and price: the whole of what a broker's list may tell."""
    rng = np.random.default_rng(5)
    rows = []
    for number in range(customers):
        for month in MONTHS:
            day = month + timedelta(days=int(rng.integers(0, 27)))
            units = int(rng.integers(1, 20 if number % 2 else 120))
            rows.append((f"c{number:03}", f"{day:%d.%m.%Y}", units, round(9 + rng.random(), 2)))
    return pd.DataFrame(rows, columns=["client", "day", "units", "price"])


TRADES = """
files:
  trades:
    path: trades.csv
    columns:
      client: {type: string, required: true}
      day: {type: date, format: "%d.%m.%Y", required: true}
      units: {type: number, required: true}
      price: {type: decimal, required: true}
tables:
  customers:
    - file: trades
      distinct: [client]
      columns: {customer_id: client, kind: {constant: person}, known_at: day}
  products:
    - rows:
        - {product_id: unit, asset_class: equity_fund, risk_grade: 4, currency: CNY,
           known_at: "2000-01-01"}
  prices:
    - file: trades
      distinct: [day]
      columns:
        product_id: {constant: unit}
        date: day
        close: {expression: "CAST(price AS DOUBLE)"}
        known_at: day
  transactions:
    # What is bought is paid from money that comes from elsewhere.
    - file: trades
      columns: &paid
        transaction_id: {expression: "'paid-' || _line"}
        customer_id: client
        occurred_at: day
        kind: {constant: transfer_in}
        amount_minor: {money: {amount: units * price}}
        known_at: day
    - file: trades
      columns:
        <<: *paid
        transaction_id: {expression: "'bought-' || _line"}
        kind: {constant: buy}
        amount_minor: {money: {amount: -units * price}}
        product_id: {constant: unit}
        quantity: units
"""


def test_a_plain_list_of_transactions_tells_customers_positions_and_prices(tmp_path):
    listed = trades()
    folder = source(tmp_path, "value_tier", TRADES, {"trades.csv": listed})
    account = integrated(folder)
    assert totals(account, "customers") == (720, 60, {"repeated": 660})
    assert totals(account, "transactions") == (1440, 1440, {})
    days = listed["day"].nunique()
    assert totals(account, "prices") == (720, days, {"repeated": 720 - days})
    assert labelled(folder)["value_tier"]["supported"]
    assert judged(folder, "value_tier")["rows"] > 0
    assert split_of(folder, "value_tier")["kind"] == "out_of_time"


def statements(customers: int = 60) -> pd.DataFrame:
    """Customer, day, class and balance at each month's end, without any movement."""
    rng = np.random.default_rng(6)
    rows = [
        (f"c{number:03}", f"{month:%Y-%m-%d}", kind, f"{rng.gamma(2.0, 1.0 + number % 5):.4f}")
        for number in range(customers)
        for month in MONTHS
        for kind in ("Sparbuch", "Fonds")
    ]
    return pd.DataFrame(rows, columns=["kunde", "stichtag", "art", "tausend"])


STATEMENTS = """
files:
  statements:
    path: statements.csv
    columns:
      kunde: {type: string, required: true}
      stichtag: {type: date, required: true}
      art: string
      tausend: decimal
tables:
  customers:
    - file: statements
      distinct: [kunde]
      columns:
        customer_id: kunde
        kind: {constant: person}
        known_at: {expression: stichtag - INTERVAL 1 DAY}
  balances:
    - file: statements
      columns:
        customer_id: kunde
        # a class is no account number: asked about alone, it may also stand in the ledger
        account_id: {expression: "CASE WHEN art = 'Fonds' THEN 'funds' ELSE 'savings' END"}
        as_of: stichtag
        asset_class: {from: art, values: {Sparbuch: deposit, Fonds: balanced_fund}}
        amount_minor: {money: {amount: tausend, unit: "1000"}}
        known_at: {expression: stichtag - INTERVAL 1 DAY}
"""


def test_balance_snapshots_without_transactions_carry_the_value_tier(tmp_path):
    stated = statements()
    folder = source(tmp_path, "value_tier", STATEMENTS, {"statements.csv": stated})
    account = integrated(folder)
    assert totals(account, "balances") == (1440, 1440, {})
    assert totals(account, "transactions") == (0, 0, {})
    found = labelled(folder)["value_tier"]
    assert found["supported"]
    assert 0.1 < found["base_rates"]["affluent"] < 0.9
    assert judged(folder, "value_tier")["rows"] > 0
    features = pd.read_parquet(data_of(folder) / "features/features.parquet")
    at = pd.to_datetime(stated["stichtag"]).isin(features["as_of"])
    thousands = stated.loc[at, "tausend"].astype(float).sum()
    assert np.isclose(features["holding_value"].sum(), 1000 * thousands)


WIDE = """
files:
  months:
    path: months.csv
    columns: &all
      firm: {type: string, required: true}
      jan: number
      feb: number
      mar: number
      apr: number
      may: number
      jun: number
      jul: number
tables:
  customers:
    - file: months
      columns: {customer_id: firm, kind: {constant: company}, known_at: {constant: "2022-12-31"}}
  balances:
    - file: months
      where: jan IS NOT NULL
      columns: &month
        customer_id: firm
        account_id: {constant: all}
        as_of: {constant: "2023-02-01"}
        asset_class: {constant: cash}
        amount_minor: {money: {amount: jan}}
        known_at: {constant: "2023-01-31"}
"""
NEXT = """
    - file: months
      where: %s IS NOT NULL
      columns:
        <<: *month
        as_of: {constant: "%s"}
        amount_minor: {money: {amount: %s}}
        known_at: {constant: "%s"}
"""


def test_wide_monthly_columns_become_one_statement_a_month(tmp_path):
    rng = np.random.default_rng(7)
    names = ["jan", "feb", "mar", "apr", "may", "jun", "jul"]
    wide = pd.DataFrame(rng.gamma(2.0, 2500.0, (80, len(names))).round(2), columns=names)
    wide.insert(0, "firm", [f"c{i}" for i in range(80)])
    wide.loc[:9, "jan"] = np.nan
    body = WIDE
    for number, name in enumerate(names[1:], start=3):
        day = date(2023, number, 1)
        body += NEXT % (name, day, name, day - timedelta(days=1))
    folder = source(tmp_path, "value_tier", body, {"months.csv": wide})
    account = integrated(folder)
    assert totals(account, "balances") == (70 + 6 * 80, 70 + 6 * 80, {})
    assert labelled(folder)["value_tier"]["supported"]
    assert judged(folder, "value_tier")["rows"] > 0
    stated = ledger_table(folder, "balances")
    assert stated["amount_minor"].sum() == round(wide[names].sum().sum() * 100)
