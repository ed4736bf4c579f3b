"""The features of each snapshot in a file of its own; what stands of an earlier run is kept.

What is seen at a snapshot does not change when more becomes known later, so neither does its file,
features.parquet/snapshot=2024-01-01/000000.parquet by its day and time: the folder is read as one
table, and divided as Spark divides it.
"""

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

import pandas as pd

from src.core.files import digest, read_parquet, write_parquet
from src.core.ledger import Ledger
from src.features.build import build_features
from src.features.condense import condensed
from src.features.known import known_content
from src.features.snapshot_manifest import Origin, SnapshotFile, standing_files, write_manifest
from src.features.spec import FeatureSpec
from src.features.spine import sorted_spine

FEATURES = "features.parquet"


def update_snapshots(
    ledger: Ledger, spine: pd.DataFrame, spec: FeatureSpec, made_by: str, old: Path, new: Path
) -> dict[datetime, str]:
    """Write the features of `spine`, a file a snapshot, and their manifest into the folder `new`:
    read as one table they are what `build_features` returns.

    old: the folder of an earlier run, or none. Of its snapshots that stand, the rows are taken; all
    others are computed in one build. made_by: of the manifest's Origin. Returns why, of each
    snapshot of which rows were computed. Raises as `build_features`.
    """
    keys, content = sorted_spine(spine), known_content(ledger)
    instants = [at.to_pydatetime() for at in keys["as_of"].drop_duplicates()]
    origins = {at: Origin(spec.digest, made_by, content.before(at)) for at in instants}
    standing, why = standing_files(old, origins)
    snapshots = [_Snapshot(at, keys[keys["as_of"] == at], standing.get(at)) for at in instants]
    lacking = pd.concat([keys.iloc[:0], *(each.lacking for each in snapshots)])
    built = _built(ledger, lacking, spec) if len(lacking) or keys.empty else None
    files = {}
    for each in snapshots:
        path = each.write(new, built)
        name = path.relative_to(new).as_posix()
        files[each.as_of] = SnapshotFile(name, digest(path), origins[each.as_of])
        if each.kept is not None and len(each.lacking):
            why[each.as_of] = f"{len(each.lacking):,} customers more"
    if keys.empty and built is not None:
        write_parquet(new / FEATURES / "empty.parquet", built)
    write_manifest(new, files)
    return why


def _built(ledger: Ledger, spine: pd.DataFrame, spec: FeatureSpec) -> pd.DataFrame:
    if spine.empty:
        return build_features(ledger, spine, spec)
    first, last = (at.to_pydatetime() for at in (spine["as_of"].min(), spine["as_of"].max()))
    with condensed(ledger, first, last, spec) as few:
        return build_features(few, spine, spec)


@dataclass(frozen=True)
class _Snapshot:
    """One instant's rows of the spine, and the file of an earlier run that stands for it."""

    as_of: datetime
    rows: pd.DataFrame
    kept: Path | None

    @cached_property
    def _stored(self) -> "pd.Series[str]":
        """The customers of the file."""
        if self.kept is None:
            return self.rows["customer_id"].iloc[:0]
        return read_parquet(self.kept, ["customer_id"])["customer_id"]

    @cached_property
    def lacking(self) -> pd.DataFrame:
        """The rows that the file doesn't have."""
        return self.rows[~self.rows["customer_id"].isin(self._stored)]

    def write(self, folder: Path, built: pd.DataFrame | None) -> Path:
        """Write the snapshot's rows, from the file and from those that were built."""
        day, time = f"{self.as_of:%Y-%m-%d}", f"{self.as_of:%H%M%S%f}"
        path = folder / FEATURES / f"snapshot={day}" / f"{time}.parquet"
        if self.kept is not None and self._stored.tolist() == self.rows["customer_id"].tolist():
            _keep(self.kept, path)
            return path
        parts = []
        if self.kept is not None:
            frame = read_parquet(self.kept)
            parts.append(frame[frame["customer_id"].isin(self.rows["customer_id"])])
        if built is not None:
            parts.append(built[built["as_of"] == self.as_of])
        write_parquet(path, pd.concat(parts).sort_values("customer_id", ignore_index=True))
        return path


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
