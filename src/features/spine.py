"""The spine: which customers are looked at, and when."""

from collections.abc import Sequence
from datetime import datetime

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from src.core.errors import FeatureError
from src.core.ledger import Ledger
from src.core.params import SnapshotParams
from src.core.time import add_months, month_starts
from src.features.plan import fetched, sorted_spine
from src.features.windows import (
    following_midnight,
    is_before,
    is_joined,
    last_covered,
    midnight,
    stated_from,
    visible_from,
)


def data_period(ledger: Ledger) -> tuple[datetime, datetime]:
    """First movement or statement, and the midnight that ends the last day with either.

    Deliveries are whole days: a movement ends with its day. A statement covers what occurred
    before it, so one at midnight ends the day before. Raises FeatureError if the ledger has
    neither.
    """
    times = _times(ledger)
    found = fetched(ledger, times.aggregate(first=times["at"].min(), last=times.covered.max()))
    first, last = found.iloc[0]
    if pd.isna(first):
        raise FeatureError(
            "ledger: transactions and balances are empty; expected movements or statements. "
            "Check integration.json for rejected rows."
        )
    return first.to_pydatetime(), following_midnight(last.to_pydatetime())


def customer_ends(ledger: Ledger) -> "pd.Series[pd.Timestamp]":
    """By customer_id, the midnight that ends the last day with a movement or statement."""
    times = _times(ledger)
    found = fetched(ledger, times.group_by("customer_id").aggregate(last=times.covered.max()))
    last = found.set_index("customer_id")["last"].astype("datetime64[us]")
    return last.dt.normalize() + pd.Timedelta(days=1)


def _times(ledger: Ledger) -> ir.Table:
    """When movements and statements are, and the last instant that each covers."""
    moves, stated = ledger["transactions"], ledger["balances"]
    return moves.select("customer_id", at=moves.occurred_at, covered=moves.occurred_at).union(
        stated.select("customer_id", at=stated["as_of"], covered=last_covered(stated["as_of"]))
    )


def snapshots(ledger: Ledger, params: SnapshotParams) -> list[datetime]:
    """Month starts from warmup_months after the first movement to the end of the data.

    Raises FeatureError if the data is shorter than the warm-up.
    """
    first, end = data_period(ledger)
    begin = add_months(midnight(first), params.warmup_months)
    instants = month_starts(begin, end, params.every_months)
    if not instants:
        raise FeatureError(
            f"ledger: movements from {first} to {end} hold no month start after a warm-up of "
            f"{params.warmup_months} months. Lower features.snapshots.warmup_months."
        )
    return instants


def make_spine(ledger: Ledger, snapshots: Sequence[datetime]) -> pd.DataFrame:
    """(customer_id, as_of): customers known, joined, and with any movement or statement before.

    Sorted by as_of, customer_id; unique.
    """
    moves, stated, known = ledger["transactions"], ledger["balances"], ledger["customers"]
    seen = moves.select("customer_id", since=visible_from(moves.occurred_at, moves.known_at))
    seen = seen.union(
        stated.select("customer_id", since=stated_from(stated["as_of"], stated.known_at))
    )
    seen = seen.group_by("customer_id").aggregate(since=seen.since.min())
    instants = ibis.memtable(pa.table({"as_of": pa.array(list(snapshots), pa.timestamp("us"))}))
    pairs = seen.cross_join(instants)
    pairs = pairs.filter(is_before(pairs.since, pairs["as_of"])).select("customer_id", "as_of")
    joined = pairs.join(known, "customer_id")
    joined = joined.filter(
        is_before(joined.known_at, joined["as_of"]), is_joined(joined["as_of"], joined.joined_on)
    )
    spine = fetched(ledger, joined.select("customer_id", "as_of").distinct())
    return sorted_spine(spine)
