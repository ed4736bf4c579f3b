"""Customer asset size out of the messy extracts beside the simulator's sealed truth."""

from pathlib import Path

import pandas as pd

from src.core.engine import EngineParams, connect
from src.core.ledger import open_ledger, with_hindsight
from src.features.assets import asset_size
from tests.support.bank.sealed_truth import persons_of_customers, read_truth

KEYS = ["customer_id", "as_of"]
YUAN = 100


def beside_truth(folder: Path) -> pd.DataFrame:
    """Every standing customer at every month's first instant: asset_size with hindsight, person,
    asset_minor_true and apart, the difference (minor units), and has_account.

    A person's money is on the account of the core record. Where linkage found no match for another
    record of the person, that record is a customer without an account, whose assets are nothing:
    the truth about the person is the other customer's.
    """
    truth = read_truth(folder / "truth")
    persons = persons_of_customers(truth, folder / "vault")
    true = truth.months.merge(persons, on="person")
    true = true.astype({"customer_id": "str", "as_of": "datetime64[us]"})
    ledger = open_ledger(folder / "ledger", connect(EngineParams(threads=1)))
    found = asset_size(with_hindsight(ledger), true[KEYS].drop_duplicates())
    both = found.merge(true, on=KEYS, suffixes=("", "_true"), validate="one_to_one")
    both["has_account"] = both["customer_id"].isin(_with_account(folder))
    both["asset_minor_true"] = both["asset_minor_true"].where(both["has_account"], 0)
    return both.assign(apart=(both["asset_minor"] - both["asset_minor_true"]).abs())


def _with_account(folder: Path) -> set[str]:
    """The standing customers with a record of core banking, each of which has an account."""
    links = pd.read_parquet(folder / "vault" / "cross_reference.parquet")
    standing = links[links["known_until"].isna() & links["record"].str.startswith("core:")]
    return set(standing["customer_id"])


def summary(compared: pd.DataFrame) -> dict[str, float]:
    """Figures of what `beside_truth` returned; money in yuan."""
    with_account = compared[compared["has_account"]]
    complete = with_account[with_account["complete"]]
    without = compared[~compared["has_account"]]
    return {
        "customers with an account": with_account["customer_id"].nunique(),
        "persons among them": with_account["person"].nunique(),
        "customer-months compared": len(with_account),
        "complete": len(complete),
        "complete share": len(complete) / len(with_account),
        "within 1 yuan of those complete": float((complete["apart"] <= YUAN).mean()),
        "worst difference of those complete, yuan": complete["apart"].max() / YUAN,
        "within 1 yuan of all": float((with_account["apart"] <= YUAN).mean()),
        "worst difference of all, yuan": with_account["apart"].max() / YUAN,
        "customers without an account (records that linkage left apart)": without[
            "customer_id"
        ].nunique(),
        "their assets, yuan": without["asset_minor"].abs().sum() / YUAN,
    }
