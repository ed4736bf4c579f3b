"""In which order the customers became known: what tells them apart without their pseudonyms."""

from pathlib import Path

import ibis.expr.types as ir
import pandas as pd

from src.core.files import read_parquet
from src.core.ledger import Ledger, open_ledger
from src.features.plan import Rows, fetched, given

_DIGITS = 8


def arrivals(ledger: Ledger) -> "pd.Series[str]":
    """By customer_id, the instant at which the customer became known and the customer's number
    among those of that instant, in the ledger's order; unique, and sorted as texts in time.

    The same for the same person whatever the key of the pseudonyms is, and whoever comes later.
    """
    first = _in_ledgers_order(ledger).sort_values("known_at", kind="stable")
    first = first.drop_duplicates("customer_id")
    number = first.groupby("known_at").cumcount().astype("str").str.zfill(_DIGITS)
    texts = first["known_at"].dt.strftime("%Y-%m-%dT%H:%M:%S.%f") + "/" + number
    return pd.Series(texts.to_numpy(), index=first["customer_id"].to_numpy(), dtype="str")


def arrivals_from(folder: Path, ledger: Ledger) -> "pd.Series[str]":
    """The same of the ledger in `folder`, of which `ledger` may be a view: an engine may read a
    view in any order, and what was known before some instant must not change who came when."""
    return arrivals(ledger if ledger.folder else open_ledger(folder, ledger.backend))


def with_arrival(ledger: Ledger, labels: Rows, arrived: "pd.Series[str]") -> Rows:
    """`labels` (customer_id, as_of, label) with a column arrival before the label."""
    columns = ["customer_id", "as_of", "arrival", "label"]
    if not isinstance(labels, ir.Table):
        return labels.assign(arrival=labels["customer_id"].map(arrived))[columns]
    frame = arrived.rename("arrival").rename_axis("customer_id").reset_index()
    told = labels.join(given(ledger, "arrivals", frame), "customer_id")
    return ledger.backend.keep("kehu_labels", told.select(columns))


def _in_ledgers_order(ledger: Ledger) -> pd.DataFrame:
    """(customer_id, known_at) of all versions; an engine may read a large file in any order."""
    columns = ["customer_id", "known_at"]
    if ledger.folder is None:
        return fetched(ledger, ledger["customers"].select(columns))
    return read_parquet(ledger.folder / "customers.parquet", columns)
