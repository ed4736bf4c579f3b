"""Customer asset size in the truth equals what the ledger's rows say, row by row."""

from bisect import bisect_left
from collections import defaultdict
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

INSTANTS = (datetime(2023, 1, 1), datetime(2023, 8, 1), datetime(2024, 1, 1), datetime(2024, 6, 1))


def _rows(simulated: Path, table: str) -> list[dict]:
    return pd.read_parquet(simulated / "ledger" / f"{table}.parquet").to_dict("records")


def _last_before(series: list[tuple[datetime, float]], instant: datetime) -> float:
    """The value last known before an instant, of (known_at, value) in order of time."""
    return series[bisect_left(series, (instant,)) - 1][1]


def _series(rows: list[dict], key: str, value: str) -> dict[str, list[tuple[datetime, float]]]:
    found = defaultdict(list)
    for row in rows:
        found[row[key]].append((row["known_at"].to_pydatetime(), row[value]))
    return {name: sorted(series) for name, series in found.items()}


def _assets(simulated: Path, instant: datetime) -> dict[str, float]:
    """Slow oracle, in minor units: latest statements, plus movements since, at last prices."""
    prices = _series(_rows(simulated, "prices"), "product_id", "close")
    rates = _series(_rows(simulated, "fx_rates"), "currency", "rate")
    currency = {row["product_id"]: row["currency"] for row in _rows(simulated, "products")}
    statements = {}
    for row in sorted(_rows(simulated, "balances"), key=lambda row: row["as_of"]):
        if row["as_of"] <= instant and row["known_at"] < instant:
            product = row["product_id"] if isinstance(row["product_id"], str) else None
            value = row["amount_minor"] if product is None else row["quantity"]
            statements[row["customer_id"], product] = (row["as_of"], value)
    held = defaultdict(float, {key: value for key, (_, value) in statements.items()})
    for row in _rows(simulated, "transactions"):
        if row["occurred_at"] >= instant:
            continue
        for product, value in ((None, row["amount_minor"]), (row["product_id"], row["quantity"])):
            if product is None or isinstance(product, str):
                since, _ = statements.get((row["customer_id"], product), (datetime.min, 0))
                if row["occurred_at"] >= since:
                    held[row["customer_id"], product] += value
    total: dict[str, float] = defaultdict(float)
    for (customer, product), value in held.items():
        if product is None:
            total[customer] += value
            continue
        rate = _last_before(rates[currency[product]], instant)
        total[customer] += 100 * value * _last_before(prices[product], instant) * rate
    return total


@pytest.mark.parametrize("instant", INSTANTS, ids=str)
def test_true_assets_equal_the_slow_oracle_over_the_ledger(simulated, instant):
    truth = pd.read_parquet(simulated / "truth" / "months.parquet")
    truth = truth[truth["as_of"] == instant]
    oracle = _assets(simulated, instant)
    assert len(truth) > 100
    for customer, expected in zip(truth["customer_id"], truth["asset_minor"], strict=True):
        assert oracle[customer] == pytest.approx(expected, abs=2), customer
