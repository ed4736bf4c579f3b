"""Raw extracts into the pipeline: made by the simulator, extracted from databases, or copied from
where the user put them."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from src.bank.truth import leave_out
from src.bank.write import simulate as simulate_bank
from src.core.errors import SourceError
from src.core.files import digest, replacing_folder, write_json
from src.core.params import IntegrateParams
from src.core.progress import say, step
from src.core.simulation_params import SimulationParams
from src.privacy.erased import load_erased
from src.privacy.key import load_key
from src.privacy.redact import redact
from src.sources.extracts.database import extract
from src.sources.manifest import MANIFEST
from src.sources.mapping.mapping import SourceMapping, load_mapping
from src.sources.reading.control import control_rows, require_deliveries
from src.sources.reading.deliveries import find_deliveries
from src.sources.reading.read import read_file

STAGE = "collect"
SHARED_DATA_VARIABLE = "KEHU_SHARED_DATA"
SHARED_DATA_DEFAULT = Path("../shared/data")
OWNER_ONLY = 0o700
ERASED = "erased.json"
# A control file is small, and any fault in it counts.
_CONTROL_PARAMS = IntegrateParams(memory_limit="500MB", threads=1, max_unreadable_share=1e-9)


def collect(
    source: str,
    simulate: SimulationParams,
    seed: int,
    mapping_folder: Path,
    incoming: Path,
    raw: Path,
    truth: Path,
) -> None:
    """Bring the extracts of `source` into `raw`, with manifest.json, and the simulator's truth into
    `truth` (empty for other sources). Both folders appear only complete; they name people, so only
    their owner can enter them.

    A mapped source's files are looked for in incoming/<source>, then in $KEHU_SHARED_DATA/<source>;
    files of databases are extracted. Rows of customers on the list incoming/erased.json are left
    out. Raises ConfigError (no such mapping), SourceError (a file or delivery is missing, a
    database is out of reach) or another KehuError (the list does not belong to the key).
    """
    mapping = load_mapping(mapping_folder / f"{source}.yaml")
    with (
        replacing_folder(raw, OWNER_ONLY) as raw_aside,
        replacing_folder(truth, OWNER_ONLY) as truth_aside,
    ):
        if mapping.generator == "simulated":
            with step(STAGE, f"simulating {simulate.customers:,} customers"):
                simulate_bank(simulate, seed, raw_aside, truth_aside)
        else:
            _copy(mapping, incoming / source, raw_aside)
            _extract(mapping, raw_aside, os.environ)
            _require_controlled(mapping, raw_aside)
        left_out = _erase(mapping, raw_aside, truth_aside, incoming / ERASED)
        _write_manifest(source, raw_aside, left_out)


def shared_data() -> Path:
    """Where data sets lie that are not part of the project."""
    return Path(os.environ.get(SHARED_DATA_VARIABLE) or SHARED_DATA_DEFAULT)


def _copy(mapping: SourceMapping, incoming: Path, raw: Path) -> None:
    """Copy the mapping's files, all from one folder: the first that has any of them."""
    wanted = {name: file for name, file in mapping.files.items() if file.format != "sql"}
    if not wanted:
        return
    places = (incoming, shared_data() / mapping.name)
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
            f"Put the missing files into {folder or incoming}. {mapping.origin}"
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


def _erase(mapping: SourceMapping, raw: Path, truth: Path, path: Path) -> dict[str, int]:
    """Leave out the rows of erased customers; how many, by raw file."""
    if not path.is_file():
        return {}
    erased = load_erased(path, load_key())
    counts = redact(mapping, raw, erased)
    if mapping.generator == "simulated":
        columns = [one for file in mapping.files.values() for one in file.columns.items()]
        leave_out(truth, mapping.name, erased, {name for name, spec in columns if spec.private})
    if counts:
        say(STAGE, f"{sum(counts.values()):,} rows of erased customers left out")
    return counts


def _write_manifest(source: str, raw: Path, erased: dict[str, int]) -> None:
    """List the files; `repeats` names the earlier one with the same content."""
    files: list[dict[str, Any]] = []
    first: dict[str, str] = {}
    for path in sorted(p for p in raw.rglob("*") if p.is_file()):
        name, md5 = path.relative_to(raw).as_posix(), digest(path, "md5")
        entry = {"name": name, "bytes": path.stat().st_size, "md5": md5}
        if first.setdefault(md5, name) != name and _has_rows(path):
            entry["repeats"] = first[md5]
            say(STAGE, f"{name} has the same content as {first[md5]}: its rows count once")
        files.append(entry)
    write_json(raw / MANIFEST, {"source": source, "files": files, "erased": erased})


def _has_rows(path: Path) -> bool:
    """Whether there is more than a header to repeat."""
    if path.suffix == ".parquet":
        return bool(pq.read_metadata(path).num_rows)
    with path.open("rb") as stream:
        return len(stream.readline()) > 0 and len(stream.readline()) > 0
