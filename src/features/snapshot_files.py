"""The features of each snapshot in a file of its own; what stands of an earlier run is kept.

What is seen at a snapshot does not change when more becomes known later, so neither does its file,
features.parquet/snapshot=2024-01-01/000000.parquet by its day and time: the folder is read as one
table, and divided as Spark divides it.
"""

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import ibis.expr.types as ir
import pyarrow as pa

from src.core.files import digest, link_or_copy, write_parquet
from src.core.ledger import Ledger
from src.features.build import build_slices
from src.features.condense import condensed
from src.features.growing_file import GROUP_ROWS, GrowingFile
from src.features.increments import Scratch
from src.features.known_groups import KnownGroups
from src.features.past_file import PastFile
from src.features.snapshot_manifest import Origin, SnapshotFile, standing_files, write_manifest
from src.features.spec import FeatureSpec
from src.features.spine_file import spine_file
from src.features.stored import KEYS, rows_schema

FEATURES = "features.parquet"
# Rows that the files of one pass hold in memory, at most: those of a year of months.
HELD_ROWS = 12 * GROUP_ROWS


@dataclass(frozen=True)
class Updated:
    """The rows of each snapshot; why, of each of which rows were computed."""

    rows: Mapping[datetime, int]
    why: Mapping[datetime, str]


def update_snapshots(
    ledger: Ledger, spine: ir.Table, spec: FeatureSpec, made_by: str, old: Path, new: Path
) -> Updated:
    """Write the features of `spine`, a file a snapshot, and their manifest into the folder `new`:
    read as one table they are what `build_features` returns.

    spine: (customer_id, as_of), unique, an expression over the ledger's tables. old: the folder of
    an earlier run, or none. Of its snapshots that stand, the rows are taken; all others are
    computed slice by slice: of rows and features no more comes into memory. made_by: of the
    manifest's Origin. Raises as `build_features`.
    """
    groups = KnownGroups(made_by)
    groups.read(old)
    content = groups.content(ledger)
    with closing(Scratch(ledger)) as scratch:
        keys = scratch.keep("spine", spine.select("customer_id", "as_of"))
        rows = _counts(scratch, keys)
        origins = {at: Origin(spec.digest, made_by, content.before(at)) for at in rows}
        standing, why = standing_files(old, origins)
        lacking, gone = _differences(scratch, keys, standing)
        more, fewer = _counts(scratch, lacking), _counts(scratch, gone)
        for at, file in standing.items():
            if at in more:
                why[at] = f"{more[at]:,} customers more"
            elif at not in fewer:
                link_or_copy(file, _path(new, at))
        past = PastFile(new, scratch, spec.digest, made_by, content)
        past.take(old)
        for instants in _passes(more):
            of_pass = lacking.filter(lacking["as_of"].isin(instants))
            _compute(ledger, of_pass, spec, {at: _path(new, at) for at in instants}, past)
        for at in sorted({*more, *fewer} & set(standing)):
            _merge(scratch, standing[at], gone, _path(new, at), spec)
    if not rows:
        write_parquet(new / FEATURES / "empty.parquet", rows_schema(spec).empty_table())
    paths = {at: _path(new, at) for at in rows}
    files = {
        at: SnapshotFile(path.relative_to(new).as_posix(), digest(path), origins[at])
        for at, path in paths.items()
    }
    write_manifest(new, files)
    groups.write(new)
    return Updated(rows, why)


def _path(folder: Path, as_of: datetime) -> Path:
    return folder / FEATURES / f"snapshot={as_of:%Y-%m-%d}" / f"{as_of:%H%M%S%f}.parquet"


def _counts(scratch: Scratch, keys: ir.Table) -> dict[datetime, int]:
    """How many rows each instant has, those that have any, in order."""
    counted = keys.group_by("as_of").aggregate(rows=keys.count()).order_by("as_of")
    return {row["as_of"]: row["rows"] for row in scratch.fetch(counted).to_pylist()}


def _differences(
    scratch: Scratch, keys: ir.Table, standing: Mapping[datetime, Path]
) -> tuple[ir.Table, ir.Table]:
    """The rows of the spine that stand in no file, and those of the files that it doesn't have."""
    if not standing:
        return keys, keys.limit(0)
    kept = scratch.stored("kept", list(standing.values())).select(*KEYS)
    lacking = scratch.keep("lacking", keys.anti_join(kept, KEYS))
    return lacking, scratch.keep("gone", kept.anti_join(keys, KEYS))


def _passes(rows: Mapping[datetime, int]) -> Iterator[list[datetime]]:
    """The instants in order, so many at a time as HELD_ROWS allows."""
    instants: list[datetime] = []
    held = 0
    for at, count in rows.items():
        own = min(count, GROUP_ROWS)
        if instants and held + own > HELD_ROWS:
            yield instants
            instants, held = [], 0
        instants.append(at)
        held += own
    if instants:
        yield instants


def _compute(
    ledger: Ledger,
    spine: ir.Table,
    spec: FeatureSpec,
    paths: Mapping[datetime, Path],
    past: PastFile,
) -> None:
    """Write the features of these rows, each instant's into the file at its path."""
    with ExitStack() as stack:
        files = {
            at: stack.enter_context(closing(GrowingFile(path, rows_schema(spec))))
            for at, path in paths.items()
        }
        before = condensed(ledger, min(paths), max(paths), spec, past.past)
        few, newer = stack.enter_context(before)
        past.keep(newer)
        for as_of, rows in build_slices(few, stack.enter_context(spine_file(few, spine)), spec):
            files[as_of].add(rows)


def _merge(scratch: Scratch, kept: Path, gone: ir.Table, path: Path, spec: FeatureSpec) -> None:
    """Put the rows of the file `kept`, but those that are `gone`, into the file at `path` beside
    what is there, in order."""
    still = scratch.stored("still", [kept]).anti_join(gone, KEYS)
    with tempfile.TemporaryDirectory(prefix="kehu-merged-") as name:
        if path.is_file():
            computed = Path(shutil.move(path, name))
            still = still.union(scratch.stored("computed", [computed]))
        with closing(GrowingFile(path, rows_schema(spec))) as file:
            for batch in scratch.batches(still.order_by("customer_id"), GROUP_ROWS):
                file.add(pa.Table.from_batches([batch]).cast(rows_schema(spec)))


def why_computed(why: Mapping[datetime, str]) -> list[str]:
    """A line for each reason, with the snapshots that it is the reason of."""
    of_reason: dict[str, list[str]] = {}
    for at, reason in sorted(why.items()):
        of_reason.setdefault(reason, []).append(f"{at:%Y-%m-%d}")
    return [f"{_span(days)}: {reason}" for reason, days in of_reason.items()]


def _span(days: Sequence[str]) -> str:
    return days[0] if len(days) == 1 else f"{len(days)} from {days[0]} to {days[-1]}"
