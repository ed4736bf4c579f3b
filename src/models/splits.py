"""Test splits and customer-grouped folds, from stable hashes of when a customer became known.

`arrival` tells customers apart (src/features/arrivals.py), not the pseudonym: which of them are
held out, and so every figure, must not depend on the key.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from src.core.errors import ModelError

Mask = npt.NDArray[np.bool_]
Indices = npt.NDArray[np.int64]
Kind = Literal["out_of_time", "unseen_customers"]


@dataclass(frozen=True)
class Split:
    """Which labelled rows train and which judge.

    development, test: (n,) masks over the rows given; rows in neither are left out. No customer
    is in both. kind: "out_of_time" where every development label is complete at first_test, as_of
    + horizon <= first_test; "unseen_customers" where all rows are of one instant, so that the test
    says nothing of other times.
    """

    kind: Kind
    development: Mask
    test: Mask
    last_development: datetime
    first_test: datetime
    last_test: datetime

    def facts(self) -> dict[str, str | int]:
        """The split in plain JSON, for a bundle's card."""
        return {
            "kind": self.kind,
            "development_rows": int(self.development.sum()),
            "test_rows": int(self.test.sum()),
            "last_development": self.last_development.isoformat(),
            "first_test": self.first_test.isoformat(),
            "last_test": self.last_test.isoformat(),
        }


def split_rows(
    rows: pd.DataFrame, horizon_days: int, test_share: float, test_snapshots: int, seed: int
) -> Split:
    """`out_of_time`, or `unseen_customers` of a source whose labels are all of one instant."""
    if len(rows["as_of"].unique()) == 1:
        return unseen_customers(rows, test_share, seed)
    return out_of_time(rows, horizon_days, test_share, test_snapshots, seed)


def unseen_customers(rows: pd.DataFrame, test_share: float, seed: int) -> Split:
    """About test_share of the customers against the others, at the one instant of all rows.

    rows: arrival and as_of of the labelled rows. Raises ModelError if either side is empty.
    """
    instant = rows["as_of"].iloc[0].to_pydatetime()
    test = held_out(rows["arrival"], test_share, seed)
    _require_rows(rows, ~test, test, test_share)
    return Split("unseen_customers", ~test, test, instant, instant, instant)


def out_of_time(
    rows: pd.DataFrame, horizon_days: int, test_share: float, test_snapshots: int, seed: int
) -> Split:
    """Held-out customers at the last labelled snapshots against the others before the gap.

    rows: arrival and as_of of the labelled rows. test: about test_share of the customers, at
    the last test_snapshots instants before the labels run dry (see `before_the_thin_tail`).
    development: the other customers at instants with
    as_of + horizon_days <= the first test instant. Raises ModelError if either side is empty.
    """
    instants = before_the_thin_tail(rows["as_of"])
    horizon = timedelta(days=horizon_days)
    needed = f"test_snapshots ({test_snapshots}) and the horizon of {horizon_days} days"
    if len(instants) == 0:
        raise ModelError("split: no labelled rows. See the reasons in labels.json.")
    first_test = instants[max(len(instants) - test_snapshots, 0)]
    early = instants[instants + horizon <= first_test]
    if len(instants) <= test_snapshots or len(early) == 0:
        raise ModelError(
            f"split: {len(instants)} labelled snapshots from {instants[0]:%Y-%m-%d} to "
            f"{instants[-1]:%Y-%m-%d} leave none for development before {needed}. "
            "Give a longer history, lower train.test_snapshots, or shorten the task's "
            "horizon_days in configs/taxonomy.yaml."
        )
    kept_apart = held_out(rows["arrival"], test_share, seed)
    as_of = rows["as_of"]
    test = kept_apart & as_of.between(first_test, instants[-1]).to_numpy()
    development = ~kept_apart & (as_of <= early[-1]).to_numpy()
    _require_rows(rows, development, test, test_share)
    return Split(
        "out_of_time",
        development,
        test,
        last_development=early[-1].to_pydatetime(),
        first_test=first_test.to_pydatetime(),
        last_test=instants[-1].to_pydatetime(),
    )


def held_out(arrivals: pd.Series, test_share: float, seed: int) -> Mask:
    """(n,) whether a split with that share and seed keeps each row's customer out of training."""
    mask: Mask = _per_row(arrivals, seed, "test") < test_share
    return mask


def _require_rows(rows: pd.DataFrame, development: Mask, test: Mask, test_share: float) -> None:
    for name, mask in (("test", test), ("development", development)):
        if not mask.any():
            raise ModelError(
                f"split: no {name} rows among {rows['arrival'].nunique()} customers with "
                f"train.test_share {test_share}. Give more customers or change the share."
            )


def before_the_thin_tail(as_of: "pd.Series[pd.Timestamp]") -> pd.DatetimeIndex:
    """The labelled instants in order, without the last ones that hold under half the median rows.

    A source whose extract runs dry leaves a handful of rows at its end, too few to judge by.
    """
    counts = as_of.value_counts().sort_index()
    enough = np.flatnonzero(counts >= counts.median() / 2)
    return pd.DatetimeIndex(counts.index[: enough[-1] + 1] if len(enough) else counts.index)


def grouped_folds(customers: pd.Series, folds: int, seed: int) -> Indices:
    """(n,) number of the fold, 0 to folds - 1, of each row; a customer's rows share one fold."""
    places = np.floor(_per_row(customers, seed, "fold") * folds).astype(np.int64)
    empty = sorted(set(range(folds)) - set(places.tolist()))
    if empty:
        raise ModelError(
            f"folds: fold {empty[0]} of {folds} is empty with {customers.nunique()} customers. "
            "Give more customers or lower train.folds."
        )
    return places


def subsample(rows: pd.DataFrame, max_rows: int, seed: int) -> Indices:
    """Positions of at most max_rows rows: whole customers at thinned snapshots.

    Neighbouring snapshots of a customer say nearly the same, so up to two of three snapshots go
    first; then whole customers, those with the highest hash.
    """
    stride = min(3, max(1, int(np.ceil(len(rows) / max_rows))))
    instants = sorted(rows["as_of"].unique(), reverse=True)
    kept = np.flatnonzero(rows["as_of"].isin(instants[::stride]))
    if len(kept) <= max_rows:
        return kept
    place = _per_row(rows["arrival"].iloc[kept], seed, "search")
    order = np.argsort(place, kind="stable")
    last = place[order[max_rows]]
    return np.asarray(kept[place < last], dtype=np.int64)


def require_classes(
    labels: npt.NDArray[np.int64], classes: Iterable[str], where: str, all_of_them: bool
) -> None:
    """Raise ModelError unless at least two classes (or all of them) have a row in `labels`."""
    names = tuple(classes)
    counts = np.bincount(labels, minlength=len(names))
    if (counts > 0).sum() >= (len(names) if all_of_them else 2):
        return
    found = ", ".join(f"{name}: {count}" for name, count in zip(names, counts, strict=True))
    raise ModelError(
        f"{where}: the {len(labels)} rows hold too few classes ({found}); expected "
        f"{'every class' if all_of_them else 'at least two classes'}. Give more customers or a "
        "longer history, raise train.test_share or train.test_snapshots, or change the classes "
        "in configs/taxonomy.yaml."
    )


def _per_row(customers: pd.Series, seed: int, purpose: str) -> npt.NDArray[np.float64]:
    """(n,) a number in [0, 1) per row that depends on the arrival, seed and purpose alone."""
    codes, names = pd.factorize(customers)
    places = np.array([_place(f"{purpose}:{seed}:{name}") for name in names])
    result: npt.NDArray[np.float64] = places[codes]
    return result


def _place(text: str) -> float:
    # 53 bits, as many as a float holds: the quotient is exact and below 1
    number = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
    return (number >> 11) / 2.0**53
