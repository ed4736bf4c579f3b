"""`python -m tests.benchmarks.single_customer`: the features of one customer with 500 movements.

The history comes as rows, as a request brings it: two years of movements on two accounts and in
eight products with daily prices and monthly statements, with questionnaires and interactions. Each
call has another customer's. Says how long the shipped catalogue takes on one thread: the ledger
from the rows, the features from the ledger, and both. `taskset -c 0` keeps it on one core.
"""

import argparse
import gc
import time
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from src.core.engine import EngineParams, connect
from src.core.ledger import columns_of_rows, ledger_in_memory, table_of_rows
from src.features.build import build_features
from src.features.spec import load_catalogue
from tests.support.ledgers.handmade import complete, spine_of

AS_OF = datetime(2024, 7, 1)
DAYS = 730
MARKET = ("products", "prices", "fx_rates")
FUNDS = (
    ("MM", "money_fund", 1, "CNY"),
    ("BOND", "bond_fund", 2, "CNY"),
    ("MIX", "balanced_fund", 3, "CNY"),
    ("STOCK", "equity_fund", 4, "CNY"),
    ("SHARE", "equity", 5, "USD"),
    ("TERM", "deposit", 1, "CNY"),
    ("LIFE", "insurance", 1, "CNY"),
    ("CREDIT", "loan", 1, "CNY"),
)
QUOTED = FUNDS[:5]
CATEGORIES = ("salary", "groceries", "rent", "shopping", "travel", "healthcare", "utilities", None)
CHANNELS = ("mobile", "online", "branch", "atm", "system", "phone", None)


def market(rng):
    """Products, their daily closes and weekly rates, as the endpoint holds them."""
    begin = AS_OF - timedelta(days=DAYS + 60)
    prices = [
        {"product_id": name, "date": begin + timedelta(days=day), "close": round(float(close), 4)}
        for name, *_ in QUOTED
        for day, close in enumerate(np.exp(np.cumsum(rng.normal(0, 0.01, DAYS + 60))))
    ]
    rates = [
        {"currency": "USD", "date": begin + timedelta(weeks=week), "rate": 7 + rng.normal(0, 0.1)}
        for week in range((DAYS + 60) // 7)
    ]
    columns = ("product_id", "asset_class", "risk_grade", "currency")
    products = [dict(zip(columns, row, strict=True)) for row in FUNDS]
    rows = {"products": products, "prices": prices, "fx_rates": rates}
    return {name: table_of_rows(name, complete(name, rows[name])) for name in MARKET}


def history(rng, movements):
    """The rows of one customer: the shape of a request's, already checked."""
    base = {"customer_id": "000000"}
    moves = [move(rng, number) for number in range(movements)]
    months = [AS_OF - timedelta(days=30 * k + float(rng.random())) for k in range(DAYS // 30)]
    cash = [
        {"account_id": account, "as_of": at, "asset_class": "cash", "amount_minor": amount(rng)}
        for account in ("A1", "A2")
        for at in months
    ]
    held = [
        {"account_id": "A2", "as_of": at, "product_id": name, "quantity": int(rng.integers(1, 900))}
        for name, *_ in FUNDS
        for at in months[:: int(rng.integers(2, 9))]
    ]
    declared = [
        {"completed_at": instant(rng), "risk_level": int(rng.integers(1, 6)), "valid_until": AS_OF}
        for _ in range(3)
    ]
    contacts = [
        {
            "occurred_at": instant(rng),
            "kind": str(rng.choice(("inquiry", "complaint", "feedback", "visit"))),
            "topic": pick(rng, ("equity_fund", "deposit", "closure", None)),
            "score": pick(rng, (1.0, 3.0, 5.0, None)),
        }
        for _ in range(25)
    ]
    profile = {"birth_date": datetime(1980, 5, 4), "joined_on": datetime(2015, 3, 2)}
    rows = {
        "customers": [{**profile, "dependants": int(rng.integers(4)), "income_band": 3}],
        "transactions": moves,
        "balances": cash + held,
        "questionnaires": declared,
        "interactions": contacts,
    }
    return {name: complete(name, [base | row for row in own]) for name, own in rows.items()}


def move(rng, number):
    """A trade for every fifth, else money in or out."""
    own = {"transaction_id": str(number), "occurred_at": instant(rng), "account_id": "A1"}
    if number % 5:
        kind = str(rng.choice(("deposit", "withdrawal", "purchase", "transfer_in", "interest")))
        return {
            **own,
            "kind": kind,
            "amount_minor": amount(rng) * int(rng.choice((-1, 1))),
            "category": pick(rng, CATEGORIES),
            "channel": pick(rng, CHANNELS),
        }
    sign = int(rng.choice((-1, 1)))
    return {
        **own,
        "account_id": "A2",
        "kind": "buy" if sign > 0 else "sell",
        "product_id": FUNDS[int(rng.integers(len(FUNDS)))][0],
        "quantity": sign * int(rng.integers(1, 500)) / 4,
        "amount_minor": -sign * amount(rng),
        "channel": pick(rng, CHANNELS),
    }


def instant(rng):
    return AS_OF - timedelta(microseconds=int(rng.integers(1, DAYS * 86_400_000_000)))


def amount(rng):
    return int(rng.integers(100, 2_000_000))


def pick(rng, values):
    return values[int(rng.integers(len(values)))]


def session():
    return connect(EngineParams(threads=1, memory_limit="512MB"))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--movements", type=int, default=500)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    spec = load_catalogue(Path("configs/features.yaml"))
    known, spine = market(rng), spine_of(("000000", AS_OF))
    customers = [history(rng, options.movements) for _ in range(options.calls + 1)]
    times = []
    for rows in customers:
        gc.collect()  # the garbage of the one before is not this one's
        marks = [moment()]
        tables = {name: columns_of_rows(own) for name, own in rows.items()} | known
        ledger = ledger_in_memory(tables, session)
        marks.append(moment())
        build_features(ledger, spine, spec)
        marks.append(moment())
        times.append(np.diff([marks[0], marks[1], marks[2]], axis=0) * 1000)
    first, later = times[0], np.array(times[1:])
    print(f"{len(spec)} features, {options.movements} movements, {len(later)} customers, 1 thread")
    print(f"first call, with all that is computed once: {first[:, 0].sum():.0f} ms")
    print("| part | median ms | p99 ms | median ms of processor |\n|---|---|---|---|")
    made, built = later[:, 0], later[:, 1]
    for part, of in (("ledger from rows", made), ("features", built), ("both", made + built)):
        p99 = np.quantile(of[:, 0], 0.99)
        print(f"| {part} | {np.median(of[:, 0]):.1f} | {p99:.1f} | {np.median(of[:, 1]):.1f} |")


def moment():
    """Seconds of the clock, and of the processor on this thread."""
    return time.perf_counter(), time.thread_time()


if __name__ == "__main__":
    main()
