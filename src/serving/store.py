"""What the endpoint answers from: the latest feature row of every customer, products and prices.

A release holds it beside the models; the endpoint reads it once, at its start.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from src.core.errors import KehuError
from src.core.files import read_parquet, replacing_folder, write_parquet
from src.core.schemas import LEDGER

FOLDER = "serving"
MARKET = ("products", "prices", "fx_rates")
_REMEDY = "Run `make run` first: it trains the models and writes what the endpoint reads."


@dataclass(frozen=True)
class Store:
    """Feature rows by customer, and the market tables of the ledger.

    features: one row per customer at its latest snapshot: customer_id, as_of, the features.
    without_history: customers that the bank knows, but that no snapshot holds.
    market: the ledger's products, prices and fx_rates, prices ordered by product.
    """

    features: pd.DataFrame
    without_history: frozenset[str]
    market: Mapping[str, pa.Table]

    @cached_property
    def positions(self) -> dict[str, int]:
        """The place of each customer's row in `features`."""
        return {name: place for place, name in enumerate(self.features["customer_id"])}

    @cached_property
    def products(self) -> frozenset[str]:
        """Identifiers of the products that the ledger knows."""
        return frozenset(self.market["products"]["product_id"].to_pylist())

    @cached_property
    def currencies(self) -> frozenset[str]:
        """Currencies with a rate to the base currency, itself among them."""
        return frozenset(self.market["fx_rates"]["currency"].to_pylist())

    def market_of(self, product_ids: set[str]) -> dict[str, pa.Table]:
        """The rows of the market tables that concern these products; all exchange rates."""
        ordered = [name for name in sorted(product_ids) if name in self._prices]
        slices = [self.market["prices"].slice(*self._prices[name]) for name in ordered]
        empty = self.market["prices"].schema.empty_table()
        wanted = pa.array(sorted(product_ids), pa.string())
        products = self.market["products"]
        return {
            "products": products.filter(pc.is_in(products["product_id"], value_set=wanted)),
            "prices": pa.concat_tables([empty, *slices]),
            "fx_rates": self.market["fx_rates"],
        }

    @cached_property
    def _prices(self) -> dict[str, tuple[int, int]]:
        """Offset and length of each product's prices."""
        names = self.market["prices"]["product_id"].to_pandas().to_numpy()
        found, starts, counts = np.unique(names, return_index=True, return_counts=True)
        rows = zip(starts.tolist(), counts.tolist(), strict=True)
        return dict(zip(found.tolist(), rows, strict=True))


def latest_rows(features: pd.DataFrame) -> pd.DataFrame:
    """The last snapshot of each customer, sorted by customer_id: what is served and classified."""
    ordered = features.sort_values(["customer_id", "as_of"], kind="stable")
    return ordered.drop_duplicates("customer_id", keep="last").reset_index(drop=True)


def write_store(ledger: Path, features: pd.DataFrame, folder: Path) -> None:
    """Write what the endpoint reads into `folder`, aside and then renamed.

    ledger: the folder of the integrated ledger. features: all snapshots, as build_features
    returned them. The same inputs give the same bytes.
    """
    latest = latest_rows(features)
    customers = pq.read_table(ledger / "customers.parquet", columns=["customer_id", "known_until"])
    # A customer whose every version is closed was found to be another's second record.
    standing = customers.filter(pc.is_null(customers["known_until"]))
    known = set(standing["customer_id"].to_pylist())
    silent = sorted(known - set(latest["customer_id"]))
    with replacing_folder(folder) as aside:
        write_parquet(aside / "features.parquet", latest)
        names = pa.table({"customer_id": pa.array(silent, pa.string())})
        write_parquet(aside / "without_history.parquet", names)
        for name in MARKET:
            table = pq.read_table(ledger / f"{name}.parquet")
            by_key = [(column, "ascending") for column in LEDGER[name].version_key]
            write_parquet(aside / f"{name}.parquet", table.sort_by(by_key))


def open_store(folder: Path) -> Store:
    """What `write_store` wrote. Raises KehuError if it is missing or damaged."""
    if not folder.is_dir():
        raise KehuError(f"{folder}: no such folder. {_REMEDY}")
    silent = read_parquet(folder / "without_history.parquet")
    return Store(
        features=read_parquet(folder / "features.parquet"),
        without_history=frozenset(silent["customer_id"]),
        market={name: _market_table(folder / f"{name}.parquet", name) for name in MARKET},
    )


def _market_table(path: Path, name: str) -> pa.Table:
    """As Arrow, which keeps the ledger's own types."""
    if not path.is_file():
        raise KehuError(f"{path}: no such file. {_REMEDY}")
    try:
        return pq.read_table(path).cast(LEDGER[name].arrow)
    except (pa.ArrowException, ValueError) as error:
        raise KehuError(f"{path}: not the ledger's {name}: {error}. {_REMEDY}") from error
