"""In which order the customers became known: what tells them apart without their pseudonyms."""

import pandas as pd

from src.core.ledger import Ledger
from src.features.plan import fetched

_DIGITS = 8


def arrivals(ledger: Ledger) -> "pd.Series[str]":
    """By customer_id, the instant at which the customer became known and the customer's number
    among those of that instant, in the ledger's order; unique, and sorted as texts in time.

    The same for the same person whatever the key of the pseudonyms is, and whoever comes later.
    """
    customers = ledger["customers"].select("customer_id", "known_at")
    first = fetched(ledger, customers).sort_values("known_at", kind="stable")
    first = first.drop_duplicates("customer_id")
    number = first.groupby("known_at").cumcount().astype("str").str.zfill(_DIGITS)
    texts = first["known_at"].dt.strftime("%Y-%m-%dT%H:%M:%S.%f") + "/" + number
    return pd.Series(texts.to_numpy(), index=first["customer_id"].to_numpy(), dtype="str")
