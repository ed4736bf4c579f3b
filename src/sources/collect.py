"""Raw extracts into the pipeline: copied from where the user put them, or out of databases."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from src.core.errors import SourceError
from src.core.files import digest, write_json
from src.core.params import IntegrateParams
from src.core.progress import say, step
from src.privacy.erased import Erased
from src.privacy.redact import redact
from src.sources.extracts.database import extract
from src.sources.manifest import MANIFEST
from src.sources.mapping.mapping import SourceMapping
from src.sources.reading.control import control_rows, require_deliveries
from src.sources.reading.deliveries import find_deliveries
from src.sources.reading.read import read_file

STAGE = "collect"
SHARED_DATA_VARIABLE = "KEHU_SHARED_DATA"
SHARED_DATA_DEFAULT = Path("../shared/data")
# A control file is small, and any fault in it counts.
_CONTROL_PARAMS = IntegrateParams(memory_limit="500MB", threads=1, max_unreadable_share=1e-9)


def collect(mapping: SourceMapping, incoming: Path, raw: Path) -> None:
    """Bring the files of a source into the folder `raw`: its originals, and extracts of databases.

    incoming: where the originals were put; else they are looked for in $KEHU_SHARED_DATA/<source>.
    Raises SourceError if a file or a delivery is missing, or a database is out of reach.
    """
    _copy(mapping, (incoming, shared_data() / mapping.name), raw)
    _extract(mapping, raw, os.environ)
    _require_controlled(mapping, raw)


def originals(mapping: SourceMapping, incoming: Path) -> Path | None:
    """The folder from which `collect` takes a source's originals; None if no file of them is
    there."""
    wanted = [file for file in mapping.files.values() if file.format != "sql"]
    places = (incoming, shared_data() / mapping.name)
    holding = (p for p in places if any(next(p.glob(file.path), None) for file in wanted))
    return next(holding, None)


def leave_out_erased(mapping: SourceMapping, raw: Path, erased: Erased) -> dict[str, int]:
    """Take the rows of erased customers out of the raw files; how many, by file."""
    counts = redact(mapping, raw, erased)
    if counts:
        say(STAGE, f"{sum(counts.values()):,} rows of erased customers left out")
    return counts


def shared_data() -> Path:
    """Where data sets lie that are not part of the project."""
    return Path(os.environ.get(SHARED_DATA_VARIABLE) or SHARED_DATA_DEFAULT)


def _copy(mapping: SourceMapping, places: tuple[Path, Path], raw: Path) -> None:
    """Copy the mapping's files, all from one folder: the first that has any of them."""
    wanted = {name: file for name, file in mapping.files.items() if file.format != "sql"}
    if not wanted:
        return
    found: dict[str, list[str]] = {}
    folder = None
    for place in places:
        found = {
            name: [d.name for d in find_deliveries(file, place, f"files.{name} in {mapping.where}")]
            for name, file in wanted.items()
        }
        if any(found.values()):
            folder = place
            break
    missing = sorted(wanted[name].path for name, files in found.items() if not files)
    if folder is None or missing:
        looked = folder or " and ".join(str(place) for place in places)
        raise SourceError(
            f"source {mapping.name!r}: {', '.join(missing)} not found; looked in {looked}. "
            f"Put the missing files into {folder or places[0]}. {mapping.origin}"
        )
    names = sorted(name for files in found.values() for name in files)
    for name in names:
        target = raw / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / name, target)
    say(STAGE, f"copied {len(names)} files from {folder}")


def _extract(mapping: SourceMapping, raw: Path, environment: Mapping[str, str]) -> None:
    for name, file in mapping.files.items():
        if file.format == "sql":
            with step(STAGE, f"{file.path}: extracting from the database"):
                where = f"files.{name} in {mapping.where}"
                rows = extract(file, where, raw / file.path, environment)
            say(STAGE, f"{file.path}: {rows:,} rows")


def _require_controlled(mapping: SourceMapping, raw: Path) -> None:
    """Hold what was delivered to what the control file names."""
    if mapping.control is None:
        return
    with duckdb.connect(config={"temp_directory": ""}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        stated = control_rows(connection, mapping, raw, _CONTROL_PARAMS, read_file)
    require_deliveries(mapping, raw, stated)


def write_manifest(source: str, raw: Path, erased: Mapping[str, int]) -> None:
    """List the raw files in manifest.json; `repeats` names the earlier one of the same content.

    erased: rows that were left out, by file.
    """
    files: list[dict[str, Any]] = []
    first: dict[str, str] = {}
    for path in sorted(p for p in raw.rglob("*") if p.is_file()):
        name, md5 = path.relative_to(raw).as_posix(), digest(path, "md5")
        entry = {"name": name, "bytes": path.stat().st_size, "md5": md5}
        if first.setdefault(md5, name) != name and _has_rows(path):
            entry["repeats"] = first[md5]
            say(STAGE, f"{name} has the same content as {first[md5]}: its rows count once")
        files.append(entry)
    write_json(raw / MANIFEST, {"source": source, "files": files, "erased": dict(erased)})


def _has_rows(path: Path) -> bool:
    """Whether there is more than a header to repeat."""
    if path.suffix == ".parquet":
        return bool(pq.read_metadata(path).num_rows)
    with path.open("rb") as stream:
        return len(stream.readline()) > 0 and len(stream.readline()) > 0
