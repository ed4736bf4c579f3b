"""The features of each snapshot in a file of its own; what stands of an earlier run is kept.

What is seen at a snapshot does not change when more becomes known later, so neither does its file,
features.parquet/snapshot=2024-01-01/000000.parquet by its day and time: the folder is read as one
table, and divided as Spark divides it.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from src.core.files import digest, link_or_copy, write_parquet
from src.core.ledger import Ledger
from src.features.build import build_slices
from src.features.condense import condensed
from src.features.growing_file import GROUP_ROWS, GrowingFile
from src.features.increments import Scratch
from src.features.known_groups import KnownGroups
from src.features.past_file import PastFile
from src.features.snapshot_customers import EVERY, StandingCustomers, asked_at
from src.features.snapshot_manifest import Origin, SnapshotFile, standing_files, write_manifest
from src.features.spec import FeatureSpec
from src.features.spine import spine_rows
from src.features.spine_file import spine_file
from src.features.stored import rows_schema

FEATURES = "features.parquet"
# Rows that the files of one pass hold in memory, at most: those of a year of months.
HELD_ROWS = 12 * GROUP_ROWS


@dataclass(frozen=True)
class Updated:
    """The rows of each snapshot; why, of each of which rows were computed."""

    rows: Mapping[datetime, int]
    why: Mapping[datetime, str]


def update_snapshots(
    ledger: Ledger,
    instants: Sequence[datetime],
    spec: FeatureSpec,
    made_by: str,
    old: Path,
    new: Path,
) -> Updated:
    """Write the features of the spine of these instants (and of those of delivered labels), a file
    a snapshot, and their manifest into the folder `new`: read as one table they are what
    `build_features` returns.

    old: the folder of an earlier run, or none. Of its snapshots that stand, the rows are taken; all
    others are computed slice by slice: of rows and features no more comes into memory. made_by: of
    the manifest's Origin. Raises as `build_features`.
    """
    groups = KnownGroups(made_by)
    groups.read(old)
    content = groups.content(ledger)
    with closing(Scratch(ledger)) as scratch:
        customers = StandingCustomers(scratch, old, new)
        asked = asked_at(ledger, instants, customers.count)
        paths = {at: _path(new, at) for at in asked}
        origins = {
            at: Origin(spec.digest, made_by, of.who, content.before(at)) for at, of in asked.items()
        }
        standing, why = standing_files(old, origins)
        for at in [at for at in standing if customers.some_came_back(at)]:
            why[at] = "customers that had been found to be others' are customers again"
            del standing[at]
        gone = customers.gone(list(standing.values()))
        for at, file in standing.items():
            if at in gone:
                _without(scratch, file, gone[at], paths[at], spec)
            else:
                link_or_copy(file, paths[at])
        past = PastFile(new, scratch, spec.digest, made_by, content)
        past.take(old)
        for of_pass in _passes({at: of.rows for at, of in asked.items() if at not in standing}):
            every = [at for at in of_pass if asked[at].who == EVERY]
            _compute(ledger, every, spec, {at: paths[at] for at in of_pass}, past)
    if not asked:
        write_parquet(new / FEATURES / "empty.parquet", rows_schema(spec).empty_table())
    files = {
        at: SnapshotFile(path.relative_to(new).as_posix(), digest(path), origins[at])
        for at, path in paths.items()
    }
    write_manifest(new, files)
    groups.write(new)
    return Updated({at: pq.read_metadata(path).num_rows for at, path in paths.items()}, why)


def _path(folder: Path, as_of: datetime) -> Path:
    return folder / FEATURES / f"snapshot={as_of:%Y-%m-%d}" / f"{as_of:%H%M%S%f}.parquet"


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
    every: Sequence[datetime],
    spec: FeatureSpec,
    paths: Mapping[datetime, Path],
    past: PastFile,
) -> None:
    """Write the features of the spine, each instant's into the file at its path. every: those at
    which every customer is looked at."""
    with ExitStack() as stack:
        files = {
            at: stack.enter_context(closing(GrowingFile(path, rows_schema(spec))))
            for at, path in paths.items()
        }
        before = condensed(ledger, min(paths), max(paths), spec, past.past)
        few, newer = stack.enter_context(before)
        past.keep(newer)
        # a condensed past has of each customer what tells that there was any movement
        spine = spine_rows(few, every)
        slices = stack.enter_context(
            spine_file(few, spine.filter(spine["as_of"].isin(list(paths))))
        )
        for as_of, rows in build_slices(few, slices, spec):
            files[as_of].add(rows)


def _without(scratch: Scratch, file: Path, gone: pa.Table, path: Path, spec: FeatureSpec) -> None:
    """Write the rows of `file` but those of customers that are gone."""
    rows, names = scratch.stored("kept", [file]), scratch.given("gone", gone)
    still = rows.anti_join(names, "customer_id").order_by("customer_id")
    with closing(GrowingFile(path, rows_schema(spec))) as written:
        for batch in scratch.batches(still, GROUP_ROWS):
            written.add(pa.Table.from_batches([batch]).cast(rows_schema(spec)))


def why_computed(why: Mapping[datetime, str]) -> list[str]:
    """A line for each reason, with the snapshots that it is the reason of."""
    of_reason: dict[str, list[str]] = {}
    for at, reason in sorted(why.items()):
        of_reason.setdefault(reason, []).append(f"{at:%Y-%m-%d}")
    return [f"{_span(days)}: {reason}" for reason, days in of_reason.items()]


def _span(days: Sequence[str]) -> str:
    return days[0] if len(days) == 1 else f"{len(days)} from {days[0]} to {days[-1]}"
