"""Churn at the Xiamen bank: the quarter's end, the competition's own labels."""

import os
from pathlib import Path

import pandas as pd

from src.core.taxonomy import load_taxonomy
from src.features.arrivals import arrivals
from src.features.labels import build_labels
from src.features.spec import load_catalogue
from tests.benchmarks.feature_evidence import ROOT, ledger_of
from tests.benchmarks.world.problem import Problem, built, some_customers, stratified

YARDSTICK = 0.872  # shared data's note: an untuned LightGBM on the raw columns, stratified 5-fold
_END = pd.Timestamp("2019-10-01").as_unit("us")


def problem(folder: Path, customers: int, folds: int, seed: int) -> Problem:
    """The ledger's features at the quarter's end, beside the files' own columns."""
    ledger, account = ledger_of("xiamen", folder, customers)
    taxonomy = load_taxonomy(ROOT / "configs/taxonomy.yaml", "xiamen")
    arrived = arrivals(ledger)
    spine = pd.DataFrame({"customer_id": arrived.index, "as_of": _END})
    rows = build_labels(ledger, spine, "churn", taxonomy, account["ends"])
    rows.insert(2, "arrival", rows["customer_id"].map(arrived))
    rows = some_customers(rows, customers, seed)
    spec = load_catalogue(ROOT / "configs/features.yaml")
    rows = built(ledger, rows, spec, folder / "world" / f"{customers}.parquet")
    return Problem(
        name="Xiamen, churn",
        task="churn",
        classes=taxonomy.classes("churn"),
        horizon_days=taxonomy.horizon_days("churn"),
        rows=rows,
        spec=spec,
        folds=stratified(rows, folds, seed),
        figure="auroc",
        published=YARDSTICK,
        raw=_columns(rows["customer_id"], folder / "data/xiamen/vault"),
    )


def _columns(customers: pd.Series, vault: Path) -> pd.DataFrame:
    """The files' own columns of these customers, in their order; B6 in days before the end."""
    source = Path(os.environ["KEHU_SHARED_DATA"]) / "xiamen"
    parts = []
    for name in ("aum_Q3", "behavior_Q3", "cunkuan_m7", "cunkuan_m8", "cunkuan_m9"):
        part = pd.read_csv(source / f"{name}.csv", encoding="utf-8-sig", index_col="cust_no")
        parts.append(part.add_prefix(f"{name}."))
    columns = pd.concat(parts, axis=1)
    last = pd.to_datetime(columns.pop("behavior_Q3.B6"))
    columns["behavior_Q3.B6"] = (_END - last).dt.total_seconds() / 86_400
    known = pd.read_parquet(vault / "cross_reference.parquet").set_index("record")
    columns.index = pd.Index(columns.index.map(known["customer_id"]))
    columns = columns[columns.index.notna()]
    found = columns.reindex(customers)
    assert found["aum_Q3.X3"].notna().all(), "a customer of the ledger is not in the files"
    return found.reset_index(drop=True)
