"""What is served, without the rows of some customers: a new release of the same models.

Nothing is decided by that: models, training windows and manifest entries stay, and so do the
instant since when they are served and the decisions that made them so.
"""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from src.core.files import link_or_copy, replacing_folder, write_parquet
from src.models.releases.pointer import move_pointer
from src.models.releases.release import Release, publish, seal, served_release
from src.pipeline.run import Run
from src.privacy.traces import Search

_WRITTEN_BY_SEAL = ("format", "files")


def serve_without(run: Run, customers: Sequence[str]) -> Release | None:
    """Serve the present release without the rows of these customers (pseudonyms) from now on.

    Returns the release that is served then: the same one if it has no row of theirs; None if
    nothing is served. Raises KehuError if what is served is missing or damaged.
    """
    found = served_release(run.paths.pointer, run.paths.releases)
    if found is None:
        return None
    release, pointer = found
    built = run.paths.releases / "new"
    with replacing_folder(built) as folder:
        for name in release.manifest["files"]:
            _copy_without(release.folder / name, customers, folder / name)
        facts = {k: v for k, v in release.manifest.items() if k not in _WRITTEN_BY_SEAL}
        seal(folder, facts)
    made = publish(built, run.paths.releases)
    if made.digest != release.digest:
        move_pointer(run.paths.pointer, replace(pointer, release=made.digest))
    return made


def remove_releases_with(run: Run, search: Search) -> list[Path]:
    """Remove the folders of releases that are no longer served and in which `search` finds
    anything; which these were."""
    found = served_release(run.paths.pointer, run.paths.releases)
    served = found[0].folder if found else None
    folders = sorted(run.paths.releases.iterdir()) if run.paths.releases.is_dir() else []
    stale = [path for path in folders if path != served and search.in_files([path])]
    for path in stale:
        shutil.rmtree(path)
    if found and not (run.paths.releases / found[1].previous).is_dir():
        move_pointer(run.paths.pointer, replace(found[1], previous=""))
    return stale


def _copy_without(file: Path, customers: Sequence[str], target: Path) -> None:
    """A file without the customers' rows, if it has any; else the same file."""
    kept = _rows_without(file, customers) if file.suffix == ".parquet" else None
    if kept is None:
        link_or_copy(file, target)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_parquet(target, kept)


def _rows_without(file: Path, customers: Sequence[str]) -> pa.Table | None:
    """The other customers' rows of a Parquet file; None if there are no others."""
    with pq.ParquetFile(file) as stored:
        if "customer_id" not in stored.schema_arrow.names:
            return None
        names = stored.read(["customer_id"])["customer_id"].cast(pa.string())
        theirs = pc.is_in(names, value_set=pa.array(customers, pa.string()))
        if not pc.any(theirs).as_py():
            return None
        return stored.read().filter(pc.invert(theirs))
