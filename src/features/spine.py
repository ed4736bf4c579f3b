"""The spine: which customers are looked at, and when."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from src.core.errors import FeatureError
from src.core.ledger import Ledger, on_spark, with_hindsight
from src.core.params import SnapshotParams
from src.core.time import add_months, month_starts
from src.features.plan import Rows, fetched
from src.features.standing_extent import standing_extent
from src.features.windows import (
    day_after,
    following_midnight,
    instants,
    is_joined,
    is_known,
    last_covered,
    midnight,
    require_whole_microseconds,
    stated_from,
    until,
    visible_from,
)

_INSTANT = timedelta(microseconds=1)
_INSTANTS = np.dtype("datetime64[us]")


def sorted_spine(spine: pd.DataFrame) -> pd.DataFrame:
    """customer_id and as_of (naive, microseconds), sorted by as_of, customer_id.

    Raises FeatureError if a column is missing, a value is null, or a row occurs twice.
    """
    missing = {"customer_id", "as_of"} - set(spine.columns)
    if missing:
        raise FeatureError(
            f"spine: column {sorted(missing)[0]!r} is missing, found {list(spine.columns)}. "
            "Give the columns customer_id and as_of."
        )
    if len(spine) == 1 and (only := _only(spine)) is not None:
        return only
    if spine["customer_id"].isna().any() or spine["as_of"].isna().any():
        raise FeatureError("spine: a customer_id or as_of is empty. Give both in every row.")
    keys = pd.DataFrame(
        {
            "customer_id": spine["customer_id"].astype("str"),
            "as_of": require_whole_microseconds(spine["as_of"]),
        }
    )
    if _in_order(keys):
        return keys.reset_index(drop=True)
    twice = keys.duplicated()
    if twice.any():
        row = keys[twice].iloc[0]
        raise FeatureError(
            f"spine: customer_id {row['customer_id']!r}, as_of {row['as_of']} occurs twice; "
            "expected unique rows. Drop the duplicates."
        )
    return keys.sort_values(["as_of", "customer_id"], kind="stable", ignore_index=True)


def _only(spine: pd.DataFrame) -> pd.DataFrame | None:
    """A spine of one row as it is, if it is as it should be: to look at it longer would take longer
    than its features do. None if it is not."""
    name, as_of = spine["customer_id"], spine["as_of"]
    if name.dtype != "str" or as_of.dtype != _INSTANTS or list(spine) != ["customer_id", "as_of"]:
        return None
    if not isinstance(name.iloc[0], str) or as_of.iloc[0] is pd.NaT or spine.index[0] != 0:
        return None
    return spine


def _in_order(keys: pd.DataFrame) -> bool:
    """Whether each row comes after the one before it, so that none is there twice."""
    times, names = keys["as_of"].to_numpy(), keys["customer_id"].array
    later, same = times[1:] > times[:-1], times[1:] == times[:-1]
    return bool((later | (same & np.asarray(names[1:] > names[:-1]))).all())


def data_period(ledger: Ledger) -> tuple[datetime, datetime]:
    """First movement or statement, and the midnight that ends the last day with either, by the
    versions that still stand.

    Deliveries are whole days: a movement ends with its day. A statement covers what occurred
    before it, so one at midnight ends the day before. Raises FeatureError if the ledger has
    neither.
    """
    first, last = _period_of_files(ledger.folder) if ledger.folder else _period(ledger)
    if first is None or last is None:
        raise FeatureError(
            "ledger: transactions and balances are empty; expected movements or statements. "
            "Check integration.json for rejected rows."
        )
    return first, following_midnight(last)


_Period = tuple[datetime | None, datetime | None]


def _period(ledger: Ledger) -> _Period:
    times = _times(ledger)
    found = fetched(ledger, times.aggregate(first=times["at"].min(), last=times.covered.max()))
    first, last = (None if pd.isna(at) else at.to_pydatetime() for at in found.iloc[0])
    return first, last


def _period_of_files(folder: Path) -> _Period:
    """The same of a ledger's files, most of which need not be read."""
    moved = standing_extent(folder / "transactions.parquet", "occurred_at")
    stated = standing_extent(folder / "balances.parquet", "as_of")
    first = [extent[0] for extent in (moved, stated) if extent]
    last = [moved[1]] if moved else []
    last += [stated[1] - _INSTANT] if stated else []
    return min(first, default=None), max(last, default=None)


def customer_ends(ledger: Ledger) -> ir.Table:
    """(customer_id, ends): the midnight that ends the last day with a movement or statement."""
    times = _times(ledger)
    return times.group_by("customer_id").aggregate(ends=day_after(times.covered.max()))


def _times(ledger: Ledger) -> ir.Table:
    """When movements and statements that stand are, and the last instant that each covers."""
    standing = with_hindsight(ledger)
    moves, stated = standing["transactions"], standing["balances"]
    return moves.select("customer_id", at=moves.occurred_at, covered=moves.occurred_at).union(
        stated.select("customer_id", at=stated["as_of"], covered=last_covered(stated["as_of"]))
    )


def snapshots(ledger: Ledger, params: SnapshotParams) -> list[datetime]:
    """Month starts from warmup_months after the first movement to the end of the data.

    Empty where the data is shorter than the warm-up but the source delivers labels: `make_spine`
    looks at their instants. Raises FeatureError if it doesn't either.
    """
    first, end = data_period(ledger)
    begin = add_months(midnight(first), params.warmup_months)
    instants = month_starts(begin, end, params.every_months)
    if not instants and not _delivers_labels(ledger):
        raise FeatureError(
            f"ledger: movements from {first} to {end} hold no month start after a warm-up of "
            f"{params.warmup_months} months, and there are no delivered labels. Lower "
            "features.snapshots.warmup_months."
        )
    return instants


def _delivers_labels(ledger: Ledger) -> bool:
    """Whether the source brings labels along, of any task."""
    return not fetched(ledger, ledger["labels"].select("customer_id").limit(1)).empty


def make_spine(ledger: Ledger, snapshots: Sequence[datetime]) -> pd.DataFrame:
    """`spine_rows` in this process, sorted by as_of, customer_id; unique."""
    return sorted_spine(fetched(ledger, spine_rows(ledger, snapshots)))


def engine_spine(ledger: Ledger, snapshots: Sequence[datetime]) -> Rows:
    """The spine as the engine takes it: on DuckDB `make_spine`, on Spark a table of its own with a
    column row, of which nothing comes into this process.
    """
    if not on_spark(ledger.backend):
        return make_spine(ledger, snapshots)
    return ledger.backend.keep("kehu_spine_made", spine_rows(ledger, snapshots), number="row")


def spine_rows(ledger: Ledger, snapshots: Sequence[datetime]) -> ir.Table:
    """(customer_id, as_of): customers known, joined, and with any movement or statement before;
    all of them at each of `snapshots`, and those with a delivered label at its instant.

    Of these, who is still a customer at the end of the data: one that was found to be another's
    second record is not.
    """
    seen, labels = _seen(ledger), ledger["labels"].select("customer_id", "as_of").distinct()
    pairs = seen.mutate(as_of=instants(snapshots).unnest())
    pairs = pairs.union(seen.join(labels, "customer_id").select(pairs.columns))
    pairs = pairs.filter(is_known(pairs["as_of"], pairs.since, pairs.known_until))
    known = ledger["customers"]
    standing = known.filter(known.known_until.isnull())  # noqa: PD003
    pairs = pairs.select("customer_id", "as_of").distinct().semi_join(standing, "customer_id")
    joined = pairs.join(known.mutate(known_until=until(known.known_until)), "customer_id")
    joined = joined.filter(
        is_known(joined["as_of"], joined.known_at, joined.known_until),
        is_joined(joined["as_of"], joined.joined_on),
    )
    return joined.select("customer_id", "as_of").distinct()


def _seen(ledger: Ledger) -> ir.Table:
    """(customer_id, since, known_until): the customer has a visible movement or statement where
    since < as_of <= known_until. One row per customer and end: most versions never end.
    """
    moves, stated = ledger["transactions"], ledger["balances"]
    seen = moves.select(
        "customer_id",
        "known_until",
        since=visible_from(moves.occurred_at, moves.known_at),
    ).union(
        stated.select(
            "customer_id",
            "known_until",
            since=stated_from(stated["as_of"], stated.known_at),
        )
    )
    seen = seen.mutate(known_until=until(seen.known_until))
    return seen.group_by("customer_id", "known_until").aggregate(since=seen.since.min())
