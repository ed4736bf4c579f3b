"""`python -m tests.benchmarks.spark`: the whole catalogue, asset sizes and labels of one drawn
ledger on DuckDB and on Spark: seconds of clock and of processor for a million transactions, and
how many figures are equal. `--compare FOUND EXPECTED` counts those of two files or folders that
stages wrote, such as data/simulated/features/features.parquet.
"""

import argparse
import os
import tempfile
import time
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from src.core.engine import EngineParams, connect, connect_engine
from src.core.files import read_parquet, write_parquet
from src.core.ledger import open_ledger
from src.core.schemas import TABLES
from src.core.taxonomy import load_taxonomy
from src.core.time import month_starts
from src.features.assets import asset_size
from src.features.build import build_features
from src.features.labels import build_labels
from src.features.spec import load_catalogue
from src.features.spine import engine_spine
from src.features.stored import row_count, write_rows

FIRST, DAYS = datetime(2023, 1, 1), 900
KINDS = ("deposit", "purchase", "transfer_in", "transfer_out", "withdrawal", "interest")
CATEGORIES = ("salary", "groceries", "rent", "travel", "health", None)
CLASSES = ("bond_fund", "equity", "money_fund", "equity_fund", "insurance", "structured")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=5_000)
    parser.add_argument("--transactions", type=int, default=500_000)
    parser.add_argument("--snapshots", type=int, default=12)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--memory", default="4GB")
    parser.add_argument("--compare", type=Path, nargs=2, metavar=("FOUND", "EXPECTED"))
    asked = parser.parse_args()
    if asked.compare:
        print(compared(*asked.compare, asked.compare[0].stem))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        draw(folder / "ledger", asked.customers, asked.transactions)
        for engine in ("duckdb", "spark"):
            params = EngineParams(name=engine, threads=asked.threads, memory_limit=asked.memory)
            run(folder, params, asked)
        for what in ("features", "assets", "labels"):
            print(compared(folder / f"spark_{what}", folder / f"duckdb_{what}", what))


def run(folder, params, asked):
    """Every step on one engine, its outputs written beside the ledger."""
    million = asked.transactions / 1e6
    with timed(params.name, "start", million):
        engine = connect(params) if params.name == "duckdb" else connect_engine(params)
    ledger = open_ledger(folder / "ledger", engine)
    starts = month_starts(FIRST + timedelta(days=200), FIRST + timedelta(days=DAYS))
    with timed(params.name, "spine", million):
        spine = engine_spine(ledger, starts[: asked.snapshots])
        rows = row_count(ledger, spine)
    print(f"{params.name:<8}{rows:,} rows of the spine")
    spec = load_catalogue(Path("configs/features.yaml"))
    policy = load_taxonomy(Path("configs/taxonomy.yaml"), "simulated")
    for what, make in (
        ("features", lambda: build_features(ledger, spine, spec)),
        ("assets", lambda: asset_size(ledger, spine)),
        ("labels", lambda: build_labels(ledger, spine, "churn", policy)),
    ):
        with timed(params.name, what, million):
            write_rows(ledger, make(), folder / f"{params.name}_{what}")


@contextmanager
def timed(engine, what, million):
    clock, processor = time.perf_counter(), processor_seconds()
    yield
    clock, processor = time.perf_counter() - clock, processor_seconds() - processor
    print(
        f"{engine:<8}{what:<10}{clock:>9.1f} s {clock / million:>9.1f} s per million"
        f"{processor:>9.1f} s of processor {processor / million:>9.1f} per million",
        flush=True,
    )


def processor_seconds():
    """Of this process and those that it started, such as Spark's Java."""
    ticks, tree = 0.0, {os.getpid()}
    stats = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            stats.append((int(entry.name), int(fields[1]), int(fields[11]) + int(fields[12])))
    for process, parent, used in sorted(stats):
        if process in tree or parent in tree:
            tree.add(process)
            ticks += used
    return ticks / os.sysconf("SC_CLK_TCK")


def compared(found, expected, what):
    """How many figures there are, how many are equal to the bit and how many to 1e-9, and how far
    the worst is off. Raises AssertionError where a whole number, an unknown or a key differs."""
    spark, duckdb = read_parquet(found), read_parquet(expected)
    assert list(spark.columns) == list(duckdb.columns)
    assert len(spark) == len(duckdb)
    exact, near, far, worst = 0, 0, 0, 0.0
    for name, wanted in duckdb.items():
        if wanted.dtype.kind != "f":
            assert spark[name].equals(wanted), name
            exact += len(wanted)
            continue
        assert spark[name].isna().equals(wanted.isna()), name
        known = wanted.dropna()
        apart = (spark[name].dropna() - known).abs() / known.abs().clip(lower=1e-300)
        assert not apart.any() or (known % 1 != 0).any(), name
        exact += len(wanted) - int((apart > 0).sum())
        near += int(apart.between(0, 1e-9, inclusive="right").sum())
        far += int((apart > 1e-9).sum())
        worst = max(worst, float(apart.max()) if len(apart) else 0.0)
    return (
        f"{what:<10}{len(duckdb.columns)} columns x {len(duckdb):,} rows = {duckdb.size:,} values: "
        f"{exact:,} equal to the bit, {near:,} to 1e-9, {far:,} further apart; "
        f"the worst {worst:.1e} off"
    )


def draw(folder, customers, transactions):
    """A ledger with late, corrected and priced rows, each customer's in random order."""
    rng = np.random.default_rng(11)
    names = np.array([f"C{number:08d}" for number in range(customers)])
    products = np.array([f"P{number:03d}" for number in range(40)])

    def instants(size):
        return pd.Series(
            np.datetime64(FIRST, "us")
            + rng.integers(0, DAYS * 86_400, size).astype("timedelta64[s]")
        )

    def versions(frame, column):
        """Two in a hundred rows are late, and one is corrected a month later."""
        late = pd.to_timedelta(np.where(rng.random(len(frame)) < 0.02, 9, 0), unit="D")
        frame = frame.assign(known_at=frame[column] + late, known_until=pd.NaT)
        changed = frame[rng.random(len(frame)) < 0.01]
        frame.loc[changed.index, "known_until"] = changed["known_at"] + timedelta(days=30)
        later = changed.assign(known_at=changed["known_at"] + timedelta(days=30))
        if "amount_minor" in frame:
            later["amount_minor"] += 100
        return pd.concat([frame, later], ignore_index=True)

    moves = pd.DataFrame(
        {
            "transaction_id": [f"T{number}" for number in range(transactions)],
            "customer_id": rng.choice(names, transactions),
            "account_id": rng.choice(["A", "B"], transactions),
            "occurred_at": instants(transactions),
            "kind": rng.choice(KINDS, transactions),
            "amount_minor": rng.integers(-200_000, 220_000, transactions),
            "channel": rng.choice(["mobile", "branch", "atm", "system"], transactions),
            "category": rng.choice(CATEGORIES, transactions),
        }
    )
    moves["account_id"] = moves["customer_id"] + moves["account_id"]
    trades = moves.sample(frac=0.1, random_state=1).index
    moves.loc[trades, "kind"] = rng.choice(["buy", "sell"], len(trades))
    moves.loc[trades, "product_id"] = rng.choice(products, len(trades))
    moves.loc[trades, "quantity"] = rng.integers(1, 400, len(trades)) / 4
    of_customers = rng.choice(names, customers)
    days = pd.date_range(FIRST - timedelta(days=60), periods=DAYS + 90, freq="D")
    walk = np.exp(np.cumsum(rng.normal(0, 0.01, (len(products), len(days))), axis=1)) * 10
    tables = {
        "customers": pd.DataFrame(
            {
                "customer_id": names,
                "kind": rng.choice(["person", "company"], customers),
                "birth_date": pd.Timestamp("1980-03-01"),
                "joined_on": pd.Timestamp("2022-06-01"),
                "income_band": rng.integers(1, 6, customers),
                "known_at": pd.Timestamp("2022-06-01"),
            }
        ),
        "products": pd.DataFrame(
            {
                "product_id": products,
                "asset_class": np.resize(CLASSES, len(products)),
                "risk_grade": rng.integers(1, 6, len(products)),
                "currency": np.resize(["CNY", "CNY", "USD"], len(products)),
                "known_at": pd.Timestamp("2020-01-01"),
            }
        ),
        "prices": pd.DataFrame(
            {
                "product_id": np.repeat(products, len(days)),
                "date": np.tile(days, len(products)),
                "close": walk.ravel().round(4),
                "known_at": np.tile(days + timedelta(hours=18), len(products)),
            }
        ),
        "fx_rates": pd.DataFrame(
            {
                "currency": ["CNY", *["USD"] * len(days)],
                "date": [pd.Timestamp("1970-01-01"), *days],
                "rate": [1.0, *np.linspace(6.8, 7.3, len(days))],
                "known_at": [pd.Timestamp("1970-01-01"), *days],
            }
        ),
        "transactions": versions(moves, "occurred_at"),
        "balances": versions(
            pd.DataFrame(
                {
                    "customer_id": names,
                    "account_id": names + "A",
                    "as_of": instants(customers).dt.normalize(),
                    "asset_class": "cash",
                    "amount_minor": rng.integers(0, 10**8, customers),
                }
            ),
            "as_of",
        ),
        "questionnaires": pd.DataFrame(
            {
                "customer_id": names,
                "completed_at": (declared := instants(customers)),
                "risk_level": rng.integers(1, 6, customers),
                "valid_until": declared + timedelta(days=365),
                "known_at": declared,
            }
        ),
        "interactions": versions(
            pd.DataFrame(
                {
                    "interaction_id": [f"I{number}" for number in range(customers)],
                    "customer_id": of_customers,
                    "occurred_at": instants(customers),
                    "kind": rng.choice(["inquiry", "complaint", "visit"], customers),
                    "score": rng.integers(1, 6, customers).astype(float),
                }
            ),
            "occurred_at",
        ),
    }
    for name, table in TABLES.items():
        rows = tables.get(name, pd.DataFrame()).assign(source="drawn")
        columns = {
            field.name: pa.array(rows[field.name], field.type, from_pandas=True)
            if field.name in rows
            else pa.nulls(len(rows), field.type)
            for field in table.arrow
        }
        write_parquet(folder / f"{name}.parquet", pa.table(columns, schema=table.arrow))


if __name__ == "__main__":
    main()
