"""Whose rows a kept snapshot has, and whose it should have now: told without the movements.

Who is to be seen at an instant follows from what was known before it, but for two things that come
later: who turned out to be another's second record, and whom delivered labels ask for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from pathlib import Path

import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from src.core.errors import KehuError
from src.core.files import read_json, write_json
from src.core.ledger import Ledger
from src.features.increments import Scratch
from src.features.plan import fetched

_FILE = "closed_customers.json"
EVERY = "every customer"


@dataclass(frozen=True)
class Asked:
    """For whom rows are asked at an instant, and how many they are at most."""

    who: str
    rows: int


def asked_at(ledger: Ledger, instants: Sequence[datetime], customers: int) -> dict[datetime, Asked]:
    """Of each instant of the spine, in order: every customer at `instants`, and at those of
    delivered labels the customers that have one, told by a digest of their names."""
    labels = ledger["labels"].select("customer_id", "as_of").distinct().order_by("customer_id")
    asked = {}
    for at, names in fetched(ledger, labels).groupby("as_of")["customer_id"]:
        who = sha256("\n".join(names).encode()).hexdigest()
        instant = pd.Timestamp(at)  # type: ignore[arg-type]  # a timestamp it is
        asked[instant.to_pydatetime()] = Asked(f"labelled {who}", len(names))
    return dict(sorted((asked | dict.fromkeys(instants, Asked(EVERY, customers))).items()))


class StandingCustomers:
    """The customers of which a version still stands, and what an earlier run kept of the others."""

    def __init__(self, scratch: Scratch, old: Path, new: Path) -> None:
        """old: the earlier run's folder. Writes into the folder `new` who is none any more."""
        known = scratch.ledger["customers"]
        self._scratch, self._known = scratch, known
        self._standing = known.filter(known.known_until.isnull())  # noqa: PD003
        closed = known.anti_join(self._standing, "customer_id").select("customer_id").distinct()
        found = scratch.fetch(closed.order_by("customer_id"))["customer_id"].to_pylist()
        self._back = sorted(_closed(old) - set(found))
        write_json(new / _FILE, found)

    @cached_property
    def count(self) -> int:
        """How many there are."""
        number = self._standing.select("customer_id").distinct().count().as_table()
        return int(self._scratch.fetch(number).column(0)[0].as_py())

    @cached_property
    def _back_since(self) -> datetime | None:
        """When the first became known of those that were none at the earlier run and are again."""
        again = self._standing.filter(self._standing["customer_id"].isin(self._back))
        known = self._known.semi_join(again, "customer_id")
        first: datetime | None = (
            self._scratch.fetch(known.aggregate(first=known.known_at.min())).column(0)[0].as_py()
        )
        return first

    def some_came_back(self, as_of: datetime) -> bool:
        """Whether the earlier run left out somebody, known at that instant, who now is there."""
        since = self._back_since if self._back else None
        return since is not None and since < as_of

    def gone(self, files: Sequence[Path]) -> dict[datetime, pa.Table]:
        """Of each instant of these files the customers (customer_id) that are none any more."""
        if not files:
            return {}
        kept: ir.Table = self._scratch.stored("customers_kept", files)
        left = kept.select("as_of", "customer_id").anti_join(self._standing, "customer_id")
        found = self._scratch.fetch(left)
        return {
            at: found.filter(pc.equal(found["as_of"], at)).select(["customer_id"])
            for at in found["as_of"].unique().to_pylist()
        }


def _closed(folder: Path) -> set[str]:
    try:
        return {str(name) for name in read_json(folder / _FILE)}
    except (KehuError, TypeError):
        return set()
