"""The contender featuretools, with cutoff times, in an environment of its own:

    python3 -m venv VENV
    VENV/bin/pip install "featuretools==1.31.0" "pandas<2.3" "numpy<2" "setuptools<81" \
        "pyarrow<21"

It knows one clock, so that it is given the ledger by hindsight; and it looks at time <= cutoff, so
that the cutoff lies one microsecond before the snapshot. Run by that environment's Python with
the ledger's folder, the spine, the definitions as JSON and the file for the result.
"""

import json
import sys
import time
import warnings
from pathlib import Path

import featuretools as ft
import pandas as pd

PRIMITIVES = {"sum": ft.primitives.Sum, "count": ft.primitives.Count,
              "max": ft.primitives.Max, "mean": ft.primitives.Mean}  # fmt: skip


def entityset(bank, spine):
    """Customers and their movements, by when they happened."""
    moves = pd.read_parquet(f"{bank}/transactions.parquet")
    moves = moves[moves["known_until"].isna()]
    amount = moves["amount_minor"]
    moves = moves.assign(
        net=amount / 100,
        turnover=amount.abs() / 100,
        inflow=(amount / 100).where(amount > 0),
        outflow=(-amount / 100).where(amount < 0),
    )
    columns = ["transaction_id", "customer_id", "occurred_at", "kind", "channel", "category"]
    moves = moves[[*columns, "net", "turnover", "inflow", "outflow"]]
    customers = pd.DataFrame({"customer_id": spine["customer_id"].unique()})
    es = ft.EntitySet("bank")
    es.add_dataframe(dataframe_name="customers", dataframe=customers, index="customer_id")
    es.add_dataframe(
        dataframe_name="transactions", dataframe=moves, index="transaction_id",
        time_index="occurred_at",
        logical_types=dict.fromkeys(("kind", "channel", "category"), "Categorical"),
    )  # fmt: skip
    return es.add_relationship("customers", "customer_id", "transactions", "customer_id")


def feature(es, d):
    """A definition as an aggregation feature, with at most one condition on one column."""
    where = None
    if d["column"]:
        where = ft.Feature(es["transactions"].ww[d["column"]]) == d["value"]
    measured = "transaction_id" if d["measure"] == "rows" else d["measure"]
    base = ft.Feature(es["transactions"].ww[measured])
    made = ft.Feature(base, parent_dataframe_name="customers", where=where,
                      primitive=PRIMITIVES[d["how"]])  # fmt: skip
    return made.rename(d["name"])


def computed(es, spine, definitions):
    """One feature matrix per window: a window is an argument of the whole calculation."""
    cutoffs = pd.DataFrame(
        {"customer_id": spine["customer_id"], "time": spine["as_of"] - pd.Timedelta(1, "us")}
    )
    parts = []
    for days in sorted({d["days"] for d in definitions}):
        features = [feature(es, d) for d in definitions if d["days"] == days]
        matrix = ft.calculate_feature_matrix(
            features, es, cutoff_time=cutoffs, cutoff_time_in_index=True,
            training_window=f"{days} days", n_jobs=1,
        )  # fmt: skip
        parts.append(matrix)
    return pd.concat(parts, axis=1)


def main():
    warnings.filterwarnings("ignore")
    bank, spine_file, definitions_file, result = sys.argv[1:5]
    spine = pd.read_parquet(spine_file)
    definitions = json.loads(Path(definitions_file).read_text())
    start = time.perf_counter()
    matrix = computed(entityset(bank, spine), spine, definitions)
    seconds = time.perf_counter() - start
    frame = matrix[[d["name"] for d in definitions]].astype("float64").reset_index()
    frame = frame.assign(as_of=frame["time"] + pd.Timedelta(1, "us")).drop(columns="time")
    frame["customer_id"] = frame["customer_id"].astype(str)
    frame.to_parquet(result)
    status = Path("/proc/self/status").read_text().splitlines()
    peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024
    print(json.dumps({"seconds": seconds, "runs": 1, "peak_mb": peak, "rows": len(frame),
                      "features": len(definitions)}))  # fmt: skip


if __name__ == "__main__":
    main()
