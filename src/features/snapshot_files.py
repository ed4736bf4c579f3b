"""The features of each snapshot in a file of its own; what stands of an earlier run is kept.

What is seen at a snapshot does not change when more becomes known later, so neither does its file,
features.parquet/snapshot=2024-01-01/000000.parquet by its day and time: the folder is read as one
table, and divided as Spark divides it.
"""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from src.core.files import digest, read_parquet, write_parquet
from src.core.ledger import Ledger
from src.features.condense import condensed
from src.features.growing_file import GrowingFile
from src.features.known import known_content
from src.features.slices import sliced
from src.features.snapshot_manifest import Origin, SnapshotFile, standing_files, write_manifest
from src.features.spec import FeatureSpec
from src.features.spine import sorted_spine
from src.features.stored import rows_schema
from src.features.to_parquet import feature_slices

FEATURES = "features.parquet"


def update_snapshots(
    ledger: Ledger, spine: pd.DataFrame, spec: FeatureSpec, made_by: str, old: Path, new: Path
) -> dict[datetime, str]:
    """Write the features of `spine`, a file a snapshot, and their manifest into the folder `new`:
    read as one table they are what `build_features` returns.

    old: the folder of an earlier run, or none. Of its snapshots that stand, the rows are taken; all
    others are computed in one pass, slice by slice: of the features no more comes into memory.
    made_by: of the manifest's Origin. Returns why, of each snapshot of which rows were computed.
    Raises as `build_features`.
    """
    keys, content = sorted_spine(spine), known_content(ledger)
    instants = [at.to_pydatetime() for at in keys["as_of"].drop_duplicates()]
    origins = {at: Origin(spec.digest, made_by, content.before(at)) for at in instants}
    standing, why = standing_files(old, origins)
    snapshots = [
        _Snapshot(at, keys[keys["as_of"] == at], standing.get(at), _path(new, at))
        for at in instants
    ]
    for each in snapshots:
        if each.stands:
            _keep(standing[each.as_of], each.path)
        elif each.kept is not None and len(each.lacking):
            why[each.as_of] = f"{len(each.lacking):,} customers more"
    _write([each for each in snapshots if not each.stands], ledger, spec)
    if not snapshots:
        write_parquet(new / FEATURES / "empty.parquet", rows_schema(spec).empty_table())
    files = {
        each.as_of: SnapshotFile(
            each.path.relative_to(new).as_posix(), digest(each.path), origins[each.as_of]
        )
        for each in snapshots
    }
    write_manifest(new, files)
    return why


def _path(folder: Path, as_of: datetime) -> Path:
    return folder / FEATURES / f"snapshot={as_of:%Y-%m-%d}" / f"{as_of:%H%M%S%f}.parquet"


def _write(snapshots: Sequence["_Snapshot"], ledger: Ledger, spec: FeatureSpec) -> None:
    """Write the files of these snapshots: slices of customers that are computed, as they come."""
    with ExitStack() as stack:
        files = {
            each.as_of: stack.enter_context(closing(GrowingFile(each.path, rows_schema(spec))))
            for each in snapshots
        }
        beside: dict[datetime, list[pa.Table]] = {
            each.as_of: [] for each in snapshots if each.kept is not None
        }
        lacking = [each.lacking for each in snapshots if len(each.lacking)]
        for part in _built(ledger, pd.concat(lacking), spec) if lacking else ():
            for as_of, rows in _by_snapshot(part):
                if as_of in beside:
                    beside[as_of].append(rows)
                else:
                    files[as_of].add(rows)
        for each in snapshots:
            if each.kept is not None:
                files[each.as_of].add(each.merged(beside[each.as_of], rows_schema(spec)))


def _by_snapshot(rows: pa.Table) -> Iterator[tuple[datetime, pa.Table]]:
    """The rows of each instant, of rows sorted by as_of."""
    instants, starts = np.unique(rows["as_of"].to_numpy(), return_index=True)
    for as_of, start, end in zip(instants, starts, [*starts[1:], len(rows)], strict=True):
        yield pd.Timestamp(as_of).to_pydatetime(), rows.slice(start, end - start)


def _built(ledger: Ledger, spine: pd.DataFrame, spec: FeatureSpec) -> Iterator[pa.Table]:
    keys = sorted_spine(spine)
    first, last = (at.to_pydatetime() for at in (keys["as_of"].min(), keys["as_of"].max()))
    with condensed(ledger, first, last, spec) as few:
        yield from feature_slices(few, sliced(few, keys), spec)


@dataclass(frozen=True)
class _Snapshot:
    """One instant's rows of the spine, and the file of an earlier run that stands for it."""

    as_of: datetime
    rows: pd.DataFrame
    kept: Path | None
    path: Path

    @cached_property
    def _stored(self) -> "pd.Series[str]":
        """The customers of the kept file."""
        if self.kept is None:
            return self.rows["customer_id"].iloc[:0]
        return read_parquet(self.kept, ["customer_id"])["customer_id"]

    @cached_property
    def stands(self) -> bool:
        """Whether the kept file has exactly these rows."""
        return self.kept is not None and self._stored.tolist() == self.rows["customer_id"].tolist()

    @cached_property
    def lacking(self) -> pd.DataFrame:
        """The rows that the kept file doesn't have."""
        return self.rows[~self.rows["customer_id"].isin(self._stored)]

    def merged(self, others: Sequence[pa.Table], schema: pa.Schema) -> pa.Table:
        """The kept file's rows that are still asked for, and others, in order."""
        kept = pq.read_table(self.kept, partitioning=None).cast(schema)
        asked = pc.is_in(kept["customer_id"], pa.array(self.rows["customer_id"], pa.string()))
        return pa.concat_tables([kept.filter(asked), *others]).sort_by("customer_id")


def _keep(file: Path, path: Path) -> None:
    """The same file under another name; a copy where the file system links none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(file, path)
    except OSError:
        shutil.copy2(file, path)


def why_computed(why: Mapping[datetime, str]) -> list[str]:
    """A line for each reason, with the snapshots that it is the reason of."""
    of_reason: dict[str, list[str]] = {}
    for at, reason in sorted(why.items()):
        of_reason.setdefault(reason, []).append(f"{at:%Y-%m-%d}")
    return [f"{_span(days)}: {reason}" for reason, days in of_reason.items()]


def _span(days: Sequence[str]) -> str:
    return days[0] if len(days) == 1 else f"{len(days)} from {days[0]} to {days[-1]}"
